"""Whether what a rollback was about came back: the same figure of sessions that began since, on the baseline.

Back means two things at once: the figure is within the metric's margin of the baseline's level at the time of the
verdict, and the canary's level is ruled out. With few sessions the second fails, so nothing is claimed too early.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from leadline.analysis.verdicts.findings import JUDGED_QUANTILE
from leadline.analysis.verdicts.wording import label, listed, percent, percent_change
from leadline.model.verdicts import MetricFinding, RecoveryState, Verdict

__all__ = ["FiguresSince", "Recovery", "judge_recovery", "list_breached"]

# One-sided 0.5 %: it is looked at each minute until it holds, and a figure that looks back by chance is worse news
# than one that is told ten minutes later.
Z = 2.576
# A handful of sessions is one person's afternoon, whatever the formula says.
FEWEST_SESSIONS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class FiguresSince:
    """One metric of the sessions that began on the baseline since the rollback was verified.

    `value`: the share of them, or the 75th percentile. `beyond`: how many were slower than the canary's; of shares 0.
    """

    name: str
    sessions: int
    value: float | None = None
    beyond: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """`text` says by which figures, in a part of a sentence."""

    state: RecoveryState
    text: str


def list_breached(verdict: Verdict) -> list[MetricFinding]:
    """The metrics that the verdict found worse and whose figures can come back. Our own journeys say so themselves."""
    return [
        one
        for one in verdict.metrics
        if one.state == "worse"
        and one.kind != "journeys"
        and one.canary_value is not None
        and one.baseline_value is not None
    ]


def judge_recovery(verdict: Verdict, since: Mapping[str, FiguresSince]) -> Recovery:
    """Recovered where each metric that was worse is back; `not_judged` where no figure was (`list_breached`)."""
    found = [(one, since.get(one.name, FiguresSince(name=one.name, sessions=0))) for one in list_breached(verdict)]
    if not found:
        return Recovery(state="not_judged", text="the verdict found no figure of users worse")
    states = [_state(metric, figures) for metric, figures in found]
    text = "; ".join(_say(verdict, metric, figures) for metric, figures in found)
    if all(state == "recovered" for state in states):
        return Recovery(state="recovered", text=text)
    return Recovery(state="too_few" if "too_few" in states else "not_yet", text=_say_what_lacks(found, states, text))


def _state(metric: MetricFinding, since: FiguresSince) -> RecoveryState:
    level, worse = metric.baseline_value, metric.canary_value
    if level is None or worse is None or since.value is None or since.sessions < FEWEST_SESSIONS:
        return "too_few"
    harm = (level - since.value) if metric.is_lower_harm else (since.value - level)
    is_within = harm <= level * (metric.margin or 0.0)
    rules_out = _rules_out(metric, since, since.value, worse)
    if is_within and rules_out:
        return "recovered"
    return "not_yet" if rules_out or not is_within else "too_few"


def _rules_out(metric: MetricFinding, since: FiguresSince, value: float, worse: float) -> bool:
    """Whether so good a figure would be seen less often than once in 200 times at the canary's level."""
    n, canary_n = since.sessions, max(metric.canary_sessions, 1)
    if metric.kind == "latency":
        # At the canary's level a quarter of all sessions is slower than its 75th percentile.
        beyond = 1 - JUDGED_QUANTILE
        return _is_far(beyond - since.beyond / n, beyond * (1 - beyond) * (1 / n + 1 / canary_n))
    common = (value * n + worse * canary_n) / (n + canary_n)
    difference = value - worse if metric.is_lower_harm else worse - value
    return _is_far(difference, common * (1 - common) * (1 / n + 1 / canary_n))


def _is_far(difference: float, variance: float) -> bool:
    return difference > 0 and variance > 0 and difference / math.sqrt(variance) >= Z


def _say(verdict: Verdict, metric: MetricFinding, since: FiguresSince) -> str:
    """`checkout_completed 4.11 % in 2,313 sessions since then (1.4.2 had 4.20 %, 1.5.0 3.10 %)`."""
    name = f"{label(metric.name)} p75" if metric.kind == "latency" else label(metric.name)
    had = f"{verdict.baseline} had {_value(metric, metric.baseline_value)}"
    had += f", {verdict.canary} {_value(metric, metric.canary_value)}"
    if since.value is None:
        return f"{name} of no session yet ({had})"
    return f"{name} {_value(metric, since.value)} in {since.sessions:,} sessions since then ({had})"


def _say_what_lacks(
    found: Sequence[tuple[MetricFinding, FiguresSince]], states: Sequence[RecoveryState], text: str
) -> str:
    few = listed([label(metric.name) for (metric, _), state in zip(found, states, strict=True) if state == "too_few"])
    return f"{text}: too few sessions to tell of {few}" if few else f"{text}: {_say_off(found, states)}"


def _say_off(found: Sequence[tuple[MetricFinding, FiguresSince]], states: Sequence[RecoveryState]) -> str:
    off = []
    for (metric, since), state in zip(found, states, strict=True):
        if state == "not_yet" and since.value is not None and metric.baseline_value:
            off.append(f"{label(metric.name)} is still {percent_change(since.value / metric.baseline_value - 1)} off")
    return listed(off)


def _value(metric: MetricFinding, value: float | None) -> str:
    if value is None:
        return "an unknown value"
    if metric.kind == "latency":
        return f"{value / 1000:.3f}" if metric.name == "vital:cls" else f"{value:,.0f} ms"
    return percent(value)
