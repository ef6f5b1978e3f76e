"""What this traffic can show: how many canary sessions, by when, how small an effect, and by which proxy event.

The figures are those of samples.py: in 4 of 5 releases that have the effect, at the evidence that pauses.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from leadline.analysis.verdicts.evidence import Evidence
from leadline.analysis.verdicts.findings import LEAST_RATE
from leadline.analysis.verdicts.quantile_change import quantile_sums
from leadline.analysis.verdicts.samples import latency_growth, log_spread, sessions_to_reach, share_growth
from leadline.model.gates import GateRules, MetricRule

DAY_MINUTES = 1440.0
# Effects are looked for up to this size: ten times the smallest that matters.
MOST_TIMES = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """`effect_ratio` is what the gate looks for, as a ratio of the baseline's value; `smallest_ratio` what shows within
    a day (None: nothing of up to ten times the effect)."""

    metric: str
    baseline_ratio: float | None
    effect_ratio: float
    needed_sessions: int | None
    minutes: float | None
    smallest_ratio: float | None
    proxy: str | None = None


def plan(
    evidence: Evidence,
    rules: GateRules,
    *,
    share: float,
    sessions_per_minute: float,
    events: Mapping[str, tuple[int, float]],
    sessions: int,
) -> list[PlanRow]:
    """One row per metric that a session has. `evidence` holds all users in any two arms."""
    canary_per_day = sessions_per_minute * share * DAY_MINUTES
    rows = []
    for rule in rules.metrics:
        if rule.kind == "journeys":
            continue
        base, part = _base(evidence, rule)
        needed = _needed(evidence, rules, rule, share, base, times=1.0)
        usable = canary_per_day * part
        minutes = None if needed is None or usable <= 0 else needed / usable * DAY_MINUTES + rule.within_s / 60
        rows.append(
            PlanRow(
                metric=rule.name,
                baseline_ratio=base,
                effect_ratio=_as_ratio(rule, 1.0),
                needed_sessions=needed,
                minutes=minutes,
                smallest_ratio=_smallest(evidence, rules, rule, share, base, usable),
                proxy=_proxy(rules, rule, share, events, sessions, minutes, canary_per_day),
            )
        )
    return rows


def _base(evidence: Evidence, rule: MetricRule) -> tuple[float | None, float]:
    """The rate (None for values), and which part of all sessions the metric has."""
    metric = evidence.metric(rule.name)
    total = float(evidence.arrivals.na.sum() + evidence.arrivals.nb.sum())
    if rule.kind == "latency":
        n = float(metric.bins.canary.sum() + metric.bins.baseline.sum())
        return None, min(n / total, 1.0) if total else 0.0
    shares = metric.shares
    n = float(shares.na.sum() + shares.nb.sum())
    hits = float(shares.ka.sum() + shares.kb.sum())
    # Sessions whose horizon ended after the window are not in `n`, but they will count.
    part = 1.0 if not rule.name.startswith("requests:") else min(n / total, 1.0) if total else 0.0
    return (hits / n if n else None), part


def _needed(
    evidence: Evidence, rules: GateRules, rule: MetricRule, share: float, base: float | None, *, times: float
) -> int | None:
    margin = rules.margin_of(rule) or 0.0
    if rule.kind == "latency":
        sums = quantile_sums(evidence.metric(rule.name).bins)
        spread = log_spread(sums.baseline[-1]) if sums.minute.size else 0.0
        growth = latency_growth(spread, change=rule.promote_margin * times, margin=margin, share=share)
    elif base is None or (base == 0 and rule.is_lower_harm):
        return None
    else:
        effect = rule.mde * times
        growth = share_growth(
            max(base, LEAST_RATE), effect=effect, margin=margin, share=share, is_lower_harm=rule.is_lower_harm
        )
    needed = sessions_to_reach(growth, rules.log_e_to_pause(rule))
    return None if math.isinf(needed) else max(math.ceil(needed), rules.min_sessions)


def _smallest(
    evidence: Evidence, rules: GateRules, rule: MetricRule, share: float, base: float | None, per_day: float
) -> float | None:
    """The smallest effect that shows in a day, to a twentieth of the gate's own."""
    low, high = 0.0, MOST_TIMES
    most = _needed(evidence, rules, rule, share, base, times=high)
    if most is None or most > per_day:
        return None
    while high - low > 0.05:
        middle = (low + high) / 2
        needed = _needed(evidence, rules, rule, share, base, times=middle)
        low, high = (low, middle) if needed is not None and needed <= per_day else (middle, high)
    return _as_ratio(rule, high)


def _as_ratio(rule: MetricRule, times: float) -> float:
    """`mde` is a change of the log odds; of a small rate it is nearly the ratio."""
    if rule.kind == "latency":
        return rule.promote_margin * times
    return math.expm1(-rule.mde * times) if rule.is_lower_harm else math.expm1(rule.mde * times)


def _proxy(
    rules: GateRules,
    rule: MetricRule,
    share: float,
    events: Mapping[str, tuple[int, float]],
    sessions: int,
    minutes: float | None,
    canary_per_day: float,
) -> str | None:
    """An event that more sessions have and that shows the same relative loss in less than half the time."""
    if not rule.name.startswith("kpi:") or sessions == 0 or canary_per_day <= 0:
        return None
    if minutes is not None and minutes <= 60:
        return None
    own = events.get(rule.of, (0, 0.0))[0]
    margin = rules.margin_of(rule) or 0.0
    found: list[tuple[float, str]] = []
    for name, (n, after) in events.items():
        if name == rule.of or n <= own:
            continue
        growth = share_growth(n / sessions, effect=rule.mde, margin=margin, share=share, is_lower_harm=True)
        needed = sessions_to_reach(growth, rules.log_e_to_pause(rule))
        # A quick event can have a short horizon: twice its median.
        found.append((needed / canary_per_day * DAY_MINUTES + max(5.0, 2 * after), name))
    best = min(found, default=None)
    return best[1] if best is not None and (minutes is None or best[0] < minutes / 2) else None
