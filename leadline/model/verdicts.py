"""A verdict on a canary: a closed set of answers, each with its reasons and its findings per metric.

Missing data is never success: it is `inconclusive` or `no_data`, and both mean hold.
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
# Exit codes of `leadline verdict`, for scripts.
EXIT_CODES: dict[VerdictKind, int] = {"promote": 0, "rollback": 10, "inconclusive": 11, "no_data": 11, "pause": 12}

# worse: enough to roll back. suspect: enough to pause. fine: harm above the margin is ruled out. unclear: neither yet.
MetricState = Literal["worse", "suspect", "fine", "unclear", "no_data"]

# After a rollback: whether worse figures are back at the baseline's level. not_judged: no figure of users was worse.
RecoveryState = Literal["recovered", "not_yet", "too_few", "not_judged"]

ReasonCode = Literal[
    # for a rollback or a pause
    "worse",  # a metric is worse beyond its margin, enough for a rollback
    "suspect",  # the same, enough for a pause only
    "segment",  # one segment is worse
    "sample_ratio",  # the canary's share of sessions is not the declared one
    "hard_failures",  # journeys failed several times in a row everywhere
    "one_network",  # the finding depends on the busiest networks
    # for a promotion
    "proven",
    "not_disproven",
    # for holding
    "baking",  # too early to promote
    "sample_too_small",  # the planned sample is not there yet
    "sample_not_reached",  # and max_bake is over
    "never_together",  # canary and baseline never had users at the same time
    "baseline_empty",
    "canary_empty",
    "baseline_missing",  # it had sessions and is now silent
    "canary_missing",
    "both_missing",  # a fault of the pipeline, not of a version
    "metric_no_data",  # a configured metric has no data
    # why Leadline does not promote by itself
    "not_rehearsed",  # a hook of the gate was never rehearsed, or not for 30 days
    "budget_low",  # a person decides
    "budget_frozen",  # nothing goes on without --force
    # with any verdict
    "not_registered",  # neither a deployment nor a probe named the version
    "networks_unknown",
    "older_than_kept",  # raw rows of the evidence's first days are not kept
    "single_look",  # an explicit --since: the start of the evidence was not fixed beforehand
    "unusable_values",  # values that are not numbers, or below zero, were left out
]


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictReason:
    code: ReasonCode
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricFinding:
    """One metric. Values are shares (0 to 1) or in the metric's unit; differences are fractions of the baseline's."""

    name: str
    kind: str
    state: MetricState
    # The harm, as a verb: `sells less`, `is slower (lcp_ms)`; set in every state.
    claim: str
    is_lower_harm: bool
    canary_sessions: int
    baseline_sessions: int
    canary_value: float | None = None
    baseline_value: float | None = None
    difference_ratio: float | None = None
    low_ratio: float | None = None
    high_ratio: float | None = None
    # For a KPI with `value`: the median sum of the sessions that had it.
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
    # The segment with the strongest evidence, and its difference.
    segment: str | None = None
    segment_difference_ratio: float | None = None
    # The difference of the plain totals: far from `difference_ratio` if the mix differs (Simpson's paradox).
    pooled_difference_ratio: float | None = None
    # In words, if the plain totals say the opposite.
    warning: str | None = None
    # The route with the most harm, for a metric that is worse; None if all routes are alike.
    route: str | None = None
    route_canary_value: float | None = None
    route_baseline_value: float | None = None
    route_difference_ratio: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """As of `decided_at`, the end of the last closed minute used.

    `may_act`: whether Leadline may act on it; the reasons say why not. `is_exposed`: users still get the canary.
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
    """A verdict that differed from the previous one, as stored in the records. Never changed afterwards."""

    verdict_id: str
    environment: str
    verdict: Verdict
