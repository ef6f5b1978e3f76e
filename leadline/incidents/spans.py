"""Times and durations for pages: UTC, marked as such, and a span in its one or two largest units."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

__all__ = ["write_clock", "write_moment", "write_span"]


def write_moment(moment: datetime) -> str:
    """`2026-11-24 14:02:05 UTC`."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def write_clock(moment: datetime) -> str:
    """`14:02 UTC`, for a line without room for the day."""
    return f"{moment.astimezone(UTC):%H:%M} UTC"


def write_span(span: timedelta) -> str:
    """`40 s`, `4 min`, `2 h 5 min`, `3 d 4 h`; never negative, since a wall clock may have been set back."""
    seconds = max(0, round(span.total_seconds()))
    if seconds < 60:
        return f"{seconds} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"
