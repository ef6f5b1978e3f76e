"""Burn rates against the Workbook's own numbers, and a series told minute by minute: first fire, and reset."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.analysis.budgets import BudgetState, Counts, MinuteCounts, judge_budget
from leadline.model.burn_rows import BURN_ROWS, burn_rate, deaf_rows, scaled_rows

START = datetime(2026, 11, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
MONTH = timedelta(days=30)


def steady(minutes: int, *, valid: float, bad: float, since: datetime = START) -> list[MinuteCounts]:
    return [MinuteCounts(starts_at=since + n * MINUTE, counts=Counts(valid=valid, bad=bad)) for n in range(minutes)]


def judge(
    series: list[MinuteCounts], at: datetime, *, objective: float = 0.999, window: timedelta = MONTH
) -> BudgetState:
    return judge_budget(series, objective=objective, window=window, now=at)


def firing_factors(state: BudgetState) -> list[float]:
    return [burn.row.factor for burn in state.firing]


def test_the_rows_are_those_of_the_workbook() -> None:
    # Workbook, table 5-8: 2 % of a 30-day budget in an hour is a burn rate of 14.4, 10 % in three days one of 1.
    for row in BURN_ROWS:
        assert row.factor == pytest.approx(row.budget_ratio * MONTH / row.long)
        assert row.short == row.long / 12


def test_burn_rate_of_one_percent_bad_against_three_nines() -> None:
    assert burn_rate(0.01, 0.999) == pytest.approx(10.0)


def test_a_third_of_the_budget_is_left_after_two_thirds_were_spent() -> None:
    state = judge(steady(60, valid=1000, bad=2 / 3), START + timedelta(hours=1))
    assert state.counts.valid == 60_000
    assert state.allowed_bad == pytest.approx(60.0)
    assert state.left_ratio == pytest.approx(1 / 3)


def test_an_outage_fires_first_and_ends_first_in_the_fastest_row() -> None:
    good = steady(24 * 60, valid=100, bad=0)
    began = START + timedelta(days=1)
    outage = steady(60, valid=100, bad=50, since=began)
    after = steady(12 * 60, valid=100, bad=0, since=began + timedelta(hours=1))
    series = good + outage + after
    critical = {}
    for minute in range(13 * 60):
        now = began + minute * MINUTE
        critical[minute] = 14.4 in firing_factors(judge(series, now))
    # 1.44 % of the 6,000 events of an hour are 86.4 bad: reached when two minutes of 50 are complete.
    assert next(minute for minute, fires in critical.items() if fires) == 2
    # The short window of five minutes is clean five minutes after the outage's last minute, and not before.
    assert [minute for minute, fires in critical.items() if fires][-1] == 60 + 4
    assert critical[30]


def test_the_long_window_alone_does_not_fire() -> None:
    series = steady(30, valid=100, bad=50) + steady(30, valid=100, bad=0, since=START + 30 * MINUTE)
    [fast, *_] = judge(series, START + timedelta(hours=1)).burns
    assert fast.long_rate is not None
    assert fast.long_rate > 14.4
    assert (fast.short_rate, fast.is_firing) == (0.0, False)


def test_one_failure_in_ten_events_pages_nobody() -> None:
    series = [
        MinuteCounts(starts_at=START + 50 * MINUTE + n * MINUTE, counts=Counts(valid=1, bad=n == 9)) for n in range(10)
    ]
    state = judge(series, START + timedelta(hours=1))
    assert state.burns[0].long_rate == pytest.approx(100.0)
    assert not state.burns[0].has_enough_data
    assert state.firing == ()


def test_no_events_are_no_success() -> None:
    state = judge([], START)
    assert (state.left_ratio, state.has_data, state.severity) == (None, False, None)
    assert all(burn.long_rate is None for burn in state.burns)


def test_the_rows_shrink_with_the_window() -> None:
    week = scaled_rows(timedelta(days=7))
    assert week[0].long == timedelta(hours=1) * 7 / 30
    assert week[0].factor == 14.4
    assert scaled_rows(timedelta(minutes=30))[0].short == MINUTE


@pytest.mark.parametrize(("objective", "deaf"), [(0.999, 0), (0.94, 0), (0.9306, 0), (0.93, 1), (0.8, 2), (0.5, 3)])
def test_rows_that_can_never_fire_are_known(objective: float, deaf: int) -> None:
    found = deaf_rows(objective)
    assert len(found) == deaf
    all_bad = steady(3 * 24 * 60, valid=100, bad=100)
    fired = firing_factors(judge(all_bad, START + timedelta(days=3), objective=objective))
    assert fired == [row.factor for row in BURN_ROWS if row not in found]


def test_a_budget_that_burns_ends_when_it_says() -> None:
    now = START + timedelta(days=15)
    series = steady(15 * 24 * 60, valid=10, bad=0.005)  # half of what is allowed
    state = judge(series, now)
    assert state.left_ratio == pytest.approx(0.5)
    assert state.spent_at is None  # at this rate it lasts a whole month more
    spike = [*series[:-60], *steady(60, valid=10, bad=0.1, since=now - timedelta(hours=1))]  # ten times too fast
    ends_at = judge(spike, now).spent_at
    assert ends_at is not None
    assert ends_at - now < timedelta(days=2)


def test_a_calendar_window_counts_from_its_start() -> None:
    series = steady(60, valid=10, bad=1, since=START - timedelta(hours=1)) + steady(60, valid=10, bad=0, since=START)
    state = judge_budget(
        series,
        objective=0.99,
        window=MONTH,
        now=START + timedelta(hours=1),
        since=START,
        until=START + MONTH,
    )
    assert (state.counts.bad, state.left_ratio) == (0, 1.0)


@given(
    bads=st.lists(st.integers(min_value=0, max_value=10), min_size=1, max_size=60),
    objective=st.floats(min_value=0.9, max_value=0.9999),
)
def test_more_bad_never_leaves_more_budget(bads: list[int], objective: float) -> None:
    def at(extra: int) -> BudgetState:
        series = [
            MinuteCounts(starts_at=START + n * MINUTE, counts=Counts(valid=20, bad=bad + extra))
            for n, bad in enumerate(bads)
        ]
        return judge(series, START + timedelta(hours=1), objective=objective)

    before, after = at(0), at(1)
    assert before.left_ratio is not None
    assert after.left_ratio is not None
    assert after.left_ratio < before.left_ratio
    assert set(firing_factors(before)) <= set(firing_factors(after))
