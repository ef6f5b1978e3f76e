"""The rules of a gate for the judge: metrics with direction, margins and weight, and the limits of time.

It is in the model because configuration makes it, the store reads blocks by it, and the statistics judge by it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

MetricKind = Literal["share", "latency", "value", "journeys"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricRule:
    """`name` is unique in a gate: `kpi:checkout_completed`, `vital:lcp_ms`, `errors`, `requests:/api/*:failed`."""

    name: str
    kind: MetricKind
    is_lower_harm: bool
    mde: float
    margin: float
    promote_margin: float
    weight: float
    within_s: int
    # Its subject: the event's name, the vital's column, the pattern of routes.
    of: str = ""
    # Set in the file: it must have data before anything is promoted.
    is_required: bool = False
    # At least as many of the canary's sessions must have it before anything is rolled back.
    min_events: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRules:
    """`weight`s of the metrics are relative; `share_of_alpha` makes them add up to 1."""

    alpha: float
    alpha_pause: float
    min_sessions: int
    bake_minutes: int
    max_bake_minutes: int
    is_randomised: bool
    segments: tuple[str, ...]
    metrics: tuple[MetricRule, ...]

    def metrics_named(self, said: str) -> list[str]:
        """`lcp_ms` and `vital:lcp_ms` both name that metric, `requests:/api/*` names both of its metrics; empty:
        none.
        """
        exact = [rule.name for rule in self.metrics if rule.name == said]
        return exact or [rule.name for rule in self.metrics if said in _short_names(rule.name)]

    def share_of_alpha(self, rule: MetricRule) -> float:
        """This metric's share of alpha: the family-wise error stays below alpha at any stopping time."""
        return rule.weight / sum(metric.weight for metric in self.metrics)

    def log_e_to_roll_back(self, rule: MetricRule) -> float:
        return -math.log(self.alpha * self.share_of_alpha(rule))

    def log_e_to_pause(self, rule: MetricRule) -> float:
        """Segments have half of the metric's share."""
        part = 0.5 if self.segments else 1.0
        return -math.log(self.alpha_pause * self.share_of_alpha(rule) * part)

    def log_e_of_segment(self, rule: MetricRule, *, segments: int) -> float:
        """Bonferroni shares of the other half."""
        return -math.log(self.alpha_pause * self.share_of_alpha(rule) * 0.5 / max(segments, 1))

    def margin_of(self, rule: MetricRule) -> float | None:
        """The margin inside the test; None if users were randomised: then the margin applies to the estimate."""
        return None if self.is_randomised else rule.margin


def _short_names(name: str) -> set[str]:
    """The name without its kind, and without its figure."""
    kind, _, rest = name.partition(":")
    found = {rest, rest.rpartition(":")[0]}
    return {one for one in {*found, *(f"{kind}:{short}" for short in found if short)} if one}


@dataclass(frozen=True, slots=True, kw_only=True)
class StageSpan:
    """A stage of the release and the minute from which it was in force."""

    name: str
    share: float | None
    start: int
