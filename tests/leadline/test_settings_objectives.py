"""Which window an objective counts in: rolling, or a calendar one in its zone, over clock changes too."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from leadline.settings.objectives import window_of
from leadline.settings.schema import SloSettings

NOW = datetime(2026, 11, 27, 23, 30, tzinfo=UTC)


def slo(**fields: Any) -> SloSettings:
    return SloSettings(name="x", app="shop", indicator="errors", objective=0.99, **fields)


def test_a_rolling_window_has_no_bounds() -> None:
    found = window_of(slo(window="7d"), NOW)
    assert (found.length_s, found.since, found.until) == (7 * 86400, None, None)


@pytest.mark.parametrize(
    ("calendar", "zone", "since", "until"),
    [
        ("month", "UTC", "2026-11-01T00:00+00:00", "2026-12-01T00:00+00:00"),
        ("week", "UTC", "2026-11-23T00:00+00:00", "2026-11-30T00:00+00:00"),
        ("quarter", "UTC", "2026-10-01T00:00+00:00", "2027-01-01T00:00+00:00"),
        # In Berlin it is the 28th already; the quarter began in summer time and ends in winter time.
        ("quarter", "Europe/Berlin", "2026-09-30T22:00+00:00", "2026-12-31T23:00+00:00"),
        ("week", "Pacific/Auckland", "2026-11-22T11:00+00:00", "2026-11-29T11:00+00:00"),
    ],
)
def test_a_calendar_window_begins_at_midnight_of_its_zone(calendar: str, zone: str, since: str, until: str) -> None:
    found = window_of(slo(calendar=calendar, time_zone=zone), NOW)
    assert found.since == datetime.fromisoformat(since)
    assert found.until == datetime.fromisoformat(until)


def test_a_month_with_a_clock_change_is_an_hour_longer() -> None:
    october = datetime(2026, 10, 15, tzinfo=UTC)
    assert window_of(slo(calendar="month", time_zone="Europe/Berlin"), october).length_s == 31 * 86400 + 3600
