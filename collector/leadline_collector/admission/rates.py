"""Rates per address and per key: the generic cell rate algorithm (ITU-T I.371), one float for each sender.

In memory and per worker process: it protects the collector and does not count exactly.
"""

from __future__ import annotations

import math

# 100,000 floats are about 15 MB. With more, idle senders are forgotten, or all if none is idle.
REMEMBERED_SENDERS = 100_000
# Far above the rounding error of adding floats near 1e6 s, far below any wait that matters.
_ROUNDING_S = 1e-9


class RateLimit:
    """`rate` a second on average, `burst` at once."""

    __slots__ = ("_due_s", "_interval_s", "_tolerance_s")

    def __init__(self, *, rate: float, burst: float) -> None:
        self._interval_s = 1.0 / rate
        self._tolerance_s = burst / rate
        self._due_s: dict[str, float] = {}

    def take(self, sender: str, now_s: float, cost: float = 1.0) -> float:
        """Counts and returns 0.0, or returns the seconds to wait without counting. A cost above a burst counts as a
        burst.
        """
        due_s = self._due_s.get(sender, 0.0)
        if due_s < now_s:
            due_s = now_s
        next_s = due_s + (self._interval_s if cost == 1.0 else min(cost * self._interval_s, self._tolerance_s))
        excess_s = next_s - now_s - self._tolerance_s
        if excess_s > _ROUNDING_S:
            return excess_s
        if len(self._due_s) >= REMEMBERED_SENDERS:
            self._forget(now_s)
        self._due_s[sender] = next_s
        return 0.0

    def wait_s(self, sender: str, now_s: float) -> float:
        """The seconds until `take` would count one more of this sender, 0.0 if it would now; counts nothing."""
        excess_s = self._due_s.get(sender, 0.0) + self._interval_s - now_s - self._tolerance_s
        return excess_s if excess_s > _ROUNDING_S else 0.0

    def _forget(self, now_s: float) -> None:
        self._due_s = {sender: due_s for sender, due_s in self._due_s.items() if due_s > now_s}
        if len(self._due_s) >= REMEMBERED_SENDERS:
            self._due_s.clear()


def retry_after(wait_s: float) -> str:
    """The Retry-After header: whole seconds, at least one."""
    return str(max(1, math.ceil(wait_s)))
