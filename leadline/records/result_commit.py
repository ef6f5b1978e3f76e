"""Stores a result: run, judgement, incident, transition and all its outbox rows, in one transaction.

Nothing is sent from here. leadline/incidents makes the judgement.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from leadline.incidents import NOBODY, Judgement, Routing, find_in_run, subject_of_run
from leadline.incidents.run_findings import remember_failure
from leadline.model import Cause, RunResult, RunStatus, Severity, Subject, TransitionKind
from leadline.model.results import result_of
from leadline.records.deployment_rows import register_named
from leadline.records.feed import note_change
from leadline.records.findings import commit_findings
from leadline.records.incident_rows import find_unresolved_incident, read_incident
from leadline.records.marks import read_failures, write_mark
from leadline.records.release_causes import follow_journey, join_of
from leadline.records.run_rows import context_of, find_unfinished_runs, read_run_row, write_judgement, write_result

__all__ = ["abort_unfinished", "commit_result"]


def commit_result(
    connection: Connection,
    result: RunResult,
    *,
    confirm: int,
    severity: Severity,
    routing: Routing,
    now: datetime,
    shared_cause: str | None = None,
    quiet: timedelta | None = None,
    hold: timedelta = timedelta(),
    depends_on: Sequence[Subject] = (),
    lasts: timedelta = timedelta(),
    is_slow_wrong: bool = False,
) -> Judgement:
    """Writes everything that follows from `result`. Storing the same run again changes nothing and gives the same
    answer.
    """
    row = read_run_row(connection, result.run_id)
    if row is not None and row.status is not None:
        return _answer_again(connection, row)
    subject = subject_of_run(result)
    before = read_failures(connection, result)
    incident = find_unresolved_incident(connection, subject, kind="failure")
    if result.status is RunStatus.FAILED and incident is None:
        shared_cause = _cause_beneath(connection, depends_on) or shared_cause or _cause_of_release(connection, result)
    said = find_in_run(
        incident,
        before,
        result,
        confirm=confirm,
        severity=severity,
        shared_cause=shared_cause,
        lasts=lasts,
        is_slow_wrong=is_slow_wrong,
    )
    write_result(connection, result, is_started=row is not None)
    register_named(connection, result, at=now)
    note_change(connection, "run", result.run_id, is_new=True)
    write_mark(connection, result, before, needs_confirmation=said.needs_confirmation, is_slow_wrong=is_slow_wrong)
    judgement = replace(
        commit_findings(
            connection,
            subject,
            said.observed,
            routing=routing,
            now=now,
            run_id=result.run_id,
            quiet=quiet,
            hold=hold,
        ),
        needs_confirmation=said.needs_confirmation,
    )
    if judgement.incident is not None and judgement.transition in (TransitionKind.OPEN, TransitionKind.RESOLVE):
        follow_journey(connection, judgement.incident, now=now, run_id=result.run_id)
    write_judgement(connection, result.run_id, judgement)
    return judgement


def _cause_beneath(connection: Connection, depends_on: Sequence[Subject]) -> str | None:
    """The cause of the open incident of something it depends on, nearest first."""
    found = (find_unresolved_incident(connection, subject, kind="failure") for subject in depends_on)
    return next((one.shared_cause for one in found if one is not None and one.shared_cause is not None), None)


def _cause_of_release(connection: Connection, result: RunResult) -> str | None:
    """The cause it shares with the release that it fails on, if other journeys have already failed that release."""
    if result.monitor != "journey" or result.app is None:
        return None
    version = remember_failure(result).service_version
    return join_of(connection, app=result.app, environment=result.environment, version=version)


def abort_unfinished(connection: Connection, now: datetime) -> list[RunResult]:
    """Ends runs whose scheduler died. They say nothing about the site."""
    aborted = [_as_aborted(row, now) for row in find_unfinished_runs(connection)]
    for result in aborted:
        # `confirm` and `severity` have no effect: an aborted run opens nothing.
        commit_result(connection, result, confirm=1, severity="critical", routing=NOBODY, now=now)
    return aborted


def _answer_again(connection: Connection, row: Row[Any]) -> Judgement:
    incident = read_incident(connection, row.incident_id) if row.incident_id else None
    transition = TransitionKind(row.transition) if row.transition else None
    return Judgement(transition, incident, bool(row.needs_confirmation))


def _as_aborted(row: Row[Any], now: datetime) -> RunResult:
    return result_of(
        context_of(row),
        RunStatus.ABORTED,
        started_at=row.started_at,
        finished_at=max(now, row.started_at),
        cause=Cause.SCHEDULER_STOPPED,
        error_message="the scheduler was killed while this ran",
    )
