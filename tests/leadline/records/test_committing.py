"""One transaction: result, incident, transition, one outbox row per target."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import pytest

from leadline.incidents import Owed, Routing
from leadline.model import Cause, Incident, IncidentState, RunSource, RunStatus, StartedRun, TransitionKind
from leadline.records import Records

Told = Any


def started_run(told: Told, run_id: str, **fields: Any) -> StartedRun:
    known = {
        "monitor": "journey",
        "name": "checkout",
        "app": "shop",
        "environment": "production",
        "cohort": "canary",
        "location": "local",
        "source": RunSource.PROBE,
        "scheduled_at": None,
        "started_at": told.now,
    }
    return StartedRun(run_id=run_id, **{**known, **fields})


def test_a_result_comes_back_as_it_was_handed_in(told: Told) -> None:
    result = told.result("failed", run_id="a", trace_id="f" * 32, status_code=500)
    told.hand_in(result)
    assert told.records.run("a") == result
    assert told.records.runs() == [result]
    assert told.records.runs(name="other") == []
    assert told.records.runs(app="shop", name="checkout", limit=1) == [result]


def test_an_opened_incident_has_one_outbox_row_per_target(told: Told) -> None:
    told.targets = ["oncall", "chat", "oncall"]
    judgement = told.commit("failed")
    assert judgement.transition is TransitionKind.OPEN
    assert told.ledger() == {("open", "oncall", "pending"), ("open", "chat", "pending")}
    [incident] = told.records.incidents()
    assert incident == judgement.incident
    assert [one.kind for one in told.records.transitions(incident.incident_id)] == ["open"]


def test_the_same_result_handed_in_again_changes_nothing_and_gets_the_same_answer(told: Told) -> None:
    result = told.result("failed", run_id="a")
    first = told.hand_in(result)
    position = told.records.newest_position()
    assert told.hand_in(result) == first
    assert told.records.newest_position() == position
    assert len(told.records.notifications()) == 1


def test_a_failure_is_remembered_across_a_restart_until_it_is_confirmed(told: Told) -> None:
    assert told.commit("failed", confirm=2, run_id="a").needs_confirmation
    told.records.close()
    told.records = Records.open(told.path)
    [last] = told.records.last_results()
    assert (last.needs_confirmation, last.unconfirmed_run_id) == (True, "a")
    assert told.commit("failed", confirm=2).transition is TransitionKind.OPEN
    [last] = told.records.last_results()
    assert (last.needs_confirmation, last.unconfirmed_run_id) == (False, None)


def test_an_aborted_re_run_leaves_the_failure_unconfirmed(told: Told) -> None:
    told.commit("failed", confirm=2, run_id="a")
    told.commit("aborted", confirm=2, run_id="b")
    [last] = told.records.last_results()
    assert (last.run_id, last.status, last.unconfirmed_run_id) == ("b", RunStatus.ABORTED, "a")


def test_what_judges_nothing_leaves_a_monitor_failed(told: Told) -> None:
    told.commit("failed", run_id="a")
    told.commit("skipped", run_id="b")
    assert [(one.run_id, one.has_failed) for one in told.records.last_results()] == [("b", True)]
    told.commit("passed", run_id="c")
    told.commit("skipped", run_id="d")
    assert [(one.run_id, one.has_failed) for one in told.records.last_results()] == [("d", False)]


def test_a_restart_with_an_open_incident_and_a_passing_run_resolves_it(told: Told) -> None:
    told.commit("failed")
    told.records.close()
    told.records = Records.open(told.path)
    assert told.commit("passed").transition is TransitionKind.RESOLVE
    [incident] = told.records.incidents()
    assert (incident.state, incident.resolved_at) == (IncidentState.RESOLVED, told.now)


def test_another_cohort_that_fails_is_a_change_for_whoever_was_told_of_the_beginning(told: Told) -> None:
    told.commit("failed", cohort="canary")
    told.targets = ["somebody-else"]
    told.commit("failed", cohort="baseline")
    [incident] = told.records.incidents()
    assert [one.cohort for one in incident.findings] == ["canary", "baseline"]
    assert [one.kind for one in told.records.transitions(incident.incident_id)] == ["open", "change"]
    assert {("open", "oncall", "pending"), ("change", "oncall", "pending")} <= told.ledger()


def test_a_cohort_that_heals_while_another_fails_is_recorded_and_pages_nobody(told: Told) -> None:
    told.commit("failed", cohort="canary")
    told.commit("failed", cohort="baseline")
    told.commit("passed", cohort="baseline")
    [incident] = told.records.incidents()
    assert [one.kind for one in told.records.transitions(incident.incident_id)] == ["open", "change", "change"]
    assert len(told.records.notifications()) == 2


def test_the_end_is_told_to_whoever_was_told_of_the_beginning(told: Told) -> None:
    told.targets = ["oncall", "chat"]
    told.commit("failed")
    told.targets = ["mail"]
    told.commit("passed")
    assert {target for transition, target, _ in told.ledger() if transition == "resolve"} == {"oncall", "chat"}


def test_the_same_journey_in_another_app_or_environment_has_its_own_incident(told: Told) -> None:
    told.commit("failed")
    told.commit("failed", app="other")
    told.commit("failed", environment="staging")
    told.commit("failed", monitor="check")
    assert len({one.incident_id for one in told.records.incidents()}) == 4


def test_a_second_incident_of_a_monitor_is_a_new_one(told: Told) -> None:
    told.commit("failed")
    told.commit("passed")
    told.commit("failed")
    assert [one.state for one in told.records.incidents()] == [IncidentState.OPEN, IncidentState.RESOLVED]


def test_a_run_that_somebody_else_asked_for_is_kept_and_not_judged(told: Told) -> None:
    assert told.commit("failed", source=RunSource.CI).transition is None
    assert len(told.records.runs()) == 1
    assert told.records.last_results() == []


def test_a_run_that_was_cut_off_is_recorded_as_aborted_and_opens_nothing(told: Told) -> None:
    told.records.start_run(started_run(told, "a"))
    told.turn(seconds=40)
    [aborted] = told.records.abort_unfinished(told.now)
    assert (aborted.run_id, aborted.status, aborted.cause) == ("a", RunStatus.ABORTED, Cause.SCHEDULER_STOPPED)
    assert aborted.duration_ms == 40_000
    assert told.records.run("a") == aborted
    assert told.records.incidents() == []
    assert told.records.abort_unfinished(told.now) == []


def test_a_run_that_ended_is_not_aborted(told: Told) -> None:
    told.records.start_run(started_run(told, "a"))
    told.hand_in(told.result("passed", run_id="a"))
    told.records.start_run(started_run(told, "a"))
    assert told.records.abort_unfinished(told.now) == []
    assert told.records.last_results()[0].run_id == "a"


def test_a_run_that_a_person_started_is_not_the_schedulers_to_abort(told: Told) -> None:
    told.records.start_run(started_run(told, "a", source=RunSource.ADHOC))
    assert told.records.abort_unfinished(told.now) == []


def test_last_results_name_the_newest_run_of_each_cohort_and_location(told: Told) -> None:
    told.commit("passed", cohort=None)
    told.commit("passed", cohort="canary")
    told.commit("degraded", cohort="canary", run_id="newest")
    told.commit("passed", cohort="canary", location="oslo")
    last = {(one.cohort, one.location): one.run_id for one in told.records.last_results()}
    assert set(last) == {(None, "local"), ("canary", "local"), ("canary", "oslo")}
    assert last["canary", "local"] == "newest"


def test_what_breaks_inside_the_transaction_leaves_nothing_behind(told: Told) -> None:
    class Broken(Routing):
        def list_owed(self, _incident: Incident, *, now: datetime | None = None) -> tuple[Owed, ...]:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        told.records.commit_result(
            told.result("failed"), confirm=1, severity="critical", routing=Broken(), now=told.now
        )
    assert told.records.runs() == []
    assert told.records.incidents() == []
    assert told.records.newest_position() == 0


def test_a_naive_moment_is_refused(told: Told) -> None:
    with pytest.raises(Exception, match="has no time zone"):
        told.hand_in(told.result("passed", started_at=told.now.replace(tzinfo=None)))


def test_moments_of_other_zones_are_kept_as_the_same_moment(told: Told) -> None:
    from zoneinfo import ZoneInfo

    result = told.result("passed", run_id="a", started_at=told.now.astimezone(ZoneInfo("Asia/Tokyo")))
    told.hand_in(result)
    read = told.records.run("a")
    assert asdict(read) == asdict(result)
    assert read.started_at.utcoffset() == timedelta(0)


def test_an_acknowledgement_is_seen_by_everybody_and_stays_the_first(told: Told, reopened: Any) -> None:
    incident = told.commit("failed").incident
    by_command = reopened()
    assert by_command.acknowledge(incident.incident_id, by="ada", now=told.now).acknowledged_by == "ada"
    by_command.close()
    after = told.records.acknowledge(incident.incident_id, by="bob", now=told.turn(minutes=1))
    assert (after.state, after.acknowledged_by) == (IncidentState.ACKNOWLEDGED, "ada")
    kinds = [(one.kind, one.by) for one in told.records.transitions(incident.incident_id)]
    assert kinds == [("open", None), ("acknowledge", "ada")]
    assert told.commit("passed").transition is TransitionKind.RESOLVE
    assert told.records.acknowledge(incident.incident_id, by="bob", now=told.now).state is IncidentState.RESOLVED
    assert told.records.acknowledge("nothing", by="bob", now=told.now) is None
