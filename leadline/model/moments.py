"""A time as people and programs write it: a time, or how long ago."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from leadline.model.durations import parse_duration_s

__all__ = ["parse_moment"]

_EPOCH = re.compile(r"[0-9]{9,10}")


def parse_moment(text: str, *, now: datetime) -> datetime:
    """`2026-11-27T09:30:00Z` (without a zone: UTC), `2026-11-27`, seconds since 1970, `now`, or `90m`: that long ago.

    Raises ValueError that says what can be written.
    """
    said = text.strip()
    if said == "now":
        return now
    if _EPOCH.fullmatch(said):
        return datetime.fromtimestamp(int(said), UTC)
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        try:
            return now - timedelta(seconds=parse_duration_s(said))
        except (ValueError, OverflowError):
            raise ValueError(f"{text!r} is not a time; write 2026-11-27T09:30:00Z, or 90m for 90 minutes ago") from None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
