"""Turns a change of the records into rows, ordered by its position in the change feed.

Every change contains the object's current state; the views take the highest position of each id.
"""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from leadline.model import Action, Deployment, FlagChange, Incident, Notification, RecordedVerdict, RunResult, RunTiming
from leadline.store.tables import Rows

Noun = RunResult | Incident | Notification | Deployment | FlagChange | RecordedVerdict | Action


def add_change(rows: Rows, position: int, noun: Noun) -> None:
    """Adds the rows of one change."""
    match noun:
        case RunResult():
            _add_run(rows, position, noun)
        case Incident():
            _add_incident(rows, position, noun)
        case Notification():
            _add_notification(rows, position, noun)
        case Deployment():
            _add_deployment(rows, position, noun)
        case Action():
            _add_action(rows, position, noun)
        case RecordedVerdict():
            _add_verdict(rows, position, noun)
        case FlagChange():
            _add_flag_change(rows, position, noun)


def _add_deployment(rows: Rows, position: int, deployment: Deployment) -> None:
    rows.add(
        "deployments",
        {
            "change_position": position,
            "deployment_id": deployment.deployment_id,
            "app": deployment.app,
            "environment": deployment.environment,
            "service_version": deployment.service_version,
            "cohort": deployment.cohort,
            "commit_sha": deployment.commit,
            "deployed_at": _utc(deployment.deployed_at),
            "marked_by": deployment.marked_by,
            "committed_at": _utc(deployment.committed_at),
        },
    )


def _add_flag_change(rows: Rows, position: int, change: FlagChange) -> None:
    rows.add(
        "flag_changes",
        {
            "change_position": position,
            "change_id": change.change_id,
            "changed_at": _utc(change.changed_at),
            "app": change.app,
            "environment": change.environment,
            "flag": change.flag,
            "action": change.action,
            "variant": change.variant,
            "reach": change.reach,
            "changed_by": change.changed_by,
            "reason": change.reason,
        },
    )


def _add_action(rows: Rows, position: int, action: Action) -> None:
    rows.add(
        "actions",
        {
            "change_position": position,
            "action_id": action.action_id,
            "hook": action.hook,
            "kind": action.kind,
            "state": action.state,
            "cause": action.cause,
            "app": action.app,
            "environment": action.environment,
            "service_version": action.canary,
            "baseline_version": action.baseline,
            "incident_id": action.incident_id,
            "verdict_id": action.verdict_id,
            "requested_at": _utc(action.requested_at),
            "requested_by": action.requested_by,
            "executed_at": _utc(action.executed_at),
            "verified_at": _utc(action.verified_at),
            "attempts": action.attempts,
            "reason": action.reason,
            "detail": action.detail,
            "evidence": action.evidence,
            "error": action.error,
            "recovered_at": _utc(action.recovered_at),
            "recovery": action.recovery,
        },
    )


def _add_verdict(rows: Rows, position: int, recorded: RecordedVerdict) -> None:
    v = recorded.verdict
    rows.add(
        "verdicts",
        {
            "change_position": position,
            "verdict_id": recorded.verdict_id,
            "app": v.app,
            "environment": recorded.environment,
            "service_version": v.canary,
            "baseline_version": v.baseline,
            "decided_at": _utc(v.decided_at),
            "verdict": v.verdict,
            "reasons": _json([f"{reason.code}: {reason.text}" for reason in v.reasons]),
            "evidence": _json(v.metrics),
            "stage": v.stage,
            "sentence": v.sentence,
            "may_act": v.may_act,
        },
    )


def _add_run(rows: Rows, position: int, run: RunResult) -> None:
    timing = run.timing or RunTiming()
    rows.add(
        "runs",
        {
            "change_position": position,
            "run_id": run.run_id,
            "monitor": run.monitor,
            "name": run.name,
            "app": run.app,
            "environment": run.environment,
            "location": run.location,
            "cohort": run.cohort,
            "source": run.source,
            "status": run.status,
            "cause": run.cause,
            "scheduled_at": _utc(run.scheduled_at),
            "started_at": _utc(run.started_at),
            "finished_at": _utc(run.finished_at),
            "duration_ms": run.duration_ms,
            "error_message": run.error_message,
            "failed_step": run.failed_step,
            "service_version": run.service_version,
            "status_code": run.status_code,
            "trace_id": run.trace_id,
            "confirms_run_id": run.confirms_run_id,
            "dns_ms": timing.dns_ms,
            "connect_ms": timing.connect_ms,
            "tls_ms": timing.tls_ms,
            "first_byte_ms": timing.first_byte_ms,
            "findings": _json(run.findings) if run.findings else None,
        },
    )
    for ordinal, s in enumerate(run.steps):
        rows.add(
            "steps",
            {
                "change_position": position,
                "run_id": run.run_id,
                "ordinal": ordinal,
                "step": s.step,
                "status": s.status,
                "started_at": _utc(s.started_at),
                "duration_ms": s.duration_ms,
                "budget_ms": s.budget_ms,
                "service_version": s.service_version,
                "error_message": s.error_message,
            },
        )
    for ordinal, k in enumerate(run.kpis):
        rows.add(
            "run_kpis",
            {
                "change_position": position,
                "run_id": run.run_id,
                "ordinal": ordinal,
                "name": k.name,
                "value": k.value,
                "step": k.step,
                "service_version": k.service_version,
                "is_within_bounds": k.is_within_bounds,
            },
        )


def _add_incident(rows: Rows, position: int, incident: Incident) -> None:
    i = incident
    rows.add(
        "incidents",
        {
            "change_position": position,
            "incident_id": i.incident_id,
            "app": i.subject.app,
            "environment": i.subject.environment,
            "monitor": i.subject.kind,
            "name": i.subject.name,
            "title": i.title,
            "state": i.state,
            "severity": i.severity,
            "since": _utc(i.since),
            "opened_at": _utc(i.opened_at),
            "acknowledged_at": _utc(i.acknowledged_at),
            "acknowledged_by": i.acknowledged_by,
            "resolved_at": _utc(i.resolved_at),
            "service_version": i.service_version,
            "failing": _json(i.findings),
            "kind": i.kind,
        },
    )


def _add_notification(rows: Rows, position: int, notification: Notification) -> None:
    n = notification
    rows.add(
        "notifications",
        {
            "change_position": position,
            "notification_id": n.notification_id,
            "incident_id": n.incident_id,
            "transition": n.transition,
            "target": n.name,
            "state": n.state,
            "attempts": n.attempts,
            "created_at": _utc(n.created_at),
            "first_attempt_at": _utc(n.first_attempt_at),
            "accepted_at": _utc(n.accepted_at),
            "next_attempt_at": _utc(n.next_attempt_at),
            "last_error": n.last_error,
            "is_maybe_duplicate": n.is_maybe_duplicate,
            "kind": n.kind,
            "level": n.level,
            "due_at": _utc(n.due_at),
        },
    )


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(UTC).replace(tzinfo=None)
