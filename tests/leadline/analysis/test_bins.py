"""Quantiles and shares from bins by session group: near the exact ones, with intervals that cover."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from leadline.analysis import Binned, estimate_binned_quantiles, estimate_binned_rate, estimate_quantiles
from leadline.analysis.bins import (
    BIN_RATIO,
    GROUPS,
    T_975,
    edges,
    estimate_many_quantiles,
    measure_design_effect,
)

stats = pytest.importorskip("scipy.stats")


def bins_of(values: NDArray[np.float64], unit: float = 1.0) -> NDArray[np.int64]:
    at = np.maximum(values, unit * 1e-9) / unit
    return np.where(values < unit, 0, 1 + np.floor(np.log(at) / np.log(BIN_RATIO))).astype(np.int64)


def binned(values: NDArray[np.float64], sessions: NDArray[np.int64], unit: float = 1.0) -> Binned:
    numbers, columns = np.unique(bins_of(values, unit), return_inverse=True)
    weights = np.zeros((GROUPS, numbers.size))
    np.add.at(weights, (sessions * 2654435761 % 2**32 // 2**28, columns), 1.0)
    return Binned(
        bins=numbers, weights=weights, unit=unit, n=values.size, effective_n=values.size,
        sessions=int(np.unique(sessions).size),
    )  # fmt: skip


def test_the_constant_is_students() -> None:
    assert pytest.approx(stats.t.ppf(0.975, GROUPS - 1)) == T_975


def test_a_bin_is_two_percent_wide_and_the_first_is_all_below_the_unit() -> None:
    assert edges(0, 1.0) == (0.0, 1.0)
    assert edges(1, 1.0) == (1.0, 1.02)
    low, high = edges(350, 0.0001)
    assert high / low == pytest.approx(1.02)


@pytest.mark.parametrize("seed", range(5))
def test_a_quantile_from_bins_is_within_one_percent_of_the_exact_one(seed: int) -> None:
    random = np.random.default_rng(seed)
    sessions = np.repeat(np.arange(4000), 3)
    values = random.lognormal(7, 0.8, sessions.size)
    exact = estimate_quantiles(values, sessions)
    for rough, fine in zip(estimate_binned_quantiles(binned(values, sessions)), exact, strict=True):
        assert rough.value == pytest.approx(fine.value, rel=0.01)


def test_the_interval_of_a_quantile_covers_what_is_true_in_95_percent_of_simulations() -> None:
    """Half of the log variance is the session's, three views each on average; 400 sessions: the small end."""
    truth = {0.5: np.exp(7.0), 0.75: np.exp(7 + 0.6744897501960817), 0.95: np.exp(7 + 1.6448536269514722)}
    covered = dict.fromkeys(truth, 0)
    rounds = 300
    for seed in range(rounds):
        random = np.random.default_rng(seed)
        views = 1 + random.poisson(2, 400)
        owner = np.repeat(np.arange(400) + 1000 * seed, views)
        own = np.repeat(random.normal(0, np.sqrt(0.5), 400), views)
        values = np.exp(7 + own + random.normal(0, np.sqrt(0.5), owner.size))
        for estimate in estimate_binned_quantiles(binned(values, owner)):
            assert estimate.low is not None
            assert estimate.high is not None
            covered[estimate.quantile] += estimate.low <= truth[estimate.quantile] <= estimate.high
    # A binomial of 300 at 0.95 is below 0.91 in 1 run of 1,000.
    assert {quantile: hits for quantile, hits in covered.items() if hits < 0.91 * rounds} == {}


def test_every_view_twice_in_its_session_does_not_narrow_the_interval() -> None:
    random = np.random.default_rng(3)
    sessions = np.arange(5000)
    values = random.lognormal(7, 1, 5000)
    once = estimate_binned_quantiles(binned(values, sessions))[1]
    twice = estimate_binned_quantiles(binned(np.repeat(values, 2), np.repeat(sessions, 2)))[1]
    assert (once.low, once.high) == pytest.approx((twice.low, twice.high))


def test_without_groups_the_design_effect_widens_the_interval() -> None:
    random = np.random.default_rng(4)
    whole = binned(np.repeat(random.lognormal(7, 1, 3000), 4), np.repeat(np.arange(3000), 4))
    effect = measure_design_effect(whole)
    assert 2 < effect < 7
    flat = Binned(
        bins=whole.bins, weights=whole.weights.sum(axis=0, keepdims=True), unit=1.0, n=whole.n,
        effective_n=whole.effective_n, sessions=whole.sessions, design_effect=effect,
    )  # fmt: skip
    grouped, rough = estimate_binned_quantiles(whole)[1], estimate_binned_quantiles(flat)[1]
    widths = [one.high - one.low for one in (grouped, rough) if one.low is not None and one.high is not None]
    assert widths[1] / widths[0] == pytest.approx(1, abs=0.35)


def test_many_histograms_at_once_are_read_as_each_alone() -> None:
    random = np.random.default_rng(8)
    alone = []
    for size in (40, 900, 3000):
        whole = binned(random.lognormal(6, 1, size), np.arange(size))
        flat = whole.weights.sum(axis=0, keepdims=True)
        alone.append(
            Binned(
                bins=whole.bins, weights=flat, unit=1.0, n=size, effective_n=size, sessions=size, design_effect=2.0
            )
        )  # fmt: skip
    starts = np.cumsum([0, *(one.bins.size for one in alone[:-1])])
    value, low, high = estimate_many_quantiles(
        np.concatenate([one.bins for one in alone]), np.concatenate([one.weights[0] for one in alone]), starts,
        units=np.ones(3), variances=np.array([2.0 / one.n for one in alone]),
    )  # fmt: skip
    for row, one in enumerate(alone):
        for column, estimate in enumerate(estimate_binned_quantiles(one)):
            assert value[row, column] == pytest.approx(estimate.value)
            if estimate.low is not None:
                assert (low[row, column], high[row, column]) == pytest.approx((estimate.low, estimate.high))


def test_a_share_from_groups_covers_and_says_nothing_of_nothing() -> None:
    covered = 0
    for seed in range(300):
        random = np.random.default_rng(seed)
        own = random.beta(1, 19, 2000)
        views = 1 + random.poisson(2, 2000)
        hits = random.binomial(views, own)
        group = random.integers(0, GROUPS, 2000)
        rate = estimate_binned_rate(
            np.bincount(group, hits, GROUPS), np.bincount(group, views, GROUPS), n=int(views.sum()),
            effective_sessions=2000, sessions=2000,
        )  # fmt: skip
        assert rate.low is not None
        assert rate.high is not None
        covered += rate.low <= 0.05 <= rate.high
    assert covered >= 0.91 * 300
    nothing = estimate_binned_rate(np.zeros(GROUPS), np.zeros(GROUPS), n=0, effective_sessions=0, sessions=0)
    assert (nothing.ratio, nothing.low) == (None, None)
