"""A target is tried again after 1, 2, 4 ... 60 seconds, for as long as the page has a meaning."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from leadline.model import Incident, IncidentState
from leadline_scheduler.backoff import is_worth_another, pause_s

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def _incident(resolved_at: datetime | None) -> Incident:
    return Incident(
        incident_id="i",
        app="shop",
        environment="production",
        monitor="check",
        name="api",
        title="api",
        state=IncidentState.OPEN,
        severity="critical",
        since=NOON,
        opened_at=NOON,
        resolved_at=resolved_at,
    )


def test_pauses_double_up_to_a_minute() -> None:
    pauses = [pause_s(attempts, retry_after_s=None, jitter=0.5) for attempts in range(1, 10)]
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_a_hundred_thousand_attempts_are_no_overflow() -> None:
    assert pause_s(100_000, retry_after_s=None, jitter=0.5) == 60


@pytest.mark.parametrize(("jitter", "expected"), [(0.0, 0.8), (1.0, 1.2)])
def test_jitter_moves_a_pause_by_a_fifth(jitter: float, expected: float) -> None:
    assert pause_s(1, retry_after_s=None, jitter=jitter) == pytest.approx(expected)


@pytest.mark.parametrize(("asked_s", "expected"), [(30.0, 30.0), (0.1, 1.0), (86_400.0, 600.0)])
def test_retry_after_is_honoured_up_to_ten_minutes(asked_s: float, expected: float) -> None:
    assert pause_s(1, retry_after_s=asked_s, jitter=0.5) == expected


def test_a_page_is_worth_another_attempt_for_the_incident_and_a_day() -> None:
    year = timedelta(days=365)
    assert is_worth_another(_incident(resolved_at=None), NOON + year)
    assert is_worth_another(_incident(resolved_at=NOON), NOON + timedelta(hours=23))
    assert not is_worth_another(_incident(resolved_at=NOON), NOON + timedelta(hours=24))
