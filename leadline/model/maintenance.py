"""When planned work is in progress: a window once, or every week by the clocks of a zone. Pure.

A weekly window keeps its clock times when clocks change: it is as long as the clocks of its zone show. If the
end time occurs twice, the second one counts, so that nothing pages before the work is over. If the clocks skip its
beginning or its end, it begins or ends when they do; if they skip both, it takes as long as on other days.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from leadline.model.incidents import Severity
from leadline.model.wall_clock import first_shown, last_shown

__all__ = ["MaintenanceWindow", "Occurrence", "Weekly"]


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One opening of a window, `start` included and `end` not; both in UTC."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Weekly:
    """Every week on these days (Monday is 0) from `start` to `end`; an end that is not later is on the next day."""

    weekdays: frozenset[int]
    start: time
    end: time
    time_zone: str = "UTC"

    def on(self, day: date) -> Occurrence | None:
        """The occurrence that begins on that day of the zone, or None."""
        if day.weekday() not in self.weekdays:
            return None
        last = day if self.end > self.start else day + timedelta(days=1)
        start = first_shown(day, self.start, self.time_zone)
        end = last_shown(last, self.end, self.time_zone)
        if end <= start:  # the clocks skip all of it: the work takes its time all the same
            end = start + (datetime.combine(last, self.end) - datetime.combine(day, self.start))
        return Occurrence(start, end)

    def open_at(self, now: datetime) -> Occurrence | None:
        """The current occurrence; of two that overlap, the one that ends last."""
        today = now.astimezone(ZoneInfo(self.time_zone)).date()
        days = (self.on(today - timedelta(days=1)), self.on(today))
        found = [one for one in days if one is not None and one.start <= now < one.end]
        return max(found, key=lambda one: one.end, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceWindow:
    """What it covers (`app`; `kind` and `name` None: the whole app), when, and whether runs stop as well."""

    app: str
    when: Occurrence | Weekly
    kind: str | None = None
    name: str | None = None
    stops_runs: bool = False
    reason: str = "maintenance"
    source: str = "[[maintenance]]"
    severity: Severity | None = None  # mutes pages of that severity only

    def covers(self, *, app: str, kind: str, name: str) -> bool:
        """Whether that monitor is under maintenance while the window is open."""
        return self.app == app and self.kind in (None, kind) and self.name in (None, name)

    def occurrences(self, since: datetime, until: datetime) -> tuple[Occurrence, ...]:
        """Every occurrence that overlaps the time between the two, in order."""
        if isinstance(self.when, Occurrence):
            found = [self.when]
        else:
            zone = ZoneInfo(self.when.time_zone)
            first = since.astimezone(zone).date() - timedelta(days=1)
            days = (until.astimezone(zone).date() - first).days
            found = [one for n in range(days + 1) if (one := self.when.on(first + timedelta(days=n))) is not None]
        return tuple(one for one in found if one.start < until and one.end > since)

    def open_at(self, now: datetime) -> Occurrence | None:
        """The current occurrence."""
        found = [one for one in self.occurrences(now, now + timedelta(microseconds=1)) if one.start <= now]
        return max(found, key=lambda one: one.end, default=None)
