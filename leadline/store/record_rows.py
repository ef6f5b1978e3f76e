"""A change of the records becomes rows, with its position in the change feed as their order.

Every change carries the noun's current state; the views take the highest position of each id.
"""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from leadline.model import Action, Deployment, FlagChange, Incident, Notification, RecordedVerdict, RunResult
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
            rows.add(
                "deployments",
                (
                    position, noun.deployment_id, noun.app, noun.environment, noun.service_version, noun.cohort,
                    noun.commit, _utc(noun.deployed_at), noun.marked_by, _utc(noun.committed_at),
                ),
            )  # fmt: skip
        case Action():
            _add_action(rows, position, noun)
        case RecordedVerdict():
            _add_verdict(rows, position, noun)
        case FlagChange():
            changed = (noun.flag, noun.action, noun.variant, noun.reach, noun.changed_by, noun.reason)
            rows.add(
                "flag_changes",
                (position, noun.change_id, _utc(noun.changed_at), noun.app, noun.environment, *changed),
            )


def _add_action(rows: Rows, position: int, action: Action) -> None:
    a = action
    rows.add(
        "actions",
        (
            position, a.action_id, a.hook, a.kind, a.state, a.cause, a.app, a.environment, a.canary, a.baseline,
            a.incident_id, a.verdict_id, _utc(a.requested_at), a.requested_by, _utc(a.executed_at), _utc(a.verified_at),
            a.attempts, a.reason, a.detail, a.evidence, a.error,
        ),
    )  # fmt: skip


def _add_verdict(rows: Rows, position: int, recorded: RecordedVerdict) -> None:
    v = recorded.verdict
    reasons = msgspec.json.encode([f"{reason.code}: {reason.text}" for reason in v.reasons]).decode()
    rows.add(
        "verdicts",
        (
            position, recorded.verdict_id, v.app, recorded.environment, v.canary, v.baseline, _utc(v.decided_at),
            v.verdict, reasons, msgspec.json.encode(v.metrics).decode(), v.stage, v.sentence, v.may_act,
        ),
    )  # fmt: skip


def _add_run(rows: Rows, position: int, run: RunResult) -> None:
    rows.add(
        "runs",
        (
            position, run.run_id, run.monitor, run.name, run.app, run.environment, run.location, run.cohort, run.source,
            run.status, run.cause, _utc(run.scheduled_at), _utc(run.started_at), _utc(run.finished_at), run.duration_ms,
            run.error_message, run.failed_step, run.service_version, run.status_code, run.trace_id, run.confirms_run_id,
        ),
    )  # fmt: skip
    for ordinal, s in enumerate(run.steps):
        step = (s.step, s.status, _utc(s.started_at), s.duration_ms, s.budget_ms, s.service_version, s.error_message)
        rows.add("steps", (position, run.run_id, ordinal, *step))
    for ordinal, k in enumerate(run.kpis):
        kpi = (k.name, k.value, k.step, k.service_version, k.is_within_bounds)
        rows.add("run_kpis", (position, run.run_id, ordinal, *kpi))


def _add_incident(rows: Rows, position: int, incident: Incident) -> None:
    i = incident
    rows.add(
        "incidents",
        (
            position, i.incident_id, i.subject.app, i.subject.environment, i.subject.kind, i.subject.name, i.title,
            i.state, i.severity, _utc(i.since), _utc(i.opened_at), _utc(i.acknowledged_at), i.acknowledged_by,
            _utc(i.resolved_at), i.service_version, msgspec.json.encode(i.findings).decode(), i.kind,
        ),
    )  # fmt: skip


def _add_notification(rows: Rows, position: int, notification: Notification) -> None:
    n = notification
    rows.add(
        "notifications",
        (
            position, n.notification_id, n.incident_id, n.transition, n.name, n.state, n.attempts, _utc(n.created_at),
            _utc(n.first_attempt_at), _utc(n.accepted_at), _utc(n.next_attempt_at), n.last_error, n.is_maybe_duplicate,
            n.kind, n.level, _utc(n.due_at),
        ),
    )  # fmt: skip


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(UTC).replace(tzinfo=None)
