"""Turns a `[[gate]]` into the rules for the judge: defaults filled in, each metric with its test."""

from __future__ import annotations

from collections.abc import Iterator

from leadline.model.gates import GateRules, MetricKind, MetricRule
from leadline.settings.gates import GateMetric, GateSettings

# Horizons: an error shows at once, a vital when the page is left or hidden, a purchase takes time (median 6 min in
# the simulations of docs/decisions/0013; with 30 min, a slower checkout does not look like a lost one).
ERRORS_WITHIN_S, VITALS_WITHIN_S, KPI_WITHIN_S = 60.0, 300.0, 1800.0
KPI_MDE, ERRORS_MDE, LATENCY_MDE = 0.08, 0.7, 0.1
KPI_MARGINS, ERRORS_MARGINS, LATENCY_MARGINS = (0.02, 0.03), (0.2, 0.5), (0.05, 0.1)
# Business figures come first: they share alpha by weight.
KPI_WEIGHT = 3.0
# Errors that doubled from two to four are no finding.
MIN_ERRORS = 20


def gate_rules(gate: GateSettings, kpis: list[str]) -> GateRules:
    """The rules of an app with these KPIs. A gate without metrics judges what every app has."""
    metrics = gate.metrics or default_metrics(kpis)
    return GateRules(
        alpha=gate.alpha,
        alpha_pause=gate.alpha_pause,
        min_sessions=gate.min_sessions,
        bake_minutes=round(gate.bake / 60),
        max_bake_minutes=round(gate.max_bake / 60),
        is_randomised=gate.randomised,
        segments=tuple(gate.segments),
        metrics=tuple(rule for metric in metrics for rule in _rules_of(metric, is_asked_for=bool(gate.metrics))),
    )


def default_metrics(kpis: list[str]) -> list[GateMetric]:
    """Each KPI, errors, LCP and INP, all requests, and the user's journeys."""
    return [
        *(GateMetric(kpi=name, weight=KPI_WEIGHT) for name in kpis),
        GateMetric(errors=True),
        GateMetric(vital="lcp_ms"),
        GateMetric(vital="inp_ms"),
        GateMetric(requests="*"),
        GateMetric(journeys=True),
    ]


def _rules_of(metric: GateMetric, *, is_asked_for: bool) -> Iterator[MetricRule]:
    if metric.kpi is not None:
        yield _rule(
            metric,
            name=f"kpi:{metric.kpi}:value" if metric.value else f"kpi:{metric.kpi}",
            kind="value" if metric.value else "share",
            of=metric.kpi,
            is_lower_harm=True,
            defaults=(KPI_WITHIN_S, KPI_MDE, *KPI_MARGINS),
            is_required=True,
        )
    elif metric.vital is not None:
        yield _rule(
            metric,
            name=f"vital:{metric.vital}",
            kind="latency",
            of=metric.vital,
            defaults=(VITALS_WITHIN_S, LATENCY_MDE, *LATENCY_MARGINS),
            is_required=is_asked_for,
        )
    elif metric.errors:
        defaults = (ERRORS_WITHIN_S, ERRORS_MDE, *ERRORS_MARGINS)
        yield _rule(metric, name="errors", kind="share", defaults=defaults, min_events=MIN_ERRORS)
    elif metric.crashes:
        # A page may crash at any time of a session, and the browser reports it later.
        defaults = (KPI_WITHIN_S, ERRORS_MDE, *ERRORS_MARGINS)
        yield _rule(metric, name="crashes", kind="share", defaults=defaults, min_events=MIN_ERRORS)
    elif metric.requests is not None:
        half = metric.model_copy(update={"weight": metric.weight / 2})
        yield _rule(
            half,
            name=f"requests:{metric.requests}:failed",
            kind="share",
            of=metric.requests,
            defaults=(VITALS_WITHIN_S, ERRORS_MDE, *ERRORS_MARGINS),
            is_required=is_asked_for,
            min_events=MIN_ERRORS,
        )
        yield _rule(
            half,
            name=f"requests:{metric.requests}:time",
            kind="latency",
            of=metric.requests,
            defaults=(VITALS_WITHIN_S, LATENCY_MDE, *LATENCY_MARGINS),
            is_required=is_asked_for,
        )
    else:
        defaults = (ERRORS_WITHIN_S, ERRORS_MDE, *ERRORS_MARGINS)
        yield _rule(metric, name="journeys", kind="journeys", defaults=defaults)


def _rule(
    metric: GateMetric,
    *,
    name: str,
    kind: MetricKind,
    defaults: tuple[float, float, float, float],
    of: str = "",
    is_lower_harm: bool = False,
    is_required: bool = False,
    min_events: int = 0,
) -> MetricRule:
    within_s, mde, margin, promote_margin = defaults
    return MetricRule(
        name=name,
        kind=kind,
        of=of,
        is_lower_harm=is_lower_harm,
        within_s=round(within_s if metric.within is None else metric.within),
        mde=mde if metric.mde is None else metric.mde,
        margin=margin if metric.margin is None else metric.margin,
        promote_margin=promote_margin if metric.promote_margin is None else metric.promote_margin,
        weight=metric.weight,
        is_required=is_required,
        min_events=min_events,
    )
