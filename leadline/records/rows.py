"""Objects of the records as flat rows, for the API and the command."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from urllib.parse import quote

from leadline.model import Deployment, Incident, Notification, RunResult

Row = dict[str, Any]


def incident_row(incident: Incident) -> Row:
    """`failing` lists the cohorts that fail now as one text; None means no cohort. `monitor` and `name` are those of a
    journey or check, null for any other subject."""
    subject = incident.subject
    is_monitor = subject.kind in ("journey", "check")
    return {
        "incident_id": incident.incident_id,
        "subject_kind": subject.kind,
        "subject": subject.name,
        "kind": incident.kind,
        "app": subject.app,
        "environment": subject.environment,
        "monitor": subject.kind if is_monitor else None,
        "name": subject.name if is_monitor else None,
        "title": incident.title,
        "state": incident.state,
        "severity": incident.severity,
        "since": incident.since,
        "opened_at": incident.opened_at,
        "acknowledged_at": incident.acknowledged_at,
        "acknowledged_by": incident.acknowledged_by,
        "resolved_at": incident.resolved_at,
        "service_version": incident.service_version,
        "turns": incident.turns,
        "shared_cause": incident.shared_cause,
        "failing": ", ".join(sorted({one.cohort or "anyone" for one in incident.findings})),
        "failing_run_ids": " ".join(one.run_id for one in incident.findings if one.run_id),
    }


def notification_row(notification: Notification) -> Row:
    return {
        "notification_id": notification.notification_id,
        "incident_id": notification.incident_id,
        "transition": notification.transition,
        "kind": notification.kind,
        "target": notification.name,
        "level": notification.level,
        "state": notification.state,
        "attempts": notification.attempts,
        "created_at": notification.created_at,
        "due_at": notification.due_at,
        "first_attempt_at": notification.first_attempt_at,
        "accepted_at": notification.accepted_at,
        "next_attempt_at": notification.next_attempt_at,
        "last_error": notification.last_error,
        "is_maybe_duplicate": notification.is_maybe_duplicate,
        "combined_into": notification.combined_into,
    }


def deployment_row(deployment: Deployment) -> Row:
    return {
        "deployment_id": deployment.deployment_id,
        "app": deployment.app,
        "environment": deployment.environment,
        "service_version": deployment.service_version,
        "cohort": deployment.cohort,
        "commit": deployment.commit,
        "deployed_at": deployment.deployed_at,
        "marked_by": deployment.marked_by,
        "committed_at": deployment.committed_at,
    }


def run_document(run: RunResult) -> Row:
    """One run with its steps, KPIs and the addresses of its evidence; the only answer that is not flat."""
    return {
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
        "scheduled_at": run.scheduled_at,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        "duration_ms": run.duration_ms,
        "error_message": run.error_message,
        "failed_step": run.failed_step,
        "service_version": run.service_version,
        "status_code": run.status_code,
        "trace_id": run.trace_id,
        "confirms_run_id": run.confirms_run_id,
        "steps": [
            {
                "step": step.step,
                "status": step.status,
                "started_at": step.started_at,
                "duration_ms": step.duration_ms,
                "budget_ms": step.budget_ms,
                "service_version": step.service_version,
                "error_message": step.error_message,
            }
            for step in run.steps
        ],
        "kpis": [{"name": kpi.name, "value": kpi.value, "step": kpi.step} for kpi in run.kpis],
        "timing": None if run.timing is None else asdict(run.timing),
        "findings": [asdict(finding) for finding in run.findings],
        "evidence": [
            {
                "kind": one.kind,
                "size_bytes": one.size_bytes,
                "url": f"/v1/runs/{run.run_id}/evidence/{quote(one.path.rpartition('/')[2])}",
            }
            for one in run.evidence
        ],
    }
