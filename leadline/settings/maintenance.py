"""`[[maintenance]]`: planned work, during which nothing pages and, if configured, nothing runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, time
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field

from leadline.model.maintenance import MaintenanceWindow, Occurrence, Weekly
from leadline.settings.kinds import Table, TimeZone, one_of

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?")


def _moment(value: Any) -> Any:
    """A date and time, or a time of day; as TOML values or text."""
    if isinstance(value, datetime | time):
        return value
    if isinstance(value, str) and _TIME.fullmatch(value):
        return time.fromisoformat(value)
    try:
        return datetime.fromisoformat(str(value)) if isinstance(value, str) and "T" in value else _refuse(value)
    except ValueError:
        return _refuse(value)


def _refuse(value: Any) -> Any:
    raise ValueError(f'{value!r} is not a time; write 2026-12-06T22:00:00Z, or "02:00" with `weekdays`')


Weekday = Annotated[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], BeforeValidator(one_of(WEEKDAYS, "day"))]
TimeOrMoment = Annotated[datetime | time, BeforeValidator(_moment)]


class MaintenanceMatch(Table):
    app: str | None = None
    journey: str | None = None
    check: str | None = None


class MaintenanceSettings(Table):
    match: MaintenanceMatch = Field(default_factory=MaintenanceMatch)
    start: TimeOrMoment
    end: TimeOrMoment
    weekdays: list[Weekday] = Field(default_factory=list)
    time_zone: TimeZone = "UTC"
    runs: Annotated[Literal["go on", "stop"], BeforeValidator(one_of(("go on", "stop"), "value of runs"))] = "go on"
    reason: str = "maintenance"

    def when(self) -> Occurrence | Weekly:
        """Its times; ValueError if they are not a window (`maintenance_problems` has ruled that out)."""
        start, end = self.start, self.end
        if self.weekdays and isinstance(start, time) and isinstance(end, time):
            days = frozenset(WEEKDAYS.index(day) for day in self.weekdays)
            return Weekly(weekdays=days, start=start, end=end, time_zone=self.time_zone)
        if not self.weekdays and isinstance(start, datetime) and isinstance(end, datetime):
            return Occurrence(self._in_utc(start), self._in_utc(end))
        if self.weekdays:
            raise ValueError('with `weekdays`, start and end must be times of the day, "02:00"')
        raise ValueError("without `weekdays`, start and end must have a date, 2026-12-06T22:00:00Z")

    def _in_utc(self, moment: datetime) -> datetime:
        return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(self.time_zone))).astimezone(UTC)

    def windows(self, apps: list[str]) -> Iterator[MaintenanceWindow]:
        """One for each app that it covers."""
        match = self.match
        for app in apps:
            if match.app in (None, app):
                yield MaintenanceWindow(
                    app=app,
                    kind="journey" if match.journey is not None else "check" if match.check is not None else None,
                    name=match.journey if match.journey is not None else match.check,
                    when=self.when(),
                    stops_runs=self.runs == "stop",
                    reason=self.reason,
                )
