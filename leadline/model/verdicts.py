"""A verdict on a canary: a closed set of answers, each with its reasons, and what was found per metric.

Absence is never success: what can't be said is `inconclusive` or `no_data`, and both mean hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

__all__ = [
    "EXIT_CODES",
    "MetricFinding",
    "MetricState",
    "ReasonCode",
    "RecordedVerdict",
    "RecoveryState",
    "Verdict",
    "VerdictKind",
    "VerdictReason",
]

VerdictKind = Literal["promote", "rollback", "pause", "inconclusive", "no_data"]
# What `leadline verdict` ends with: a script can tell them apart.
EXIT_CODES: dict[VerdictKind, int] = {"promote": 0, "rollback": 10, "inconclusive": 11, "no_data": 11, "pause": 12}

# worse: enough to roll back. suspect: enough to pause. fine: harm above the margin is ruled out. unclear: neither yet.
MetricState = Literal["worse", "suspect", "fine", "unclear", "no_data"]

# After a rollback: whether what was worse is at the baseline's level again. not_judged: no figure of users was worse.
RecoveryState = Literal["recovered", "not_yet", "too_few", "not_judged"]

ReasonCode = Literal[
    # for a rollback or a pause
    "worse",  # a metric is worse beyond its margin, enough for a rollback
    "suspect",  # the same, enough for a pause only
    "segment",  # one segment is worse
    "sample_ratio",  # one arm does not get, or does not send, its share
    "hard_failures",  # our own journeys failed several times in a row everywhere
    "one_network",  # the finding hangs on the busiest networks
    # for a promotion
    "proven",
    "not_disproven",
    # for holding
    "baking",  # too early to promote
    "sample_too_small",  # the planned sample is not there yet
    "sample_not_reached",  # and no time is left for it
    "never_together",  # the arms were never there at the same time
    "baseline_empty",
    "canary_empty",
    "baseline_missing",  # was there and sends nothing any more
    "canary_missing",
    "both_missing",  # a fault of the pipeline, not of a version
    "metric_no_data",  # a metric that is asked for has never been seen
    # why no machine promotes
    "not_rehearsed",  # a hook of the gate was never rehearsed, or not for 30 days
    "budget_low",  # a person decides
    "budget_frozen",  # nothing goes on but by force
    # beside any verdict
    "not_registered",  # neither a deployment nor a probe named the version
    "networks_unknown",
    "single_look",  # an explicit --since: evidence was not anchored beforehand
    "unusable_values",  # values that are no numbers, or below zero, were left out
]


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictReason:
    code: ReasonCode
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricFinding:
    """One metric. Values are shares (0 to 1) or in the metric's unit; differences are parts of the baseline's."""

    name: str
    kind: str
    state: MetricState
    # What is wrong, as a verb: `sells less`, `is slower (lcp_ms)`; said whatever the state.
    claim: str
    is_lower_harm: bool
    canary_sessions: int
    baseline_sessions: int
    canary_value: float | None = None
    baseline_value: float | None = None
    difference_ratio: float | None = None
    low_ratio: float | None = None
    high_ratio: float | None = None
    # Of a KPI with `value`: the median sum of those sessions that had it.
    canary_amount: float | None = None
    baseline_amount: float | None = None
    # Of a latency that is worse: its 99th percentile, where the judged one alone does not show it.
    canary_tail: float | None = None
    baseline_tail: float | None = None
    # Canary sessions after which harm of the planned size would have shown in 4 of 5 releases.
    needed_sessions: int | None = None
    margin: float | None = None
    log_e: float = 0.0
    log_e_to_pause: float = 0.0
    log_e_to_roll_back: float = 0.0
    # When the evidence first sufficed for its state.
    since: datetime | None = None
    # Where it hurts: the segment with the strongest evidence, and its difference.
    segment: str | None = None
    segment_difference_ratio: float | None = None
    # The difference of the plain totals: far from `difference_ratio` where the mix differs (Simpson's paradox).
    pooled_difference_ratio: float | None = None
    # In words, where the plain totals say the opposite.
    warning: str | None = None
    # The route that hurts most, of a metric that is worse; None where it hurts everywhere alike.
    route: str | None = None
    route_canary_value: float | None = None
    route_baseline_value: float | None = None
    route_difference_ratio: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """As of `decided_at`, the end of the last closed minute that was looked at.

    `may_act`: whether a machine may act on it; the reasons say why not. `is_exposed`: users still get the canary.
    """

    app: str
    canary: str
    baseline: str
    verdict: VerdictKind
    reasons: tuple[VerdictReason, ...]
    sentence: str
    decided_at: datetime
    since: datetime
    stage: str | None = None
    may_act: bool = False
    is_proven: bool = False
    is_exposed: bool = True
    canary_sessions: int = 0
    baseline_sessions: int = 0
    alpha: float = 0.01
    metrics: tuple[MetricFinding, ...] = ()

    @property
    def codes(self) -> tuple[ReasonCode, ...]:
        return tuple(reason.code for reason in self.reasons)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedVerdict:
    """A verdict that differed from the one before it, as the records keep it. Never changed afterwards."""

    verdict_id: str
    environment: str
    verdict: Verdict
