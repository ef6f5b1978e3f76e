"""Weekly times of the day: when a route applies, when warnings wait."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import time
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from leadline.model.maintenance import Weekly
from leadline.settings.kinds import Table, TimeZone
from leadline.settings.maintenance import WEEKDAYS, Weekday
from leadline.settings.places import Location

__all__ = ["TimeOfDay", "TimesSettings", "times_problems"]

_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?")


def _time(value: Any) -> Any:
    if isinstance(value, time):
        return value
    if isinstance(value, str) and _TIME.fullmatch(value):
        return time.fromisoformat(value)
    raise ValueError(f'{value!r} is not a time of the day; write "22:00"')


TimeOfDay = Annotated[time, BeforeValidator(_time)]


class TimesSettings(Table):
    """From `start` to `end` by the clocks of a zone, on the days on which it begins; without times the whole day."""

    weekdays: list[Weekday] = Field(default=["mon", "tue", "wed", "thu", "fri", "sat", "sun"], min_length=1)
    start: TimeOfDay = time(0)
    end: TimeOfDay = time(0)
    time_zone: TimeZone = "UTC"

    def weekly(self) -> Weekly:
        """The times in the form that tests whether they are now."""
        days = frozenset(WEEKDAYS.index(day) for day in self.weekdays)
        return Weekly(weekdays=days, start=self.start, end=self.end, time_zone=self.time_zone)


def times_problems(where: Location, times: TimesSettings) -> Iterator[tuple[Location, str]]:
    """Errors: times that end when they start, except whole days."""
    if times.start == times.end and times.start != time(0):
        yield (*where, "end"), "equals its start; write a later time, or an earlier one for the next day"
