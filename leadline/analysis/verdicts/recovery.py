"""Whether the figures recovered after a rollback: the same figures of sessions that began since then on the baseline.

Recovered means two things: the figure is within the metric's margin of the baseline's level at the time of the
verdict, and the canary's level is ruled out. With few sessions the second fails, so nothing is claimed too early.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from leadline.analysis.verdicts.findings import JUDGED_QUANTILE, TAIL_MARGINS, TAIL_QUANTILE
from leadline.analysis.verdicts.wording import label, latency, listed
from leadline.model.amounts import percent, percent_change
from leadline.model.verdicts import MetricFinding, RecoveryState, Verdict

__all__ = ["FiguresSince", "Recovery", "judge_recovery", "list_breached"]

# One-sided 0.5 %: it is looked at each minute until it holds, and a figure that looks back by chance is worse news
# than one that is told ten minutes later.
Z = 2.576
# With fewer sessions one person could make the figure, whatever the formula says.
FEWEST_SESSIONS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class FiguresSince:
    """One metric of the sessions that began on the baseline since the rollback was verified.

    `value`: the share of them, or the 75th percentile. `beyond`: how many were slower than the canary's; of shares 0.
    `second`: the 99th percentile, or the median of the sums of those `second_sessions` that had it; `second_beyond`:
    how many were worse than the canary's.
    """

    name: str
    sessions: int
    value: float | None = None
    beyond: float = 0.0
    second: float | None = None
    second_sessions: int = 0
    second_beyond: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """`text` names the figures, as a part of a sentence."""

    state: RecoveryState
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Figure:
    """One figure of a metric that was worse. `quantile`: None of a share; else the part of sessions that is worse than
    the canary's figure at the canary's level."""

    metric: MetricFinding
    name: str
    canary: float
    baseline: float
    margin: float
    is_lower_harm: bool
    worse_part: float | None
    is_second: bool = False


def list_breached(verdict: Verdict) -> list[MetricFinding]:
    """The metrics that the verdict found worse and whose figures can recover. Our own journeys show it themselves."""
    return list(dict.fromkeys(figure.metric for figure in _list_figures(verdict)))


def judge_recovery(verdict: Verdict, since: Mapping[str, FiguresSince]) -> Recovery:
    """Recovered if each worse figure is back; `not_judged` if none was worse (`list_breached`)."""
    figures = _list_figures(verdict)
    if not figures:
        return Recovery(state="not_judged", text="the verdict found no figure of users worse")
    found = [(one, since.get(one.metric.name, FiguresSince(name=one.metric.name, sessions=0))) for one in figures]
    states = [_state(*one) for one in found]
    text = "; ".join(_say(verdict, *one) for one in found)
    if all(state == "recovered" for state in states):
        return Recovery(state="recovered", text=text)
    return Recovery(state="too_few" if "too_few" in states else "not_yet", text=_say_what_lacks(found, states, text))


def _list_figures(verdict: Verdict) -> list[_Figure]:
    """Of each metric what made it worse: the judged figure where it is beyond the margin, else the tail of a latency;
    of a KPI by its value the share that had it, and the median of their sums."""
    found: list[_Figure] = []
    for metric in verdict.metrics:
        if metric.state != "worse" or metric.kind == "journeys":
            continue
        second = _second_of(metric)
        judged = _judged_of(metric)
        is_beyond = judged is not None and _harm(judged, judged.canary) > judged.baseline * judged.margin
        if judged is not None and (is_beyond or second is None):
            found.append(judged)
        if second is not None and (metric.kind == "value" or not is_beyond):
            found.append(second)
    return found


def _judged_of(metric: MetricFinding) -> _Figure | None:
    """The share, or the 75th percentile."""
    if metric.canary_value is None or metric.baseline_value is None:
        return None
    is_latency = metric.kind == "latency"
    return _Figure(
        metric=metric,
        name=f"{label(metric.name)} p75" if is_latency else label(metric.name),
        canary=metric.canary_value,
        baseline=metric.baseline_value,
        margin=metric.margin or 0.0,
        is_lower_harm=metric.is_lower_harm,
        worse_part=1 - JUDGED_QUANTILE if is_latency else None,
    )


def _second_of(metric: MetricFinding) -> _Figure | None:
    """The median of a KPI's sums, or a latency's tail, where the canary's is beyond the margin."""
    is_tail = metric.kind == "latency"
    canary = metric.canary_tail if is_tail else metric.canary_amount
    baseline = metric.baseline_tail if is_tail else metric.baseline_amount
    if canary is None or baseline is None:
        return None
    figure = _Figure(
        metric=metric,
        name=f"{label(metric.name)} p99" if is_tail else f"median {label(metric.name)}",
        canary=canary,
        baseline=baseline,
        margin=(metric.margin or 0.0) * (TAIL_MARGINS if is_tail else 1.0),
        is_lower_harm=metric.is_lower_harm,
        worse_part=1 - TAIL_QUANTILE if is_tail else 0.5,
        is_second=True,
    )
    return figure if _harm(figure, canary) > baseline * figure.margin else None


