"""A jump of the wall clock is told from the passing of time; the steady clock never goes back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from leadline_scheduler.watchdog import ClockWatch, SteadyClock

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_time_that_passes_on_both_clocks_is_no_jump() -> None:
    watch = ClockWatch(NOON, 100.0)
    assert watch.look(wall=NOON + timedelta(seconds=61), monotonic_s=160.0) is None


def test_a_jump_is_told_once_with_its_size_and_direction() -> None:
    watch = ClockWatch(NOON, 100.0)
    assert watch.look(wall=NOON - timedelta(hours=1), monotonic_s=101.0) == -3601.0
    assert watch.look(wall=NOON - timedelta(minutes=59), monotonic_s=161.0) is None


@given(st.lists(st.tuples(st.floats(-4000, 4000), st.floats(0, 100)), min_size=1, max_size=20))
def test_the_steady_clock_goes_with_time_at_least_and_never_back(moves: list[tuple[float, float]]) -> None:
    steady, wall, monotonic_s = SteadyClock(NOON, 0.0), NOON, 0.0
    before = NOON
    for jump_s, passed_s in moves:
        wall, monotonic_s = wall + timedelta(seconds=jump_s + passed_s), monotonic_s + passed_s
        now = steady.read(wall=wall, monotonic_s=monotonic_s)
        assert now >= wall
        assert now - before >= timedelta(seconds=passed_s) - timedelta(milliseconds=1)
        before = now
