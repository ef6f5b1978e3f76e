"""Verdicts in the records: one row where something new is said, and the incident of the release beside it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from leadline.incidents import Routing
from leadline.model import IncidentState, TransitionKind, Verdict
from leadline.model.verdicts import MetricFinding, VerdictReason


@pytest.fixture
def sells_less(told: Any) -> Verdict:
    metric = MetricFinding(
        name="kpi:checkout_completed",
        kind="share",
        state="worse",
        claim="sells less",
        is_lower_harm=True,
        canary_sessions=5000,
        baseline_sessions=45_000,
        since=told.now,
    )
    return Verdict(
        app="shop",
        canary="1.5.0",
        baseline="1.4.2",
        verdict="rollback",
        reasons=(VerdictReason(code="worse", text="1.5.0 sells less"),),
        sentence="Roll back 1.5.0: it sells less than 1.4.2.",
        decided_at=told.now,
        since=told.now - timedelta(hours=1),
        metrics=(metric,),
    )


def commit(told: Any, verdict: Verdict) -> Any:
    routing = Routing(targets=("oncall",))
    return told.records.commit_verdict(verdict, environment="production", routing=routing, now=told.now)


def held(verdict: Verdict, kind: str, code: str, **changed: Any) -> Verdict:
    return replace(
        verdict,
        verdict=kind,
        reasons=(VerdictReason(code=code, text=code),),  # type: ignore[arg-type]
        metrics=tuple(replace(metric, state="unclear") for metric in verdict.metrics),
        **changed,
    )


def test_a_rollback_opens_an_incident_of_the_release_that_says_what_is_worse(told: Any, sells_less: Verdict) -> None:
    recorded, judgement = commit(told, sells_less)
    assert recorded is not None
    assert judgement.transition is TransitionKind.OPEN
    [incident] = told.records.incidents()
    assert (incident.subject.kind, incident.subject.name, incident.severity) == ("release", "1.5.0", "critical")
    assert "sells less" in incident.title
    assert incident.findings[0].error_message == sells_less.sentence
    assert len(told.records.notifications()) == 1


def test_the_same_verdict_again_changes_nothing(told: Any, sells_less: Verdict) -> None:
    commit(told, sells_less)
    told.turn(minutes=1)
    again = replace(sells_less, decided_at=told.now, canary_sessions=5100)
    assert commit(told, again) == (None, None)
    assert len(told.records.verdicts()) == 1


def test_to_hold_pages_nobody_and_is_kept(told: Any, sells_less: Verdict) -> None:
    recorded, judgement = commit(told, held(sells_less, "inconclusive", "sample_too_small"))
    assert (recorded.verdict.verdict, judgement) == ("inconclusive", None)
    assert told.records.incidents() == []
    commit(told, held(sells_less, "no_data", "canary_missing"))
    assert told.records.notifications() == []


def test_a_pause_that_becomes_a_rollback_is_told_as_worse(told: Any, sells_less: Verdict) -> None:
    suspect = replace(sells_less.metrics[0], state="suspect")
    commit(told, replace(sells_less, verdict="pause", metrics=(suspect,)))
    [incident] = told.records.incidents()
    assert incident.severity == "warning"
    told.turn(minutes=5)
    assert commit(told, sells_less)[1].transition is TransitionKind.CHANGE
    assert told.records.incidents()[0].severity == "critical"


def test_silence_ends_no_incident_but_a_canary_without_users_does(told: Any, sells_less: Verdict) -> None:
    commit(told, sells_less)
    told.turn(minutes=5)
    commit(told, held(sells_less, "no_data", "both_missing"))
    assert told.records.incidents()[0].state is IncidentState.OPEN
    told.turn(minutes=5)
    commit(told, replace(sells_less, is_exposed=False))
    assert told.records.incidents()[0].state is IncidentState.RESOLVED


def test_a_verdict_reaches_the_change_feed_once(told: Any, sells_less: Verdict) -> None:
    commit(told, sells_less)
    commit(told, sells_less)
    kinds = [change.kind for change in told.records.changes_after(0, 100)]
    assert kinds.count("verdict") == 1


def test_verdicts_are_listed_newest_first(told: Any, sells_less: Verdict) -> None:
    commit(told, held(sells_less, "inconclusive", "baking"))
    commit(told, sells_less)
    commit(told, replace(sells_less, canary="1.6.0"))
    assert [(one.verdict.canary, one.verdict.verdict) for one in told.records.verdicts(app="shop")] == [
        ("1.6.0", "rollback"),
        ("1.5.0", "rollback"),
        ("1.5.0", "inconclusive"),
    ]
    assert told.records.verdicts(app="other") == []
