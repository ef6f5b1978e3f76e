"""A jump of the wall clock is told from the passing of time; the steady clock never goes back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline_scheduler.state import SchedulerState, read_last_clocks, read_state, write_state
from leadline_scheduler.watchdog import ClockWatch, SteadyClock, begin_steady, time_waited

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_time_that_passes_on_both_clocks_is_no_jump() -> None:
    watch = ClockWatch(NOON, 100.0)
    assert watch.look(wall=NOON + timedelta(seconds=61), monotonic_s=160.0) is None


def test_a_jump_is_told_once_with_its_size_and_direction() -> None:
    watch = ClockWatch(NOON, 100.0)
    assert watch.look(wall=NOON - timedelta(hours=1), monotonic_s=101.0) == -3601.0
    assert watch.look(wall=NOON - timedelta(minutes=59), monotonic_s=161.0) is None


@given(st.lists(st.tuples(st.floats(-4000, 4000), st.floats(0, 100)), min_size=1, max_size=20))
def test_the_steady_clock_goes_with_time_and_never_back(moves: list[tuple[float, float]]) -> None:
    steady, wall, boot_s = SteadyClock(NOON, 0.0), NOON, 0.0
    before = NOON
    for jump_s, passed_s in moves:
        wall, boot_s = wall + timedelta(seconds=jump_s + passed_s), boot_s + passed_s
        now = steady.read(wall=wall, boot_s=boot_s)
        assert now - before >= timedelta(seconds=passed_s) - timedelta(milliseconds=1)
        assert now + steady.step >= wall
        before = now


def test_the_steady_clock_follows_a_step_forward_only_when_it_is_told_to() -> None:
    steady = SteadyClock(NOON, 0.0)
    stepped = NOON + timedelta(hours=1, seconds=10)
    assert steady.read(wall=stepped, boot_s=10.0) == NOON + timedelta(seconds=10)
    assert steady.step == timedelta(hours=1)
    steady.follow(steady.step)
    assert steady.read(wall=stepped + timedelta(seconds=5), boot_s=15.0) == stepped + timedelta(seconds=5)
    assert not steady.step


def test_the_steady_clock_goes_with_the_wall_clock_where_that_is_only_adjusted() -> None:
    steady = SteadyClock(NOON, 0.0)
    for second in range(1, 100):
        wall = NOON + timedelta(seconds=second * 1.0005)
        assert steady.read(wall=wall, boot_s=float(second)) == wall


@pytest.mark.parametrize(("passed_s", "ahead"), [(100.0, timedelta(hours=1)), (3700.0, timedelta())])
def test_a_step_between_two_starts_is_known_by_the_clock_that_nobody_sets(passed_s: float, ahead: timedelta) -> None:
    """Asleep or switched off for an hour is no step: that clock runs on."""
    wall = NOON + timedelta(seconds=3700)
    steady = begin_steady(wall, 50.0 + passed_s, last=(NOON, 50.0))
    steady.read(wall=wall, boot_s=50.0 + passed_s)
    assert steady.step == ahead


def test_what_the_clocks_said_is_of_use_only_until_the_machine_starts_again(tmp_path: Path) -> None:
    file = tmp_path / "scheduler.json"
    assert read_last_clocks(file, "a") is None
    write_state(
        file, SchedulerState(pid=1, state="running", started_at=NOON, last_tick_at=NOON, boot_id="a", boot_s=7.0)
    )
    assert read_last_clocks(file, "a") == (NOON, 7.0)
    assert read_last_clocks(file, "b") is None
    assert read_last_clocks(file, None) is None


def test_a_scheduler_still_tells_of_its_ticks_where_no_new_file_can_be_written(tmp_path: Path) -> None:
    file = tmp_path / "scheduler.json"
    said = SchedulerState(pid=1, state="running", started_at=NOON, last_tick_at=NOON)
    assert write_state(file, said)
    (tmp_path / "scheduler.json.new").mkdir()  # as on a full disk
    later = NOON + timedelta(seconds=1)
    refusal = "the records can't be used now: database or disk is full; 12 results wait in memory"
    full = SchedulerState(pid=1, state="running", started_at=NOON, last_tick_at=later, unwritten=refusal)
    size = file.stat().st_size
    assert write_state(file, full)
    assert read_state(file) == full
    assert file.stat().st_size == size  # it takes no more room


@pytest.mark.parametrize(
    ("steady_ahead_s", "waited_s"),
    [(0, 70), (3600, 70), (86_400, 70), (-3600, 70)],
    ids=["agree", "set back an hour", "set back a day", "set forward, not followed yet"],
)
def test_what_waits_is_as_old_as_the_clock_that_dated_it_says(steady_ahead_s: float, waited_s: float) -> None:
    wall = NOON
    steady = wall + timedelta(seconds=steady_ahead_s)
    assert time_waited(wall - timedelta(seconds=waited_s), (steady, wall)) == timedelta(seconds=waited_s)


def test_what_was_dated_before_the_clock_was_set_back_is_as_old_as_the_steady_one_says() -> None:
    steady = NOON + timedelta(hours=1)
    assert time_waited(steady - timedelta(seconds=70), (steady, NOON)) == timedelta(seconds=70)
    assert time_waited(steady + timedelta(seconds=1), (steady, NOON)) == timedelta()
