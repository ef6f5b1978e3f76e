"""Quantiles of values that come in sessions: what they promise, against SciPy and against simulated truth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from leadline.analysis import design_effect, estimate_quantile, estimate_quantiles, group_of
from leadline.analysis.clusters import MIN_SESSIONS, Z_95

Array = np.ndarray[tuple[int], np.dtype[np.float64]]


def visits(rng: np.random.Generator, sessions: int) -> tuple[Array, np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """Heavy-tailed times: sessions of one to several views, the views of one session alike (correlation 0.59)."""
    views = rng.geometric(0.4, size=sessions)
    owner = np.repeat(np.arange(sessions), views)
    device = rng.normal(0, 0.6, size=sessions)
    return np.exp(7 + device[owner] + rng.normal(0, 0.5, size=owner.size)), owner


@pytest.mark.parametrize(("sessions", "quantiles"), [(40, (0.5, 0.75)), (200, (0.5, 0.75, 0.95))])
def test_the_interval_holds_the_truth_as_often_as_it_says_although_sessions_are_correlated(
    sessions: int, quantiles: tuple[float, ...]
) -> None:
    rng = np.random.default_rng(20261124)
    # log-normal with variance 0.6^2 + 0.5^2, weighted by views, which are independent of the device
    truth = {q: float(np.exp(7 + np.hypot(0.6, 0.5) * stats.norm.ppf(q))) for q in quantiles}
    rounds = 1000
    held: dict[float, list[bool]] = {q: [] for q in quantiles}
    for _ in range(rounds):
        values, owner = visits(rng, sessions)
        for estimate in estimate_quantiles(values, owner, quantiles=quantiles):
            if estimate.low is not None and estimate.high is not None:
                held[estimate.quantile].append(estimate.low <= truth[estimate.quantile] <= estimate.high)
    assert all(len(answers) >= 0.97 * rounds for answers in held.values())
    # 95 % +- 4 standard errors of 1,000 rounds (0.7 points each), and a point for the approximation
    assert all(0.912 <= sum(answers) / len(answers) <= 0.988 for answers in held.values())


def test_an_interval_that_took_views_for_visitors_would_hold_the_truth_less_often() -> None:
    rng = np.random.default_rng(3)
    truth = float(np.exp(7))
    held = {"sessions": 0, "views": 0}
    for _ in range(400):
        values, owner = visits(rng, 200)
        for name, groups in (("sessions", owner), ("views", np.arange(values.size))):
            estimate = estimate_quantile(values, groups, quantile=0.5)
            assert estimate.low is not None
            assert estimate.high is not None
            held[name] += estimate.low <= truth <= estimate.high
    assert held["views"] < 0.9 * 400 < held["sessions"]


def test_with_one_view_a_session_the_interval_is_the_binomial_one_of_scipy() -> None:
    values = np.sort(np.random.default_rng(5).exponential(1000, size=2000))
    for quantile in (0.5, 0.75, 0.95):
        ours = estimate_quantile(values, np.arange(2000), quantile=quantile)
        # SciPy 1.17: exact binomial order statistics
        theirs = stats.quantile_test(values, p=quantile).confidence_interval(0.95)
        assert ours.low is not None
        assert ours.high is not None
        ranks = [np.searchsorted(values, bound) for bound in (ours.low, theirs.low, ours.high, theirs.high)]
        assert abs(ranks[0] - ranks[1]) <= 2
        assert abs(ranks[2] - ranks[3]) <= 2


def test_the_interval_is_as_wide_as_a_bootstrap_of_sessions_says() -> None:
    rng = np.random.default_rng(11)
    values, owner = visits(rng, 400)
    ours = estimate_quantile(values, owner, quantile=0.75)
    views = [values[owner == session] for session in range(400)]
    drawn = [
        float(np.quantile(np.concatenate([views[i] for i in rng.integers(0, 400, 400)]), 0.75)) for _ in range(1000)
    ]
    low, high = np.quantile(drawn, [0.025, 0.975])
    assert ours.low is not None
    assert ours.high is not None
    assert (ours.high - ours.low) == pytest.approx(high - low, rel=0.2)


def test_the_value_is_that_of_numpy_and_of_quantile_cont() -> None:
    values = np.array([4.0, 1.0, 3.0, 2.0])
    assert estimate_quantile(values, np.arange(4), quantile=0.75).value == 3.25


def test_few_sessions_give_a_value_without_an_interval() -> None:
    values = np.arange(float(MIN_SESSIONS - 1))
    estimate = estimate_quantile(values, np.arange(values.size), quantile=0.5)
    assert estimate.value == 14.0
    assert (estimate.low, estimate.high, estimate.is_enough) == (None, None, False)


def test_many_views_of_few_sessions_are_few() -> None:
    values = np.arange(1000.0)
    assert not estimate_quantile(values, np.arange(1000) % 10, quantile=0.5).is_enough


def test_a_quantile_beyond_the_sample_is_none() -> None:
    assert estimate_quantile(np.arange(19.0), np.arange(19), quantile=0.95).value is None
    assert estimate_quantile(np.arange(20.0), np.arange(20), quantile=0.95).value == pytest.approx(18.05)


def test_an_interval_that_would_end_beyond_the_sample_is_none() -> None:
    assert not estimate_quantile(np.arange(60.0), np.arange(60), quantile=0.95).is_enough
    assert estimate_quantile(np.arange(120.0), np.arange(120), quantile=0.95).is_enough


def test_nothing_gives_none_and_a_count_of_zero() -> None:
    estimate = estimate_quantile(np.array([]), np.array([], dtype=np.int64), quantile=0.75)
    assert (estimate.n, estimate.sessions, estimate.value, estimate.is_enough) == (0, 0, None, False)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(100, 200))
def test_every_view_twice_does_not_make_the_interval_narrower(seed: int, sessions: int) -> None:
    values, owner = visits(np.random.default_rng(seed), sessions)
    once = estimate_quantile(values, owner, quantile=0.75)
    twice = estimate_quantile(np.repeat(values, 2), np.repeat(owner, 2), quantile=0.75)
    ordered = np.sort(values)
    assert once.is_enough
    assert twice.is_enough
    for one, two in ((once.low, twice.low), (once.high, twice.high)):
        # the same place in the sample, but for a rank of rounding
        assert abs(int(np.searchsorted(ordered, one)) - int(np.searchsorted(ordered, two))) <= 2


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_order_of_the_views_and_the_names_of_the_sessions_do_not_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values, owner = visits(rng, 50)
    shuffled = rng.permutation(values.size)
    named = group_of([f"s{name}" for name in owner[shuffled]])
    assert estimate_quantiles(values, owner) == estimate_quantiles(values[shuffled], named)


def test_the_constant_is_the_normal_quantile() -> None:
    assert pytest.approx(stats.norm.ppf(0.975), abs=1e-15) == Z_95


def test_equal_views_of_sessions_of_four_have_a_design_effect_of_about_four() -> None:
    sessions = np.repeat(np.arange(500), 4)
    indicator = (sessions % 2).astype(float)
    assert design_effect(indicator, sessions, mean=0.5) == pytest.approx(4, rel=0.01)
