"""The finding of each metric at a minute: values, the difference with its bounds, the sample, and its state."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from leadline.analysis.verdicts.bins import BINS, quantile_value
from leadline.analysis.verdicts.blocks import Floats
from leadline.analysis.verdicts.differences import Interval, relative_interval
from leadline.analysis.verdicts.quantile_change import QuantileSums, quantile_change
from leadline.analysis.verdicts.samples import latency_growth, log_spread, sessions_to_reach, share_growth
from leadline.analysis.verdicts.traces import MetricTrace
from leadline.analysis.verdicts.wording import claim, contradiction, label
from leadline.model.gates import GateRules, MetricRule
from leadline.model.verdicts import MetricFinding, MetricState

# Bounds are for explaining and promoting; E alone decides about a rollback.
INTERVAL_ALPHA = 0.05
# The quantile by which vitals are judged (web.dev/articles/vitals), and the tail's floor as a multiple of its margin:
# 15 % where p50 and p75 have 5 %.
JUDGED_QUANTILE = 0.75
TAIL_QUANTILE, TAIL_MARGINS = 0.99, 3.0
# A lower rate is planned for as if it were this: nobody waits for a doubling of nearly zero.
LEAST_RATE = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossings:
    """The first minute (a place in the grid) at which the evidence sufficed; None: not yet."""

    worse: int | None
    suspect: int | None
    segment: int | None
    segment_name: str | None


def find_crossings(trace: MetricTrace, rules: GateRules) -> Crossings:
    """When a metric's evidence was enough to roll back, to pause, and to pause for one segment."""
    rule = trace.rule
    has_enough = (trace.canary_n >= rules.min_sessions) & (trace.baseline_n >= rules.min_sessions)
    if rule.kind == "journeys":
        has_enough = np.ones(trace.grid.size, dtype=bool)
    if rule.min_events:
        has_enough &= trace.canary_events >= rule.min_events
    crossed = []
    for threshold in (rules.log_e_to_roll_back(rule), rules.log_e_to_pause(rule)):
        places = np.flatnonzero((trace.log_e >= threshold) & has_enough)
        crossed.append(next((int(i) for i in places if _is_beyond_floor(trace, rules, int(i))), None))
    limit = rules.log_e_of_segment(rule, segments=len(trace.by_segment))
    firsts = {
        name: int(np.argmax(log_e >= limit)) for name, log_e in trace.by_segment.items() if bool((log_e >= limit).any())
    }
    name = min(firsts, key=lambda one: (firsts[one], one)) if firsts else None
    return Crossings(
        worse=crossed[0], suspect=crossed[1], segment=firsts[name] if name is not None else None, segment_name=name
    )


def _is_beyond_floor(trace: MetricTrace, rules: GateRules, place: int) -> bool:
    """Randomised users: the estimate itself must be beyond the margin. Otherwise the margin was part of the test."""
    rule = trace.rule
    if not rules.is_randomised or rule.kind == "journeys":
        return True
    found = share_interval(trace, place)
    if found is not None and -found.difference * _sign(rule) >= rule.margin:
        return True
    if trace.quantiles is None:
        return False
    floors = {0.5: rule.margin, JUDGED_QUANTILE: rule.margin, TAIL_QUANTILE: rule.margin * TAIL_MARGINS}
    return any(
        -change * _sign(rule) >= floor
        for quantile, floor in floors.items()
        if (change := _change(trace.quantiles, int(trace.grid[place]), quantile)) is not None
    )


def _change(sums: QuantileSums, minute: int, quantile: float) -> float | None:
    found = quantile_change(sums, minute, quantile=quantile, alpha=INTERVAL_ALPHA)
    return None if found is None else found.change


def _sign(rule: MetricRule) -> float:
    """+1 where fewer is harm: `-difference * sign` is then the size of the harm."""
    return 1.0 if rule.is_lower_harm else -1.0


def share_interval(trace: MetricTrace, place: int) -> Interval | None:
    if trace.differences is None or trace.places is None:
        return None
    return relative_interval(trace.differences, int(trace.places[place]), mde=trace.rule.mde, alpha=INTERVAL_ALPHA)


