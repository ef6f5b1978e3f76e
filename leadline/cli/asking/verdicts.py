"""Verdicts from this home's store service, by the gate in leadline.toml."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from leadline.cli.asking.ledger import reading_records
from leadline.cli.asking.objectives import ask_objectives
from leadline.cli.asking.store import ask_store
from leadline.clock import now
from leadline.errors import ConfigurationError
from leadline.model.amounts import percent, percent_change, span_ms
from leadline.model.drilldown import DIMENSIONS, Dimension, dimension_named
from leadline.model.durations import parse_duration_s
from leadline.model.gates import GateRules
from leadline.model.moments import parse_moment
from leadline.model.verdicts import MetricFinding, Verdict
from leadline.settings import Settings, exposing_flag, gate_rules
from leadline.storeclient.questions import VERDICT, VerdictAnswered, VerdictAsked

if TYPE_CHECKING:
    from leadline.guard.releases import Release

Row = dict[str, Any]


def ask_verdict(
    settings: Settings,
    *,
    app: str | None,
    baseline: str | None,
    canary: str | None,
    since: str | None,
    until: str | None,
    every: str | None,
    with_bundle: bool,
    by: str | None = None,
    metric: str | None = None,
) -> VerdictAnswered:
    """Raises ConfigurationError for invalid options, QueryRefused if there is nothing to compare."""
    # With other arms or times than the gate's, the question is not about its release.
    is_of_gate = baseline is None and canary is None and since is None
    name = app_named(settings, app)
    gate = settings.gate_of(name)
    begin, end = moment("--since", since), moment("--until", until)
    if begin is not None and end is not None and begin >= end:
        raise ConfigurationError(f"--since {since} is not before --until {until}")
    canary, baseline = canary or gate.canary, baseline or gate.baseline
    if canary is not None and canary == baseline:
        raise ConfigurationError(
            f"baseline and canary are both {canary!r}: there is nothing to compare", hint="name two versions or cohorts"
        )
    release = release_under_way(settings, name) if is_of_gate else None
    if release is not None and end is not None and end <= release.started_at:
        release = None
    if release is not None:
        canary, baseline = canary or release.canary, baseline or release.baseline
    rules = gate_rules(gate, settings.app_named(name).kpis)
    asked = VerdictAsked(
        app=name,
        rules=rules,
        kept_s=settings.retention.raw,
        canary=canary,
        baseline=baseline,
        since=begin,
        until=end,
        released_at=release.started_at if release is not None else None,
        stages=release.stages if release is not None else (),
        every_minutes=_minutes(every),
        with_bundle=with_bundle,
        by=None if by is None else _dimension(by),
        metrics=None if metric is None else _metrics(rules, metric),
    )
    answer = ask_store(settings, lambda client: client.ask(VERDICT, asked))
    if end is None and answer.verdicts[-1].verdict == "promote":
        answer.verdicts[-1] = _held(settings, answer.verdicts[-1])
    return answer


def release_under_way(settings: Settings, app: str) -> Release | None:
    """By what exposes it; None where nobody started a release."""
    from leadline.guard.releases import release_of

    with reading_records(settings) as records:
        if records is None:
            return None
        return release_of(records, settings.gate_of(app), exposing_flag(settings, app))


def _held(settings: Settings, verdict: Verdict) -> Verdict:
    """What holds a promotion back now: rehearsals of the gate's hooks, and error budgets."""
    from leadline.guard.drills import MOST_ACTIONS, drill_problems
    from leadline.guard.promotion import budgets_of, hold_promotion

    with reading_records(settings) as records:
        acted = [] if records is None else records.actions(limit=MOST_ACTIONS)
    drills = drill_problems(acted, settings.gate_of(verdict.app).on_rollback, now=now())
    return hold_promotion(verdict, drills=drills, budgets=budgets_of(ask_objectives(settings, app=verdict.app)))


def verdict_row(verdict: Verdict) -> Row:
    """A flat row; the reasons are one text, each `reason: words`."""
    return {
        "app": verdict.app,
        "service_version": verdict.canary,
        "baseline_version": verdict.baseline,
        "stage": verdict.stage,
        "verdict": verdict.verdict,
        "reasons": "; ".join(f"{reason.code}: {reason.text}" for reason in verdict.reasons),
        "sentence": verdict.sentence,
        "decided_at": verdict.decided_at,
        "since_at": verdict.since,
        "canary_sessions": verdict.canary_sessions,
        "baseline_sessions": verdict.baseline_sessions,
        "may_act": verdict.may_act,
        "is_proven": verdict.is_proven,
        "is_exposed": verdict.is_exposed,
        "alpha": verdict.alpha,
    }


def metric_rows(verdict: Verdict) -> list[Row]:
    """One row per metric, as the table of `--explain` shows them."""
    return [
        {
            "metric": metric.name,
            "state": metric.state,
            "canary": _amount(metric, metric.canary_value),
            "baseline": _amount(metric, metric.baseline_value),
            "difference": _change(metric.difference_ratio),
            "low": _change(metric.low_ratio),
            "high": _change(metric.high_ratio),
            "canary_sessions": metric.canary_sessions,
            "needed": metric.needed_sessions,
            "log_e": metric.log_e,
            "to_pause": metric.log_e_to_pause,
            "to_roll_back": metric.log_e_to_roll_back,
            "segment": metric.segment,
            "route": metric.route,
        }
        for metric in verdict.metrics
    ]


def _amount(metric: MetricFinding, value: float | None) -> str | None:
    if value is None:
        return None
    if metric.name == "vital:cls":  # judged in thousandths
        return f"{value / 1000:.3f}"
    largest = max(metric.canary_value or 0.0, metric.baseline_value or 0.0)
    return span_ms(value, beside=largest) if metric.kind == "latency" else percent(value)


def _change(ratio: float | None) -> str | None:
    return None if ratio is None else percent_change(ratio)


def app_named(settings: Settings, app: str | None) -> str:
    """The named app, or the only one."""
    names = [one.name for one in settings.apps]
    if app is None and len(names) == 1:
        return names[0]
    if app is None:
        raise ConfigurationError("--app is missing", hint=f"known: {', '.join(names) or 'none'}")
    if app not in names:
        raise ConfigurationError(f"--app: no app is named {app!r}", hint=f"known: {', '.join(names) or 'none'}")
    return app


def moment(option: str, said: str | None) -> datetime | None:
    """The time given by an option."""
    if said is None:
        return None
    try:
        return parse_moment(said, now=now())
    except (ValueError, OverflowError) as error:
        raise ConfigurationError(f"{option}: {error}") from error


def _dimension(said: str) -> Dimension:
    found = dimension_named(said)
    if found is None:
        raise ConfigurationError(f"--by: unknown segment {said!r}", hint=f"one of {', '.join(DIMENSIONS)}")
    return found


def _metrics(rules: GateRules, said: str) -> list[str]:
    names = rules.metrics_named(said)
    if not names:
        known = ", ".join(rule.name for rule in rules.metrics)
        raise ConfigurationError(f"--metric: the gate has no metric {said!r}", hint=f"known: {known}")
    return names


def _minutes(every: str | None) -> int | None:
    if every is None:
        return None
    try:
        seconds = parse_duration_s(every)
    except ValueError as error:
        raise ConfigurationError(f"--every: {error}") from error
    if seconds < 60 or seconds % 60:
        raise ConfigurationError(f"--every {every} must be whole minutes: verdicts change once a minute")
    return round(seconds / 60)
