"""Rotas and weekly windows on days when clocks are changed, against a look at the clock every five minutes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from leadline.model.maintenance import Weekly
from leadline.model.rotas import Rota
from leadline.model.wall_clock import first_shown, last_shown

# Changes by an hour at night, by half an hour, at midnight (forward), and the other way round in the south.
CHANGES = {
    "Europe/Berlin": (date(2026, 3, 29), date(2026, 10, 25)),
    "Australia/Lord_Howe": (date(2026, 10, 4), date(2026, 4, 5)),
    "America/Santiago": (date(2026, 9, 6), date(2026, 4, 4)),
    "America/New_York": (date(2026, 3, 8), date(2026, 11, 1)),
}
DAYS = [(zone, day) for zone, days in CHANGES.items() for day in days]
QUARTERS = [time(hour, minute) for hour in (0, 1, 2, 3, 23) for minute in (0, 15, 30, 45)]


def moments_around(day: date) -> list[datetime]:
    """Every five minutes: no clock shows a quarter of an hour, or is changed, between two of them."""
    begin = datetime.combine(day, time(0), UTC) - timedelta(hours=16)
    return [begin + timedelta(minutes=n) for n in range(0, 56 * 60, 5)]


@pytest.mark.parametrize(("zone", "day"), DAYS)
def test_a_time_of_a_day_is_the_first_minute_at_which_the_clock_shows_it_or_a_later_one(zone: str, day: date) -> None:
    shown = [(now, now.astimezone(ZoneInfo(zone)).replace(tzinfo=None)) for now in moments_around(day)]
    for at in QUARTERS:
        expected = next(now for now, clock in shown if clock >= datetime.combine(day, at))
        assert first_shown(day, at, zone) == expected, at


@pytest.mark.parametrize(("zone", "day"), DAYS)
def test_the_last_minute_of_a_time_is_when_the_clock_shows_it_for_the_last_time_or_skips_it(
    zone: str, day: date
) -> None:
    shown = [(now, now.astimezone(ZoneInfo(zone)).replace(tzinfo=None)) for now in moments_around(day)]
    for at in QUARTERS:
        wanted = datetime.combine(day, at)
        when_shown = [now for now, clock in shown if clock == wanted]
        expected = when_shown[-1] if when_shown else next(now for now, clock in shown if clock > wanted)
        assert last_shown(day, at, zone) == expected, at


@pytest.mark.parametrize(("zone", "day"), DAYS)
def test_a_rota_is_handed_over_once_where_clocks_are_changed(zone: str, day: date) -> None:
    for at in QUARTERS:
        rota = Rota(people=("anna", "ben"), first=day, weekday=day.weekday(), at=at, time_zone=zone)
        on_call = [rota.on_call(now) for now in moments_around(day)]
        turns = [who for who, before in zip(on_call, [None, *on_call], strict=False) if who != before]
        assert turns == ["ben", "anna"], at


@pytest.mark.parametrize(("zone", "day"), DAYS)
def test_a_weekly_window_is_open_whenever_the_clock_is_within_it_and_never_left_out(zone: str, day: date) -> None:
    clock = [(now, now.astimezone(ZoneInfo(zone)).replace(tzinfo=None)) for now in moments_around(day)]
    for at in QUARTERS:
        start = datetime.combine(day, at)
        end = start + timedelta(minutes=15)
        window = Weekly(weekdays=frozenset({day.weekday()}), start=at, end=end.time(), time_zone=zone)
        is_open = [window.open_at(now) is not None for now, _ in clock]
        assert any(is_open), at
        assert all(opened for opened, (_, shown) in zip(is_open, clock, strict=True) if start <= shown < end), at


@pytest.mark.parametrize(("zone", "day"), DAYS)
def test_a_weekly_window_is_never_open_once_the_clock_has_passed_its_end(zone: str, day: date) -> None:
    clock = [(now, now.astimezone(ZoneInfo(zone)).replace(tzinfo=None)) for now in moments_around(day)]
    for at in QUARTERS:
        end = datetime.combine(day, at)
        start = end - timedelta(hours=3)  # longer than what the clocks skip
        window = Weekly(weekdays=frozenset({start.weekday()}), start=start.time(), end=end.time(), time_zone=zone)
        last_before = max(now for now, shown in clock if shown <= end)
        assert [now for now, _ in clock if now > last_before and window.open_at(now) is not None] == [], at
