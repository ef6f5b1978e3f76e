"""Notices a wall clock that jumped, by comparing it with the monotonic clock.

APScheduler plans in wall time: set back an hour, it would start nothing for an hour. It repairs nothing itself;
the caller plans again.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

# NTP slews at 0.5 ms/s at most (RFC 5905, 11.3) and steps above 128 ms; a leap second is 1 s. More than 2 s between two
# looks a second apart is a person, a resumed machine or a broken clock.
JUMP_S = 2.0


@dataclass(slots=True)
class ClockWatch:
    """Remembers the difference of wall and monotonic clock at the last look."""

    wall: datetime
    monotonic_s: float

    def look(self, *, wall: datetime, monotonic_s: float) -> float | None:
        """Seconds that the wall clock jumped since the last look (negative: back), or None."""
        drift_s = (wall - self.wall).total_seconds() - (monotonic_s - self.monotonic_s)
        self.wall, self.monotonic_s = wall, monotonic_s
        return drift_s if abs(drift_s) > JUMP_S else None


class SteadyClock:
    """A UTC clock for leases and plans: it never goes back, and follows a wall clock that was set
    forward only when what is planned has been moved along (`step`, `follow`). Safe for several threads."""

    def __init__(self, began: datetime, boot_s: float) -> None:
        self._latest, self._boot_s, self._ahead = began, boot_s, timedelta()
        self._lock = threading.Lock()

    def read(self, *, wall: datetime, boot_s: float) -> datetime:
        """The wall clock, or the latest time read plus the time passed since by the monotonic clock."""
        with self._lock:
            steady = self._latest + timedelta(seconds=boot_s - self._boot_s)
            ahead = wall - steady
            self._ahead = ahead if ahead.total_seconds() > JUMP_S else timedelta()
            self._latest, self._boot_s = (steady if self._ahead else max(wall, steady)), boot_s
            return self._latest

    @property
    def step(self) -> timedelta:
        """By how much the wall clock was set forward, as of the last look; zero if it was not."""
        return self._ahead

    def follow(self, step: timedelta) -> None:
        """Follows the wall clock again: plans have been moved by the same amount."""
        with self._lock:
            self._latest, self._ahead = self._latest + step, timedelta()


def time_waited(since: datetime, clocks: Sequence[datetime]) -> timedelta:
    """How long something waits that the wall clock dated, now that the clocks (the steady one and the wall clock) show
    these times: the shortest that any of them says. After the wall clock was set back, the steady one is ahead of it;
    what was dated before that lies in the wall clock's future, and the steady one tells.
    """
    return min((now - since for now in clocks if now >= since), default=timedelta())


def begin_steady(wall: datetime, boot_s: float, *, last: tuple[datetime, float] | None) -> SteadyClock:
    """A clock that accounts for a step since the last status file (`last`: wall and boot clock then, in the same start
    of the machine)."""
    if last is None:
        return SteadyClock(wall, boot_s)
    return SteadyClock(min(wall, last[0] + timedelta(seconds=max(boot_s - last[1], 0.0))), boot_s)
