"""When a service that died is started again. Pure."""

from __future__ import annotations

from dataclasses import dataclass

# 1, 2, 4 ... 30 s: quick for a service that was killed once, slow enough that a crash loop leaves the cores to the
# others. A service that ran for a minute is healthy: the next death counts as the first.
FIRST_DELAY_S = 1.0
LONGEST_DELAY_S = 30.0
HEALTHY_AFTER_S = 60.0


@dataclass(frozen=True, slots=True)
class Restarts:
    """How often in a row a service died young."""

    in_a_row: int = 0

    def after_death(self, *, ran_s: float) -> tuple[Restarts, float]:
        """What to remember, and how long to wait before the next start."""
        before = 0 if ran_s >= HEALTHY_AFTER_S else self.in_a_row
        return Restarts(before + 1), min(FIRST_DELAY_S * 2.0 ** min(before, 10), LONGEST_DELAY_S)
