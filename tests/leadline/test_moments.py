"""Moments as people write them on the command line."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from leadline.model.moments import parse_moment

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2026-11-27T09:30:00Z", datetime(2026, 11, 27, 9, 30, tzinfo=UTC)),
        ("2026-11-27T10:30:00+01:00", datetime(2026, 11, 27, 9, 30, tzinfo=UTC)),
        ("2026-11-27 09:30", datetime(2026, 11, 27, 9, 30, tzinfo=UTC)),
        ("2026-11-27", datetime(2026, 11, 27, tzinfo=UTC)),
        ("1795770000", datetime.fromtimestamp(1795770000, UTC)),
        ("90m", datetime(2026, 11, 27, 10, 30, tzinfo=UTC)),
        ("now", NOW),
    ],
)
def test_a_time_and_how_long_ago_are_both_moments(said: str, meant: datetime) -> None:
    assert parse_moment(said, now=NOW) == meant


@pytest.mark.parametrize("said", ["", "yesterday", "25:00", "12", "2026-13-01", "-5m"])
def test_what_is_neither_is_refused_with_an_example(said: str) -> None:
    with pytest.raises(ValueError, match="write 2026-11-27T09:30:00Z"):
        parse_moment(said, now=NOW)
