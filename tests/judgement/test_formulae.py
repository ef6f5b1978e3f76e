"""The statistics against reference values to five digits, and against SciPy 1.17 where it knows the same thing."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import special, stats

from leadline.analysis.verdicts.bins import BIN_RATIO, BINS, bin_of, lower_edge, quantile_value, shift_for
from leadline.analysis.verdicts.blocks import BinBlocks, bin_blocks, share_blocks
from leadline.analysis.verdicts.differences import confidence_half_width, one_sided_log_e, stratified_differences
from leadline.analysis.verdicts.normal import log_normal_cdf
from leadline.analysis.verdicts.pairs import sign_log_e
from leadline.analysis.verdicts.proportions import effect_sizes, margin_factors, share_factor, share_factors
from leadline.analysis.verdicts.quantile_change import quantile_change, quantile_sums
from leadline.analysis.verdicts.ranks import rank_blocks, rank_log_e
from leadline.analysis.verdicts.sample_ratio import sample_ratio_log_e
from leadline.analysis.verdicts.samples import sessions_to_reach, share_growth


@pytest.mark.parametrize(
    ("ka", "na", "kb", "nb", "log_factor"),
    [(2, 100, 27, 900, 0.064051), (5, 100, 27, 900, -0.152746), (0, 100, 30, 900, 0.231786)],
)
def test_the_factor_of_a_block(ka: float, na: float, kb: float, nb: float, log_factor: float) -> None:
    odds = 0.03 / 0.97 * math.exp(-0.08)
    counts = [np.array(float(one)) for one in (ka, na, kb, nb)]
    named = dict(zip(("ka", "na", "kb", "nb"), counts, strict=True))
    found = share_factor(**named, ta=np.array(odds / (1 + odds)), tb=np.array(0.03))
    assert float(found) == pytest.approx(log_factor, abs=5e-7)


@pytest.mark.parametrize(
    ("ka", "na", "kb", "nb", "log_e"),
    [
        (828, 30_000, 8_100, 270_000, 2.02167),
        (1_656, 60_000, 16_200, 540_000, 4.38857),
        (900, 30_000, 9_000, 300_000, -0.92802),
    ],
)
def test_the_second_opinion_on_a_share(ka: float, na: float, kb: float, nb: float, log_e: float) -> None:
    p = (ka + kb) / (na + nb)
    variance = p * (1 - p) * (1 / na + 1 / nb)
    found = one_sided_log_e(np.array(kb / nb - ka / na), np.array(variance), tau=0.08 * p)
    assert float(found) == pytest.approx(log_e, abs=5e-6)
    after = stratified_differences(share_blocks([(0, 0, ka, na, kb, nb)]))
    assert after.variance[0] == pytest.approx(variance, rel=1e-4)
    assert after.difference[0] == pytest.approx(ka / na - kb / nb)


@pytest.mark.parametrize(
    ("s", "v", "rho", "log_e"), [(20, 50, 10, 3.12568), (-5, 50, 10, -1.34416), (0, 50, 10, -0.89588)]
)
def test_the_mixture_of_ranks(s: float, v: float, rho: float, log_e: float) -> None:
    assert float(rank_log_e(np.array(s), np.array(v), rho)) == pytest.approx(log_e, abs=5e-6)


def test_ranks_within_a_block_are_those_of_scipy() -> None:
    rng = np.random.default_rng(7)
    canary, baseline = bin_of(rng.lognormal(7.2, 0.6, 300)), bin_of(rng.lognormal(7.1, 0.6, 900))
    blocks = rank_blocks(as_block(canary, baseline), shift=0, thresholds=np.array([100]))
    u, n = stats.mannwhitneyu(canary, baseline).statistic, 1200
    ranks = stats.rankdata(np.concatenate([canary, baseline]))
    ties = (np.unique(ranks, return_counts=True)[1] ** 3.0 - np.unique(ranks, return_counts=True)[1]).sum()
    variance = 300 * 900 / 12 * (n + 1 - ties / (n * (n - 1)))
    assert blocks.s[0] == pytest.approx((u - 300 * 900 / 2) / (n + 1))
    assert blocks.v[0] == pytest.approx(variance / (n + 1) ** 2)
    assert blocks.above_a[0, 0] == (canary > 100).sum()


def test_the_normal_distribution_is_that_of_scipy() -> None:
    x = np.array([-60.0, -25.0, -20.0, -8.0, -1.0, 0.0, 3.0, 9.0])
    assert log_normal_cdf(x) == pytest.approx(special.log_ndtr(x), rel=1e-9, abs=1e-15)


def test_a_sample_ratio_is_the_beta_binomial_of_scipy() -> None:
    k, n, share, kappa = 940.0, 10_000.0, 0.1, 3000.0
    mixture = special.betaln(kappa * share + k, kappa * (1 - share) + n - k) - special.betaln(
        kappa * share, kappa * (1 - share)
    )
    fixed = k * math.log(share) + (n - k) * math.log(1 - share)
    assert sample_ratio_log_e(np.array([k]), np.array([n]), share=share)[0] == pytest.approx(mixture - fixed, abs=1e-6)


def test_the_factor_with_a_margin_is_never_above_one_on_average_within_it() -> None:
    """All outcomes of a block of 3 and 5 sessions, weighed by their probability, for rates at and inside the margin."""
    sizes = effect_sizes(0.3, is_lower_harm=False)
    for pb in (0.05, 0.4, 0.8):
        for pa in (1.2 * pb, pb, 0.5 * pb):
            mean = 0.0
            for ka in range(4):
                for kb in range(6):
                    blocks = share_blocks([(0, 0, 0, 0, 30, 100), (1, 0, ka, 3, kb, 5)])
                    factors = np.exp(margin_factors(blocks, sizes, margin=0.2)[1])
                    mean = mean + factors * stats.binom.pmf(ka, 3, min(pa, 1)) * stats.binom.pmf(kb, 5, pb)
            assert np.all(mean <= 1 + 1e-9)


def test_without_a_margin_both_tests_are_the_same() -> None:
    blocks = share_blocks([(minute, minute % 2, minute, 50, minute + 2, 100) for minute in range(8)])
    sizes = effect_sizes(0.08, is_lower_harm=True)
    assert margin_factors(blocks, sizes, margin=0.0) == pytest.approx(share_factors(blocks, sizes), abs=1e-12)


def test_a_sign_test_on_pairs() -> None:
    lost = np.array([1.0, 1.0, 0.0, 1.0])
    mean = np.mean([2**4 * theta**3 * (1 - theta) for theta in (0.6, 0.75, 0.9)])
    assert sign_log_e(lost)[-1] == pytest.approx(math.log(mean))


def test_bins_are_five_percent_wide_and_begin_with_what_is_below_one() -> None:
    assert bin_of(np.array([0.0, 0.5, 1.0, 1.05, 2500.0, 1e12])).tolist() == [0, 0, 1, 2, 161, BINS - 1]
    assert lower_edge(161) <= 2500 < lower_edge(162) == pytest.approx(lower_edge(161) * BIN_RATIO)
    assert (shift_for(0.0), shift_for(0.05), shift_for(0.15)) == (0, 1, 3)


def test_quantiles_of_bins_are_within_a_bin_of_those_of_numpy() -> None:
    values = np.random.default_rng(3).lognormal(7.5, 0.7, 20_000)
    counts = np.bincount(bin_of(values), minlength=BINS).astype(np.float64)
    for quantile in (0.5, 0.75, 0.99):
        found = quantile_value(counts, quantile)
        assert found == pytest.approx(float(np.quantile(values, quantile)), rel=0.02)


def test_a_change_of_a_quantile_is_compared_with_a_baseline_of_the_same_hours() -> None:
    """Nights are slow and the canary has more of them: the plain totals would say that it is slower."""
    rng = np.random.default_rng(5)
    rows = []
    for minute in range(200):
        level, na, nb = (7.0, 20, 180) if minute < 100 else (8.0, 100, 100)
        for bins, column in ((bin_of(rng.lognormal(level, 0.5, na)), 3), (bin_of(rng.lognormal(level, 0.5, nb)), 4)):
            for place, count in zip(*np.unique(bins, return_counts=True), strict=True):
                row = [minute, 0, int(place), 0.0, 0.0]
                row[column] = float(count)
                rows.append(tuple(row))
    found = quantile_change(quantile_sums(bin_blocks(rows)), 200, quantile=0.75, alpha=0.05)
    assert found is not None
    assert found.low < 0 < (found.high or 0)
    assert abs(found.change) < 0.03


def test_a_confidence_sequence_covers_at_every_time() -> None:
    rng = np.random.default_rng(11)
    escaped = 0
    for _ in range(200):
        draws = rng.binomial(1, 0.1, (2, 4000)).astype(np.float64)
        n = np.arange(1, 4001)
        difference = np.cumsum(draws[0]) / n - np.cumsum(draws[1]) / n
        halves = np.array([confidence_half_width(2 * 0.09 / m, tau=0.02, alpha=0.05) for m in n[99::100]])
        escaped += bool((np.abs(difference[99::100]) > halves).any())
    assert escaped <= 200 * 0.05


def test_the_planned_sample_is_near_what_simulations_need() -> None:
    """66,000 canary sessions is the 80th percentile of the simulations in bench/judgement (alpha 0.05, no margin)."""
    growth = share_growth(0.03, effect=-math.log1p(-0.08), margin=0.0, share=0.1, is_lower_harm=True)
    assert sessions_to_reach(growth, math.log(20)) == pytest.approx(66_000, rel=0.15)
    assert math.isinf(sessions_to_reach(0.0, 3.0))


def as_block(canary: np.ndarray, baseline: np.ndarray) -> BinBlocks:
    counts = [np.bincount(values, minlength=BINS) for values in (canary, baseline)]
    places = np.flatnonzero(counts[0] + counts[1])
    return bin_blocks([(0, 0, int(p), float(counts[0][p]), float(counts[1][p])) for p in places])
