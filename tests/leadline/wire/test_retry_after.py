"""`Retry-After` as servers write it, and as they should not."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from leadline.wire.retry_after import read_retry_after

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "asked_s"),
    [
        ("3", 3.0),
        ("1.5", 1.5),
        ("3, 9", 3.0),
        ("Fri, 27 Nov 2026 12:00:08 GMT", 8.0),
        ("Fri, 27 Nov 2026 11:00:00 GMT", 0.0),
        ("9" * 400, 31_536_000.0),
        ("²", None),
        ("-5", None),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_a_pause_is_read_or_there_is_none(value: str | None, asked_s: float | None) -> None:
    assert read_retry_after(value, now=NOON) == asked_s
