"""How many fetches in a row without the canary rule out that a hook changed nothing. Pure.

Three fetches in a row miss a canary that gets 10 % of users 73 times in 100, and whoever looks every second until they
do is always fooled. So the number depends on the canary's share before the hook ran, and grows each time it is met.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, log, log1p

__all__ = ["Streak"]

# Each of them may be one server of several behind a balancer.
FEWEST = 3
# Of the canary, where nobody knows it: a usual early stage.
ASSUMED_SHARE = 0.1
# A smaller share costs too many fetches: 390 for this one. New sessions show it.
LEAST_SHARE = 0.01
# How often a hook that changed nothing passes without being met once. Each time it is met, the next chance is smaller
# (1/4, 1/9, ...), so over any number of looks it stays below 1.65 times this (the series of Basel).
WRONG = 0.02


@dataclass(slots=True)
class Streak:
    """Of one action: how often the canary was met, and the fetches without it since then.

    `share`: of new sessions on the canary before the hook ran; None if it is not known.
    """

    share: float | None = None
    clean: int = 0
    met: int = 0

    @property
    def needed(self) -> int:
        share = max(self.share or ASSUMED_SHARE, LEAST_SHARE)
        if share >= 1:
            return FEWEST
        return max(FEWEST, ceil((log(1 / WRONG) + 2 * log1p(self.met)) / -log1p(-share)))

    def meet(self) -> None:
        self.met += 1
        self.clean = 0
