"""Shares with Wilson's interval, by sessions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from leadline.analysis import estimate_rate, estimate_session_rate


@pytest.mark.parametrize(("hits", "sessions"), [(0, 50), (1, 50), (25, 50), (50, 50), (37, 12_000)])
def test_the_interval_of_sessions_is_scipys_wilson(hits: int, sessions: int) -> None:
    ours = estimate_session_rate(hits=hits, sessions=sessions)
    theirs = stats.binomtest(hits, sessions).proportion_ci(method="wilson")  # SciPy 1.17
    assert (ours.low, ours.high) == (pytest.approx(theirs.low, abs=1e-12), pytest.approx(theirs.high, abs=1e-12))
    assert ours.ratio == hits / sessions


def test_the_interval_holds_the_truth_as_often_as_it_says_although_errors_come_in_sessions() -> None:
    rng = np.random.default_rng(20261124)
    rounds, held = 1000, 0
    for _ in range(rounds):
        views = rng.geometric(0.4, size=400)
        # a session has a fault of its own (mean 10 %), which all its views share
        hits = rng.binomial(views, rng.beta(0.5, 4.5, size=400))
        estimate = estimate_rate(hits, views)
        assert estimate.low is not None
        assert estimate.high is not None
        held += estimate.low <= 0.1 <= estimate.high
    # 95 % +- 4 standard errors of 1,000 rounds, and a point for the approximation
    assert 0.912 <= held / rounds <= 0.988


def test_without_a_hit_each_session_counts_as_one() -> None:
    estimate = estimate_rate(np.zeros(40, dtype=np.int64), np.full(40, 100))
    one_view_each = estimate_rate(np.zeros(40, dtype=np.int64), np.full(40, 1))
    assert (estimate.low, estimate.high) == (one_view_each.low, one_view_each.high)
    assert (estimate.n, estimate.ratio) == (4000, 0.0)
    assert estimate.high == pytest.approx(stats.binomtest(0, 40).proportion_ci(method="wilson").high)


def test_few_sessions_give_a_ratio_without_an_interval() -> None:
    estimate = estimate_rate(np.array([1, 0]), np.array([500, 500]))
    assert (estimate.ratio, estimate.low, estimate.high, estimate.is_enough) == (0.001, None, None, False)


def test_of_nothing_there_is_no_ratio() -> None:
    empty = np.array([], dtype=np.int64)
    for estimate in (estimate_rate(empty, empty), estimate_session_rate(hits=0, sessions=0)):
        assert (estimate.n, estimate.ratio, estimate.is_enough) == (0, None, False)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_every_view_twice_leaves_the_interval_as_it_is(seed: int) -> None:
    rng = np.random.default_rng(seed)
    views = rng.integers(2, 9, size=60)
    hits = np.where(rng.random(60) < 0.3, views, 0)  # all views of a session or none: as alike as can be
    hits[:2] = 0, views[1]
    once, twice = estimate_rate(hits, views), estimate_rate(2 * hits, 2 * views)
    assert (twice.ratio, twice.low, twice.high) == (once.ratio, pytest.approx(once.low), pytest.approx(once.high))
