"""When the clocks of a zone show a time, also on the days when they are changed. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

__all__ = ["first_shown", "last_shown"]

# Clocks are changed at whole minutes.
_STEP = timedelta(minutes=1)


def first_shown(day: date, at: time, time_zone: str) -> datetime:
    """The first moment in UTC at which the clocks show that time of that day, or a later one: if they skip it, when
    they skip it; if they show it twice, the first of the two."""
    zone = ZoneInfo(time_zone)
    shown = datetime.combine(day, at)
    moment = shown.replace(tzinfo=zone).astimezone(UTC)
    earliest = shown.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if earliest >= moment:
        return moment
    while earliest.astimezone(zone).replace(tzinfo=None) < shown:
        earliest += _STEP
    return earliest


def last_shown(day: date, at: time, time_zone: str) -> datetime:
    """The last moment in UTC at which the clocks show that time of that day: if they skip it, when they skip it; if
    they show it twice, the second of the two."""
    repeated = datetime.combine(day, at, ZoneInfo(time_zone)).replace(fold=1).astimezone(UTC)
    return max(repeated, first_shown(day, at, time_zone))