def _harm(figure: _Figure, value: float) -> float:
    return figure.baseline - value if figure.is_lower_harm else value - figure.baseline


def _seen(figure: _Figure, since: FiguresSince) -> tuple[float | None, int, float]:
    """The current figure, the number of sessions, and how many are worse than the canary's."""
    if figure.is_second:
        n = since.sessions if figure.metric.kind == "latency" else since.second_sessions
        return since.second, n, since.second_beyond
    return since.value, since.sessions, since.beyond


def _state(figure: _Figure, since: FiguresSince) -> RecoveryState:
    value, n, beyond = _seen(figure, since)
    if value is None or n < FEWEST_SESSIONS:
        return "too_few"
    is_within = _harm(figure, value) <= figure.baseline * figure.margin
    rules_out = _rules_out(figure, n, value, beyond)
    if is_within and rules_out:
        return "recovered"
    return "not_yet" if rules_out or not is_within else "too_few"


def _rules_out(figure: _Figure, n: int, value: float, beyond: float) -> bool:
    """Whether so good a figure would be seen less often than once in 200 times at the canary's level."""
    canary_n = max(figure.metric.canary_sessions, 1)
    if figure.worse_part is not None:
        part = figure.worse_part
        return _is_far(part - beyond / n, part * (1 - part) * (1 / n + 1 / canary_n))
    common = (value * n + figure.canary * canary_n) / (n + canary_n)
    difference = value - figure.canary if figure.is_lower_harm else figure.canary - value
    return _is_far(difference, common * (1 - common) * (1 / n + 1 / canary_n))


def _is_far(difference: float, variance: float) -> bool:
    return difference > 0 and variance > 0 and difference / math.sqrt(variance) >= Z


def _say(verdict: Verdict, figure: _Figure, since: FiguresSince) -> str:
    """`checkout_completed 4.11 % in 2,313 sessions since then (1.4.2 had 4.20 %, 1.5.0 3.10 %)`."""
    value, n, _ = _seen(figure, since)
    beside = max(figure.baseline, figure.canary, value or 0.0)
    had = f"{verdict.baseline} had {_value(figure, figure.baseline, beside)}"
    had += f", {verdict.canary} {_value(figure, figure.canary, beside)}"
    if value is None:
        return f"{figure.name} of no session yet ({had})"
    return f"{figure.name} {_value(figure, value, beside)} in {n:,} sessions since then ({had})"


def _say_what_lacks(found: Sequence[tuple[_Figure, FiguresSince]], states: Sequence[RecoveryState], text: str) -> str:
    pairs = list(zip(found, states, strict=True))
    few = [label(figure.metric.name) for (figure, _), state in pairs if state == "too_few"]
    if few:
        return f"{text}: too few sessions to tell of {listed(list(dict.fromkeys(few)))}"
    off = []
    for (figure, since), state in pairs:
        value, _, _ = _seen(figure, since)
        if state == "not_yet" and value is not None and figure.baseline:
            name = figure.name if figure.is_second else label(figure.metric.name)
            off.append(f"{name} is still {percent_change(value / figure.baseline - 1)} off")
    return f"{text}: {listed(off)}"


def _value(figure: _Figure, value: float, beside: float) -> str:
    if figure.metric.kind == "latency":
        return latency(figure.metric.name, value, beside=beside)
    return f"{value:,.2f}" if figure.is_second else percent(value)
