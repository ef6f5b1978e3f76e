"""Who is on call: people in turn, a week each, handed over by the clocks of a zone. Pure; there is always somebody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from leadline.model.wall_clock import first_shown

__all__ = ["Override", "Rota"]


@dataclass(frozen=True, slots=True)
class Override:
    """`target` is on call from `start` to `end`."""

    target: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Rota:
    """`people` are targets, in turn. The first has the week that begins with the hand-over on `first` or the last one
    before it. `weekday` 0 is Monday. Of several overrides the last in the file applies."""

    people: tuple[str, ...]
    first: date
    weekday: int = 0
    at: time = time(9)
    time_zone: str = "UTC"
    overrides: tuple[Override, ...] = ()

    def on_call(self, now: datetime) -> str:
        """The target that is on call."""
        for override in reversed(self.overrides):
            if override.start <= now < override.end:
                return override.target
        began = self._handed_over(now.astimezone(ZoneInfo(self.time_zone)).date())
        if now < first_shown(began, self.at, self.time_zone):
            began -= timedelta(days=7)
        return self.people[(began - self._handed_over(self.first)).days // 7 % len(self.people)]

    def _handed_over(self, day: date) -> date:
        return day - timedelta(days=(day.weekday() - self.weekday) % 7)
