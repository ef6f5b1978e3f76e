"""A result becomes history: run, judgement, incident, transition and one outbox row per target, in one transaction.

Nothing is sent from here and nothing is sent that did not pass here. The judgement itself is leadline/incidents'.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from leadline.clock import new_id
from leadline.incidents import Judgement, MonitorMemory, judge_run
from leadline.model import Cause, Incident, NotificationState, RunResult, RunSource, RunStatus, Severity, TransitionKind
from leadline.records.deployment_rows import register_named
from leadline.records.feed import note_change
from leadline.records.incident_rows import (
    add_transition,
    find_unresolved_incident,
    insert_incident,
    read_incident,
    update_incident,
)
from leadline.records.marks import read_failures, write_mark
from leadline.records.run_rows import find_unfinished_runs, read_run_row, write_result
from leadline.records.tables import notifications

__all__ = ["abort_unfinished", "commit_result", "write_transition"]

Choose = Callable[[Incident], Sequence[str]]


def commit_result(
    connection: Connection, result: RunResult, *, confirm: int, severity: Severity, choose: Choose, now: datetime
) -> Judgement:
    """Writes all that `result` comes to. The same run handed in again changes nothing and gets the same answer."""
    row = read_run_row(connection, result.run_id)
    if row is not None and row.status is not None:
        return _answer_again(connection, row)
    before = read_failures(connection, result)
    incident = find_unresolved_incident(
        connection, app=result.app, environment=result.environment, monitor=result.monitor, name=result.name
    )
    judgement = judge_run(
        MonitorMemory(incident, before),
        result,
        confirm=confirm,
        severity=severity,
        now=now,
        new_incident_id=new_id(),
    )
    judged = {
        "transition": judgement.transition,
        "incident_id": judgement.incident.incident_id if judgement.incident else None,
        "needs_confirmation": judgement.needs_confirmation,
    }
    write_result(connection, result, judged, is_started=row is not None)
    register_named(connection, result, at=now)
    note_change(connection, "run", result.run_id, is_new=True)
    write_mark(connection, result, before, needs_confirmation=judgement.needs_confirmation)
    if judgement.transition is not None and judgement.incident is not None:
        write_transition(
            connection, judgement.incident, judgement.transition, run_id=result.run_id, choose=choose, now=now
        )
    return judgement


def abort_unfinished(connection: Connection, now: datetime) -> list[RunResult]:
    """Ends the runs that a scheduler began and did not live to end. They say nothing about the site."""
    aborted = [_as_aborted(row, now) for row in find_unfinished_runs(connection)]
    for result in aborted:
        # `confirm` and `severity` are without effect: an aborted run opens nothing.
        commit_result(connection, result, confirm=1, severity="critical", choose=lambda _incident: (), now=now)
    return aborted


def write_transition(
    connection: Connection,
    incident: Incident,
    kind: TransitionKind,
    *,
    run_id: str | None,
    choose: Choose,
    now: datetime,
) -> None:
    """The incident as it is now, its history, and one outbox row per target that is to hear of it."""
    if kind is TransitionKind.OPEN:
        insert_incident(connection, incident)
    else:
        update_incident(connection, incident)
    add_transition(connection, incident, kind, at=now, run_id=run_id)
    note_change(connection, "incident", incident.incident_id, is_new=kind is TransitionKind.OPEN)
    if kind is TransitionKind.OPEN:
        targets = choose(incident)
    elif kind is TransitionKind.RESOLVE:
        # Whoever was told of the beginning hears of the end, whatever the routes say by now.
        told = select(notifications.c.target).where(notifications.c.incident_id == incident.incident_id)
        targets = connection.execute(told.order_by(notifications.c.notification_id)).scalars().all()
    else:
        return  # recorded, and pages nobody
    rows = [
        {
            "notification_id": new_id(),
            "incident_id": incident.incident_id,
            "transition": kind,
            "target": target,
            "state": NotificationState.PENDING,
            "attempts": 0,
            "created_at": now,
            "is_maybe_duplicate": False,
        }
        for target in dict.fromkeys(targets)
    ]
    if rows:
        connection.execute(insert(notifications), rows)
        note_change(connection, "notification", *(str(row["notification_id"]) for row in rows), is_new=True)


def _answer_again(connection: Connection, row: Row[Any]) -> Judgement:
    incident = read_incident(connection, row.incident_id) if row.incident_id else None
    transition = TransitionKind(row.transition) if row.transition else None
    return Judgement(transition, incident, bool(row.needs_confirmation))


def _as_aborted(row: Row[Any], now: datetime) -> RunResult:
    return RunResult(
        run_id=row.run_id,
        monitor=row.monitor,
        name=row.name,
        app=row.app,
        environment=row.environment,
        location=row.location,
        cohort=row.cohort,
        source=RunSource(row.source),
        scheduled_at=row.scheduled_at,
        started_at=row.started_at,
        confirms_run_id=row.confirms_run_id,
        status=RunStatus.ABORTED,
        cause=Cause.SCHEDULER_STOPPED,
        error_message="the scheduler was killed while this ran",
        finished_at=max(now, row.started_at),
        duration_ms=max(0.0, (now - row.started_at).total_seconds() * 1000),
    )
