"""Notices a wall clock that jumped, by comparing it with the monotonic clock.

APScheduler plans in wall time: set back an hour, it would start nothing for an hour. Refuses to mend anything itself;
the caller plans again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

# NTP slews at 0.5 ms/s at most (RFC 5905, 11.3) and steps above 128 ms; a leap second is 1 s. More than 2 s between two
# looks a second apart is a person, a resumed machine or a broken clock.
JUMP_S = 2.0


@dataclass(slots=True)
class ClockWatch:
    """Remembers how wall and monotonic clock stood to one another at the last look."""

    wall: datetime
    monotonic_s: float

    def look(self, *, wall: datetime, monotonic_s: float) -> float | None:
        """Seconds that the wall clock jumped since the last look (negative: back), None where it did not."""
        drift_s = (wall - self.wall).total_seconds() - (monotonic_s - self.monotonic_s)
        self.wall, self.monotonic_s = wall, monotonic_s
        return drift_s if abs(drift_s) > JUMP_S else None


@dataclass(slots=True)
class SteadyClock:
    """A UTC time for leases and backoff that never goes back, whatever the wall clock does."""

    _latest: datetime
    _monotonic_s: float

    def read(self, *, wall: datetime, monotonic_s: float) -> datetime:
        """The wall clock, or the latest time read plus what the monotonic clock says has passed since."""
        steady = self._latest + timedelta(seconds=monotonic_s - self._monotonic_s)
        self._latest, self._monotonic_s = max(wall, steady), monotonic_s
        return self._latest
