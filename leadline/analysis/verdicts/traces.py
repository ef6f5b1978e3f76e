"""The evidence of each metric over time: ln E at the end of every minute, for all users and for each segment.

Computed once for the whole time, so that "each minute's verdict" costs little more than one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from leadline.analysis.verdicts.bins import BINS, shift_for
from leadline.analysis.verdicts.blocks import BinBlocks, Floats, Ints, ShareBlocks, at_minutes, ends_of
from leadline.analysis.verdicts.differences import Differences, stratified_differences
from leadline.analysis.verdicts.evidence import Evidence, MetricEvidence, Pairs
from leadline.analysis.verdicts.exceedance import REFERENCE_VALUES, exceedance_factors, frozen_thresholds
from leadline.analysis.verdicts.pairs import sign_log_e
from leadline.analysis.verdicts.proportions import evidence_factors
from leadline.analysis.verdicts.quantile_change import QuantileSums
from leadline.analysis.verdicts.ranks import RankBlocks, mixture_width, rank_log_e
from leadline.analysis.verdicts.worked import Key, Worked
from leadline.model.gates import GateRules, MetricRule

Strata = frozenset[int]
Factors = Callable[[int], Floats]
# The group of all blocks; a segment's name has a space in it.
ALL = "all"


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
    bins: BinBlocks | None = None  # the sums behind `quantiles`
    segment_differences: dict[str, tuple[Differences, Ints]] | None = None


def trace_metric(
    evidence: Evidence, metric: MetricEvidence, rule: MetricRule, rules: GateRules, worked: Worked | None = None
) -> MetricTrace:
    """The trace of one metric over the minutes of `evidence`. `worked`: the results of earlier looks at its blocks."""
    worked = worked or Worked()
    grid = np.arange(evidence.since, evidence.until + 1, dtype=np.int64)
    segments = strata_by_segment(evidence.strata, rules.segments)
    match rule.kind:
        case "journeys":
            return _trace_pairs(evidence.pairs, rule, grid)
        case "share":
            return _trace_shares(metric, rule, rules, grid, segments, worked)
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
    metric: MetricEvidence, rule: MetricRule, rules: GateRules, grid: Ints, segments: dict[str, Strata], worked: Worked
) -> MetricTrace:
    blocks, margin = metric.shares, rules.margin_of(rule)

    def factors(first: int) -> Floats:
        return evidence_factors(blocks, mde=rule.mde, is_lower_harm=rule.is_lower_harm, margin=margin, first=first)

    key = (rule.name, "shares", rule.mde, rule.is_lower_harm, margin, _as_key(segments))
    log_e = _mixtures(worked, key, blocks.minute, _members(blocks.stratum, segments), grid, factors)
    differences = stratified_differences(blocks)
    parts = {name: blocks.within(strata) for name, strata in segments.items()}
    return MetricTrace(
        rule=rule,
        grid=grid,
        log_e=log_e[ALL],
        canary_n=at_minutes(np.cumsum(blocks.na), blocks.minute, grid),
        baseline_n=at_minutes(np.cumsum(blocks.nb), blocks.minute, grid),
        canary_events=at_minutes(np.cumsum(blocks.ka), blocks.minute, grid),
        baseline_events=at_minutes(np.cumsum(blocks.kb), blocks.minute, grid),
        by_segment={name: log_e[name] for name in segments},
        differences=differences,
        places=_places(blocks, grid),
        segment_differences={name: (stratified_differences(part), _places(part, grid)) for name, part in parts.items()},
    )


def _members(stratum: Ints, segments: dict[str, Strata]) -> dict[str, NDArray[np.bool_]]:
    """Of all users and of each segment, which blocks belong to it."""
    parts = {name: np.isin(stratum, sorted(strata)) for name, strata in segments.items()}
    return {ALL: np.ones(stratum.size, dtype=bool), **parts}


def _as_key(segments: dict[str, Strata]) -> tuple[tuple[str, Strata], ...]:
    return tuple(segments.items())


def _mixtures(
    worked: Worked, key: Key, minute: Ints, members: dict[str, NDArray[np.bool_]], grid: Ints, factors: Factors
) -> dict[str, Floats]:
    """ln E of each group of blocks at the end of each minute of `grid`."""
    found = worked.mixtures(key, minute, members, int(grid[-1]), factors)
    return {name: at_minutes(mixed.log_e, mixed.minute, grid) for name, mixed in found.items()}


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

    def factors(first: int) -> Floats:
        return exceedance_factors(late, first=first)

    of_tail = (rule.name, "tail", shift, tuple(thresholds.tolist()), primed, _as_key(segments))
    tail = _mixtures(worked, of_tail, late.minute, _members(late.stratum, segments), grid, factors)
    of_body = (rule.name, "body", shift, rho, _as_key(segments))
    body = _ranked(worked, of_body, blocks, segments, grid, rho)
    log_e = {name: np.asarray(np.logaddexp(body[name], tail[name]) - np.log(2.0)) for name in (ALL, *segments)}

    return MetricTrace(
        rule=rule,
        grid=grid,
        log_e=log_e[ALL],
        canary_n=at_minutes(np.cumsum(blocks.na), blocks.minute, grid),
        baseline_n=at_minutes(np.cumsum(blocks.nb), blocks.minute, grid),
        canary_events=np.zeros(grid.size),
        baseline_events=np.zeros(grid.size),
        by_segment={name: log_e[name] for name in segments},
        quantiles=worked.quantile_sums(rule.name, metric.bins, int(grid[-1])),
        bins=metric.bins,
    )


def _ranked(
    worked: Worked,
    key: Key,
    blocks: RankBlocks,
    segments: dict[str, Strata],
    grid: Ints,
    rho: float,
    *,
    sign: float = 1.0,
) -> dict[str, Floats]:
    """ln E of the ranks at the end of each minute of `grid`, of each group of blocks; nothing before its first one."""
    found = {}
    for name, is_in in _members(blocks.stratum, segments).items():
        minute = blocks.minute[is_in]
        ends = ends_of(minute)
        s, v = sign * np.cumsum(blocks.s[is_in])[ends], np.cumsum(blocks.v[is_in])[ends]
        values = worked.extended(
            (key[0], f"{key[1]} {name}", *key[2:]), ends.size, int(grid[-1]), partial(_rank_log_e_from, s, v, rho)
        )
        found[name] = at_minutes(values, minute[ends], grid)
    return found


def _rank_log_e_from(s: Floats, v: Floats, rho: float, first: int) -> Floats:
    return rank_log_e(s[first:], v[first:], rho)


def thresholds_of(metric: MetricEvidence, rule: MetricRule) -> tuple[Ints, int]:
    """Fixed thresholds, and the minute from which they may be used.

    If the baseline has too few earlier values, its first ones in the evidence set the thresholds and are not
    used again: a threshold must not depend on the values that it judges.
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
    bought = _trace_shares(metric, rule, rules, grid, segments, worked)
    shift = shift_for(rules.margin_of(rule) or 0.0) * (-1 if rule.is_lower_harm else 1)
    thresholds = np.zeros(0, dtype=np.int64)
    blocks = worked.rank_blocks(rule.name, metric.bins, int(grid[-1]), shift=shift, thresholds=thresholds)
    rho = mixture_width(rules.alpha * rules.share_of_alpha(rule))
    sign = -1.0 if rule.is_lower_harm else 1.0

    key = (rule.name, "sums", shift, rho, sign, _as_key(segments))
    amounts = _ranked(worked, key, blocks, segments, grid, rho, sign=sign)
    shares = {ALL: bought.log_e, **bought.by_segment}
    log_e = {name: np.asarray(np.logaddexp(amounts[name], share) - np.log(2.0)) for name, share in shares.items()}

    return MetricTrace(
        rule=rule,
        grid=grid,
        log_e=log_e[ALL],
        canary_n=bought.canary_n,
        baseline_n=bought.baseline_n,
        canary_events=bought.canary_events,
        baseline_events=bought.baseline_events,
        by_segment={name: log_e[name] for name in segments},
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
