"""What must hold for any evidence: mirrors, repeats, identical arms, order, units."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from judgement.simulated import CONVERSION, ERRORS, LCP, Release, rules, simulate

from leadline.analysis.verdicts import Evidence, Judge
from leadline.analysis.verdicts.bins import bin_of
from leadline.analysis.verdicts.blocks import BinBlocks, ShareBlocks, bin_blocks, share_blocks
from leadline.analysis.verdicts.differences import relative_interval, stratified_differences
from leadline.analysis.verdicts.proportions import share_evidence
from leadline.analysis.verdicts.ranks import rank_blocks

counts = st.integers(min_value=0, max_value=40)
block = st.tuples(counts, counts, counts, counts).map(lambda c: (min(c[0], c[1]), c[1], min(c[2], c[3]), c[3]))
many = st.lists(block, min_size=1, max_size=30).map(
    lambda found: share_blocks([(place // 2, place % 2, *map(float, one)) for place, one in enumerate(found)])
)


@settings(max_examples=100, deadline=None)
@given(many)
def test_swapping_the_arms_mirrors_the_difference(blocks: ShareBlocks) -> None:
    swapped = replace(blocks, ka=blocks.kb, na=blocks.nb, kb=blocks.ka, nb=blocks.na)
    here, there = stratified_differences(blocks), stratified_differences(swapped)
    assert here.difference == pytest.approx(-there.difference, nan_ok=True)
    assert here.variance == pytest.approx(there.variance, nan_ok=True)


@settings(max_examples=100, deadline=None)
@given(many)
def test_every_session_twice_never_widens_the_interval(blocks: ShareBlocks) -> None:
    twice = replace(blocks, ka=2 * blocks.ka, na=2 * blocks.na, kb=2 * blocks.kb, nb=2 * blocks.nb)
    once = relative_interval(stratified_differences(blocks), blocks.ka.size - 1, mde=0.08, alpha=0.05)
    more = relative_interval(stratified_differences(twice), blocks.ka.size - 1, mde=0.08, alpha=0.05)
    # The variance within a block of two or three sessions is itself a guess: the property is that of real blocks.
    if once is not None and more is not None and min(blocks.na.min(), blocks.nb.min()) >= 3:
        assert more.high - more.low <= once.high - once.low + 1e-12


@settings(max_examples=100, deadline=None)
@given(many)
def test_no_rate_falls_by_more_than_all_of_it(blocks: ShareBlocks) -> None:
    nothing = replace(blocks, ka=np.zeros_like(blocks.ka))
    found = relative_interval(stratified_differences(nothing), blocks.ka.size - 1, mde=0.08, alpha=0.05)
    assert found is None or -1 <= found.low <= found.difference <= found.high


@settings(max_examples=100, deadline=None)
@given(many)
def test_identical_arms_are_never_worse(blocks: ShareBlocks) -> None:
    same = replace(blocks, ka=blocks.kb, na=blocks.nb)
    for is_lower_harm in (True, False):
        for margin in (None, 0.02):
            log_e = share_evidence(same, mde=0.08, is_lower_harm=is_lower_harm, margin=margin)
            assert np.all(log_e < np.log(20))


@settings(max_examples=50, deadline=None)
@given(many, st.randoms(use_true_random=False))
def test_the_order_in_which_blocks_are_handed_over_does_not_matter(blocks: ShareBlocks, random: object) -> None:
    rows = list(zip(*(part.tolist() for part in as_columns(blocks)), strict=True))
    random.shuffle(rows)  # type: ignore[attr-defined]
    again = share_blocks(rows)
    for one, other in zip(as_columns(blocks), as_columns(again), strict=True):
        assert one.tolist() == other.tolist()


def test_identical_values_are_never_slower() -> None:
    evidence = simulate(Release(minutes=240, ramp=((0, 0.5),)), seed=4)
    bins = evidence.metric("vital:lcp_ms").bins
    same = replace(evidence.metric("vital:lcp_ms"), bins=replace(bins, canary=bins.baseline))
    judge = Judge(replace(evidence, metrics=(same,)), rules(LCP))
    assert judge.traces[0].log_e.max() < 0.0


def test_swapping_the_arms_mirrors_the_ranks() -> None:
    bins = simulate(Release(minutes=60, ramp=((0, 0.3),)), seed=5).metric("vital:lcp_ms").bins
    none = np.zeros(0, dtype=np.int64)
    here = rank_blocks(bins, shift=0, thresholds=none)
    there = rank_blocks(replace(bins, canary=bins.baseline, baseline=bins.canary), shift=0, thresholds=none)
    assert here.s == pytest.approx(-there.s)
    assert here.v == pytest.approx(there.v)


@pytest.mark.parametrize("unit", [1.05**7, 1.05**20])
def test_the_unit_of_a_value_does_not_matter(unit: float) -> None:
    """Multiples that are whole bins, so that nothing is rounded: ranks and verdict stay the same."""
    rng = np.random.default_rng(6)
    values = [(minute, rng.lognormal(7.2, 0.5, 20), rng.lognormal(7.0, 0.5, 60)) for minute in range(30)]
    plain, scaled = (as_bins(values, scale) for scale in (1.0, unit))
    none = np.zeros(0, dtype=np.int64)
    here, there = (rank_blocks(bins, shift=1, thresholds=none) for bins in (plain, scaled))
    assert here.s == pytest.approx(there.s)
    assert here.v == pytest.approx(there.v)


def test_what_comes_later_changes_nothing_before() -> None:
    """Append-only: the evidence of the first hours is the same whether or not the day goes on."""
    day = simulate(Release(minutes=600), seed=8)
    hours = cut(day, 300)
    whole, part = Judge(day, rules(CONVERSION, ERRORS, LCP)), Judge(hours, rules(CONVERSION, ERRORS, LCP))
    for long, short in zip(whole.traces, part.traces, strict=True):
        assert long.log_e[:300] == pytest.approx(short.log_e)
    assert whole.at(hours.until).codes == part.at(hours.until).codes


def cut(evidence: Evidence, minutes: int) -> Evidence:
    """The evidence as it stood after its first minutes."""
    until = evidence.since + minutes - 1
    kept = evidence.arrivals.minute <= until
    arrivals = replace(
        evidence.arrivals,
        minute=evidence.arrivals.minute[kept],
        browser=evidence.arrivals.browser[kept],
        na=evidence.arrivals.na[kept],
        nb=evidence.arrivals.nb[kept],
    )
    metrics = tuple(replace(m, shares=m.shares.upto(until), bins=m.bins.upto(until)) for m in evidence.metrics)
    return replace(evidence, until=until, arrivals=arrivals, metrics=metrics)


def as_columns(blocks: ShareBlocks) -> list[np.ndarray]:
    return [blocks.minute, blocks.stratum, blocks.ka, blocks.na, blocks.kb, blocks.nb]


def as_bins(values: list[tuple[int, np.ndarray, np.ndarray]], scale: float) -> BinBlocks:
    rows = []
    for minute, canary, baseline in values:
        a, b = (
            bin_of(1.05 ** np.round(np.log(canary) / np.log(1.05)) * scale),
            bin_of(1.05 ** np.round(np.log(baseline) / np.log(1.05)) * scale),
        )
        rows += [
            (minute, 0, int(place), float((a == place).sum()), float((b == place).sum())) for place in np.union1d(a, b)
        ]
    return bin_blocks(rows)