def describe(trace: MetricTrace, crossings: Crossings, rules: GateRules, place: int) -> MetricFinding:
    """The metric at the end of minute `place` of the grid."""
    rule = trace.rule
    a, b = float(trace.canary_n[place]), float(trace.baseline_n[place])
    values = _values(trace, place)
    state, since = _state(trace, crossings, values, place)
    segment = _worst_segment(trace, crossings, place)
    amounts = _amounts(trace, place)
    tails = _tails(trace, place) if state in {"worse", "suspect"} else (None, None)
    pooled = _pooled(trace, place)
    return MetricFinding(
        name=rule.name,
        kind=rule.kind,
        state=state,
        claim=claim(rule.name),
        is_lower_harm=rule.is_lower_harm,
        canary_sessions=int(a),
        baseline_sessions=int(b),
        canary_value=_rounded(values.canary),
        baseline_value=_rounded(values.baseline),
        difference_ratio=_rounded(values.difference),
        low_ratio=_rounded(values.low),
        high_ratio=_rounded(values.high),
        canary_amount=_rounded(amounts[0]),
        baseline_amount=_rounded(amounts[1]),
        canary_tail=_rounded(tails[0]),
        baseline_tail=_rounded(tails[1]),
        needed_sessions=_needed(trace, rules, values.baseline, place, a, b),
        margin=rule.margin,
        log_e=rounded(float(trace.log_e[place])),
        log_e_to_pause=rounded(rules.log_e_to_pause(rule)),
        log_e_to_roll_back=rounded(rules.log_e_to_roll_back(rule)),
        since=None if since is None else moment_after(int(trace.grid[since])),
        segment=segment,
        segment_difference_ratio=_rounded(_segment_difference(trace, segment, place)),
        pooled_difference_ratio=_rounded(pooled),
        warning=contradiction(
            label(rule.name), pooled=pooled, alike=values.difference, low=values.low, high=values.high
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Values:
    canary: float | None = None
    baseline: float | None = None
    difference: float | None = None
    low: float | None = None
    high: float | None = None


def _values(trace: MetricTrace, place: int) -> _Values:
    if trace.rule.kind == "latency" and trace.quantiles is not None:
        minute = int(trace.grid[place])
        found = quantile_change(trace.quantiles, minute, quantile=JUDGED_QUANTILE, alpha=INTERVAL_ALPHA)
        if found is None:
            return _Values()
        return _Values(
            canary=found.canary, baseline=found.baseline, difference=found.change, low=found.low, high=found.high
        )
    if trace.differences is not None and trace.places is not None and trace.places[place] >= 0:
        at = int(trace.places[place])
        interval = share_interval(trace, place)
        canary, baseline = float(trace.differences.canary[at]), float(trace.differences.baseline[at])
        return _Values(
            canary=canary,
            baseline=baseline,
            difference=interval.difference if interval else None,
            low=interval.low if interval else None,
            high=interval.high if interval else None,
        )
    a, b = float(trace.canary_n[place]), float(trace.baseline_n[place])
    if trace.rule.kind == "journeys" and a > 0 and b > 0:
        return _Values(canary=float(trace.canary_events[place]) / a, baseline=float(trace.baseline_events[place]) / b)
    return _Values()


def _amounts(trace: MetricTrace, place: int) -> tuple[float | None, float | None]:
    """The median of the sums, canary and baseline, of a KPI that is judged by its value."""
    if trace.rule.kind != "value" or trace.quantiles is None:
        return None, None
    found = quantile_change(trace.quantiles, int(trace.grid[place]), quantile=0.5, alpha=INTERVAL_ALPHA)
    return (None, None) if found is None else (found.canary, found.baseline)


def _tails(trace: MetricTrace, place: int) -> tuple[float | None, float | None]:
    """The 99th percentile, canary and baseline."""
    if trace.rule.kind != "latency" or trace.quantiles is None:
        return None, None
    found = quantile_change(trace.quantiles, int(trace.grid[place]), quantile=TAIL_QUANTILE, alpha=INTERVAL_ALPHA)
    return (None, None) if found is None else (found.canary, found.baseline)


def _state(trace: MetricTrace, crossings: Crossings, values: _Values, place: int) -> tuple[MetricState, int | None]:
    rule = trace.rule
    if crossings.worse is not None and crossings.worse <= place:
        return "worse", crossings.worse
    if crossings.suspect is not None and crossings.suspect <= place:
        return "suspect", crossings.suspect
    has_events = rule.kind not in {"share", "value"} or not rule.is_lower_harm or trace.baseline_events[place] > 0
    if trace.canary_n[place] == 0 or trace.baseline_n[place] == 0 or not has_events:
        return "no_data", None
    harm = None if values.low is None else -values.low if rule.is_lower_harm else values.high
    return ("fine" if harm is not None and harm < rule.promote_margin else "unclear"), None


def _needed(trace: MetricTrace, rules: GateRules, baseline: float | None, place: int, a: float, b: float) -> int | None:
    """Canary sessions until harm of the planned size would have paused the release, in 4 of 5 cases."""
    rule = trace.rule
    if rule.kind == "journeys" or baseline is None or a + b <= 0:
        return None
    share, margin = a / (a + b), rules.margin_of(rule) or 0.0
    if rule.kind == "latency":
        growth = 0.0
        at = _quantile_place(trace, place)
        if trace.quantiles is not None and at >= 0:
            spread = log_spread(trace.quantiles.baseline_at(at))
            growth = latency_growth(spread, change=rule.promote_margin, margin=margin, share=share)
    else:
        growth = share_growth(
            max(baseline, LEAST_RATE), effect=rule.mde, margin=margin, share=share, is_lower_harm=rule.is_lower_harm
        )
    needed = sessions_to_reach(growth, rules.log_e_to_pause(rule))
    return None if math.isinf(needed) else max(math.ceil(needed), rules.min_sessions)


def _quantile_place(trace: MetricTrace, place: int) -> int:
    if trace.quantiles is None:
        return -1
    return int(np.searchsorted(trace.quantiles.minute, trace.grid[place], side="right")) - 1


def _worst_segment(trace: MetricTrace, crossings: Crossings, place: int) -> str | None:
    if crossings.segment is not None and crossings.segment <= place:
        return crossings.segment_name
    strongest = {name: float(log_e[place]) for name, log_e in trace.by_segment.items()}
    name = max(strongest, key=lambda one: (strongest[one], one)) if strongest else None
    # e: a likelihood of 2.7 to 1. Below it, the segment with the most harm would be noise.
    return name if name is not None and strongest[name] >= 1.0 else None


def _segment_difference(trace: MetricTrace, segment: str | None, place: int) -> float | None:
    if segment is None or trace.segment_differences is None or segment not in trace.segment_differences:
        return None
    differences, places = trace.segment_differences[segment]
    at = int(places[place])
    if at < 0 or not float(differences.baseline[at]) > 0:
        return None
    return float(differences.difference[at]) / float(differences.baseline[at])


def _pooled(trace: MetricTrace, place: int) -> float | None:
    """The change of the plain totals: of the share, or of the judged quantile."""
    if trace.rule.kind == "latency" and trace.bins is not None:
        upto = trace.bins.upto(int(trace.grid[place]))
        canary = quantile_value(np.bincount(upto.bin, upto.canary, BINS).astype(np.float64), JUDGED_QUANTILE)
        baseline = quantile_value(np.bincount(upto.bin, upto.baseline, BINS).astype(np.float64), JUDGED_QUANTILE)
        return canary / baseline - 1 if canary is not None and baseline else None
    a, b = float(trace.canary_n[place]), float(trace.baseline_n[place])
    if trace.rule.kind not in {"share", "value"} or a == 0 or b == 0 or trace.baseline_events[place] == 0:
        return None
    return (float(trace.canary_events[place]) / a) / (float(trace.baseline_events[place]) / b) - 1


def moment_after(minute: int) -> datetime:
    """The end of that minute."""
    return datetime.fromtimestamp((minute + 1) * 60, UTC)


def rounded(x: float) -> float:
    """To nine digits: logarithms may differ between processors in the sixteenth digit, but verdicts must not."""
    return float(f"{x:.9g}")


def _rounded(x: float | None) -> float | None:
    return None if x is None or not math.isfinite(x) else rounded(x)


def as_counts(values: Floats) -> list[int]:
    return [int(value) for value in values]
