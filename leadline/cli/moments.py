"""An option with a time: how long ago, or an instant with its zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from leadline.errors import ConfigurationError
from leadline.settings import parse_duration_s

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


def parse_moment(option: str, text: str, *, now: datetime) -> datetime:
    """Raises ConfigurationError that names the option. A time out of range becomes the earliest possible one."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return _so_long_ago(option, text, now)
    if instant.tzinfo is None:
        if len(text) == len("2026-11-27"):
            return max(instant.replace(tzinfo=UTC), EARLIEST)  # a day begins at its midnight in UTC, as in the tables
        raise ConfigurationError(f"{option}: {text!r} has no zone; add Z or +00:00")
    return max(instant, EARLIEST)


def _so_long_ago(option: str, text: str, now: datetime) -> datetime:
    try:
        return max(now - timedelta(seconds=parse_duration_s(text)), EARLIEST)
    except ValueError as error:
        raise ConfigurationError(f"{option}: {error}; or an instant like 2026-11-24T12:00Z") from error
    except OverflowError:
        return EARLIEST
