"""The question to the store for each `[[slo]]`: its rolling window, or the calendar window at a given time. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from leadline.settings.schema import SloSettings

__all__ = ["ObjectiveWindow", "read_objectives", "window_of"]

Calendar = Literal["week", "month", "quarter"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveWindow:
    """`length_s` scales the alerts. `since` and `until` (UTC) bound a calendar window; a rolling one has neither."""

    length_s: float
    since: datetime | None = None
    until: datetime | None = None


def window_of(slo: SloSettings, at: datetime) -> ObjectiveWindow:
    """The window that `slo` counts in at the moment `at`. A day in a zone may have 23 or 25 hours."""
    if slo.calendar is None:
        return ObjectiveWindow(length_s=slo.window)
    zone = ZoneInfo(slo.time_zone)
    begins = _start_of(slo.calendar, at.astimezone(zone))
    ends = _next_start(slo.calendar, begins)
    since, until = begins.astimezone(UTC), ends.astimezone(UTC)
    return ObjectiveWindow(length_s=(until - since).total_seconds(), since=since, until=until)


def read_objectives(slos: Iterable[SloSettings], at: datetime) -> Iterator[dict[str, Any]]:
    """Each objective as a question to the store: the fields of leadline.storeclient.objectives.ObjectiveAsked."""
    for slo in slos:
        window = window_of(slo, at)
        yield {
            "name": slo.name,
            "app": slo.app,
            "indicator": slo.indicator,
            "objective": slo.objective,
            "window_s": window.length_s,
            "since": window.since,
            "until": window.until,
        }


def _start_of(calendar: Calendar, at: datetime) -> datetime:
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    if calendar == "week":
        return midnight - timedelta(days=midnight.weekday())
    month = midnight.month if calendar == "month" else (midnight.month - 1) // 3 * 3 + 1
    return midnight.replace(month=month, day=1)


def _next_start(calendar: Calendar, begins: datetime) -> datetime:
    if calendar == "week":
        return begins + timedelta(days=7)
    months = begins.month - 1 + (1 if calendar == "month" else 3)
    return begins.replace(year=begins.year + months // 12, month=months % 12 + 1)
