"""The evidence of each metric over time: ln E at the end of every minute, for all users and for each segment.

Computed once for the whole time, so that "each minute's verdict" costs little more than one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leadline.analysis.verdicts.bins import BINS, shift_for
from leadline.analysis.verdicts.blocks import BinBlocks, Floats, Ints, ShareBlocks, at_minutes
from leadline.analysis.verdicts.differences import Differences, stratified_differences
from leadline.analysis.verdicts.evidence import Evidence, MetricEvidence, Pairs
from leadline.analysis.verdicts.exceedance import REFERENCE_VALUES, exceedance_factors, frozen_thresholds
from leadline.analysis.verdicts.pairs import sign_log_e
from leadline.analysis.verdicts.proportions import evidence_factors, mixture
from leadline.analysis.verdicts.quantile_change import QuantileSums
from leadline.analysis.verdicts.ranks import RankBlocks, mixture_width, rank_log_e
from leadline.analysis.verdicts.worked import Worked
from leadline.model.gates import GateRules, MetricRule

Strata = frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricTrace:
    """One entry per minute of `grid`. `differences` holds for yes or no, `quantiles` for values."""

    rule: MetricRule
    grid: Ints
    log_e: Floats
    canary_n: Floats
    baseline_n: Floats
    canary_events: Floats
    baseline_events: Floats
    by_segment: dict[str, Floats]
    differences: Differences | None = None
    places: Ints | None = None  # of `differences`, the block after each minute; -1 before the first
    quantiles: QuantileSums | None = None
    bins: BinBlocks | None = None  # what `quantiles` were made of
    segment_differences: dict[str, tuple[Differences, Ints]] | None = None


def trace_metric(
    evidence: Evidence, metric: MetricEvidence, rule: MetricRule, rules: GateRules, worked: Worked | None = None
) -> MetricTrace:
    """The trace of one metric over the minutes of `evidence`. `worked`: what earlier looks at its blocks found."""
    worked = worked or Worked()
    grid = np.arange(evidence.since, evidence.until + 1, dtype=np.int64)
    segments = strata_by_segment(evidence.strata, rules.segments)
    match rule.kind:
        case "journeys":
            return _trace_pairs(evidence.pairs, rule, grid)
        case "share":
            return _trace_shares(metric, rule, rules, grid, segments)
        case "latency":
            return _trace_latency(metric, rule, rules, grid, segments, worked)
        case "value":
            return _trace_value(metric, rule, rules, grid, segments, worked)


def strata_by_segment(strata: tuple[tuple[str, ...], ...], dimensions: tuple[str, ...]) -> dict[str, Strata]:
    """`device_type mobile` and the strata that it is made of; a dimension with one value has no segments."""
    found: dict[str, set[int]] = {}
    for place, dimension in enumerate(dimensions):
        values = {stratum[place] for stratum in strata if place < len(stratum)}
        if len(values) > 1:
            for index, stratum in enumerate(strata):
                if place < len(stratum):
                    found.setdefault(f"{dimension} {stratum[place]}", set()).add(index)
    return {name: frozenset(found[name]) for name in sorted(found)}


def _trace_shares(
    metric: MetricEvidence, rule: MetricRule, rules: GateRules, grid: Ints, segments: dict[str, Strata]
) -> MetricTrace:
    blocks = metric.shares
    factors = evidence_factors(blocks, mde=rule.mde, is_lower_harm=rule.is_lower_harm, margin=rules.margin_of(rule))
    differences = stratified_differences(blocks)
    parts = {name: blocks.within(strata) for name, strata in segments.items()}
    return MetricTrace(
        rule=rule,
        grid=grid,
        log_e=_mixed(factors, blocks.minute, grid),
        canary_n=at_minutes(np.cumsum(blocks.na), blocks.minute, grid),
        baseline_n=at_minutes(np.cumsum(blocks.nb), blocks.minute, grid),
        canary_events=at_minutes(np.cumsum(blocks.ka), blocks.minute, grid),
        baseline_events=at_minutes(np.cumsum(blocks.kb), blocks.minute, grid),
        by_segment={
            name: _mixed(factors[is_in], blocks.minute[is_in], grid)
            for name, is_in in _members(blocks.stratum, segments).items()
        },
        differences=differences,
        places=_places(blocks, grid),
        segment_differences={name: (stratified_differences(part), _places(part, grid)) for name, part in parts.items()},
    )


def _members(stratum: Ints, segments: dict[str, Strata]) -> dict[str, NDArray[np.bool_]]:
    """Of each segment, which blocks belong to it."""
    return {name: np.isin(stratum, sorted(strata)) for name, strata in segments.items()}


def _mixed(factors: Floats, minute: Ints, grid: Ints) -> Floats:
    """ln E at the end of each minute of `grid`, from the factors of blocks in order of their minutes."""
    ends = _ends(minute)
    return at_minutes(mixture(factors, ends), minute[ends], grid)


def _ends(minute: Ints) -> Ints:
    """The last block of each minute."""
    return np.flatnonzero(np.append(minute[1:] != minute[:-1], True)[: minute.size]).astype(np.int64)


def _places(blocks: ShareBlocks, grid: Ints) -> Ints:
    return np.searchsorted(blocks.minute, grid, side="right").astype(np.int64) - 1


def _trace_latency(
    metric: MetricEvidence, rule: MetricRule, rules: GateRules, grid: Ints, segments: dict[str, Strata], worked: Worked
) -> MetricTrace:
    shift = shift_for(rules.margin_of(rule) or 0.0)
    thresholds, primed = thresholds_of(metric, rule)
    blocks = worked.rank_blocks(rule.name, metric.bins, int(grid[-1]), shift=shift, thresholds=thresholds)
    rho = mixture_width(rules.alpha * rules.share_of_alpha(rule))

    late = _from_minute(blocks, primed)
    factors = exceedance_factors(late)

    def log_e(strata: Strata | None) -> Floats:
        is_in, is_late = _is_in(blocks.stratum, strata), _is_in(late.stratum, strata)
        body = _ranked(blocks, is_in, grid, rho)
        tail = _mixed(factors[is_late], late.minute[is_late], grid)
        return np.asarray(np.logaddexp(body, tail) - np.log(2.0))

    return MetricTrace(
        rule=rule,
        grid=grid,
        log_e=log_e(None),
        canary_n=at_minutes(np.cumsum(blocks.na), blocks.minute, grid),
        baseline_n=at_minutes(np.cumsum(blocks.nb), blocks.minute, grid),
        canary_events=np.zeros(grid.size),
        baseline_events=np.zeros(grid.size),
        by_segment={name: log_e(strata) for name, strata in segments.items()},
        quantiles=worked.quantile_sums(rule.name, metric.bins, int(grid[-1])),
        bins=metric.bins,
    )


def _is_in(stratum: Ints, strata: Strata | None) -> NDArray[np.bool_]:
    """Which blocks are of these strata; None: of any."""
    return np.ones(stratum.size, dtype=bool) if strata is None else np.isin(stratum, sorted(strata))


def _ranked(blocks: RankBlocks, is_in: NDArray[np.bool_], grid: Ints, rho: float, *, sign: float = 1.0) -> Floats:
    """ln E of the ranks at the end of each minute of `grid`; nothing before the first block."""
    minute = blocks.minute[is_in]
    ends = _ends(minute)
    s, v = np.cumsum(blocks.s[is_in])[ends], np.cumsum(blocks.v[is_in])[ends]
    return at_minutes(rank_log_e(sign * s, v, rho), minute[ends], grid)


def thresholds_of(metric: MetricEvidence, rule: MetricRule) -> tuple[Ints, int]:
    """Frozen thresholds, and the minute from which on they may be used.

    Where the baseline has too few values from before, its first ones in the evidence set the thresholds and are not
    used again: a threshold that has seen what it judges is no fixed one.
    """
    vital = rule.name.removeprefix("vital:") if rule.name.startswith("vital:") else None
    if metric.reference.sum() >= REFERENCE_VALUES:
        return frozen_thresholds(metric.reference, vital=vital), 0
    sums = np.cumsum(metric.bins.baseline)
    place = int(np.searchsorted(sums, REFERENCE_VALUES))
    if place >= sums.size:
        return np.zeros(0, dtype=np.int64), 0
    minute = int(metric.bins.minute[place])
    used = metric.bins.minute <= minute
    counts = np.bincount(metric.bins.bin[used], metric.bins.baseline[used], BINS).astype(np.float64)
    return frozen_thresholds(counts, vital=vital), minute + 1


def _trace_value(
    metric: MetricEvidence, rule: MetricRule, rules: GateRules, grid: Ints, segments: dict[str, Strata], worked: Worked
) -> MetricTrace:
    """How many sessions bought, and for how much those that did: two e-processes, averaged."""
    bought = _trace_shares(metric, rule, rules, grid, segments)
    shift = shift_for(rules.margin_of(rule) or 0.0) * (-1 if rule.is_lower_harm else 1)
    thresholds = np.zeros(0, dtype=np.int64)
    blocks = worked.rank_blocks(rule.name, metric.bins, int(grid[-1]), shift=shift, thresholds=thresholds)
    rho = mixture_width(rules.alpha * rules.share_of_alpha(rule))
    sign = -1.0 if rule.is_lower_harm else 1.0

    def log_e(strata: Strata | None, share: Floats) -> Floats:
        amounts = _ranked(blocks, _is_in(blocks.stratum, strata), grid, rho, sign=sign)
        return np.asarray(np.logaddexp(amounts, share) - np.log(2.0))

    return MetricTrace(
        rule=rule,
        grid=grid,
        log_e=log_e(None, bought.log_e),
        canary_n=bought.canary_n,
        baseline_n=bought.baseline_n,
        canary_events=bought.canary_events,
        baseline_events=bought.baseline_events,
        by_segment={name: log_e(strata, bought.by_segment[name]) for name, strata in segments.items()},
        differences=bought.differences,
        places=bought.places,
        quantiles=worked.quantile_sums(rule.name, metric.bins, int(grid[-1])),
        segment_differences=bought.segment_differences,
    )


def _trace_pairs(pairs: Pairs, rule: MetricRule, grid: Ints) -> MetricTrace:
    differs = pairs.canary_failed != pairs.baseline_failed
    logs = sign_log_e(pairs.canary_failed[differs])
    every = np.ones(pairs.minute.size)
    return MetricTrace(
        rule=rule,
        grid=grid,
        log_e=at_minutes(logs, pairs.minute[differs], grid),
        canary_n=at_minutes(np.cumsum(every), pairs.minute, grid),
        baseline_n=at_minutes(np.cumsum(every), pairs.minute, grid),
        canary_events=at_minutes(np.cumsum(pairs.canary_failed), pairs.minute, grid),
        baseline_events=at_minutes(np.cumsum(pairs.baseline_failed), pairs.minute, grid),
        by_segment={},
    )


def _from_minute(blocks: RankBlocks, first: int) -> RankBlocks:
    if first <= 0:
        return blocks
    is_kept = blocks.minute >= first
    return RankBlocks(
        minute=blocks.minute[is_kept],
        stratum=blocks.stratum[is_kept],
        na=blocks.na[is_kept],
        nb=blocks.nb[is_kept],
        s=blocks.s[is_kept],
        v=blocks.v[is_kept],
        above_a=blocks.above_a[is_kept],
        above_b=blocks.above_b[is_kept],
    )
