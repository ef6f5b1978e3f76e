"""The course of one incident: its subject, each transition, its notes, who was paged, and how long each part took.
Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from leadline.model import Incident, Notification
from leadline.records import Note, Transition
from leadline.records.rows import incident_row, notification_row

__all__ = ["draw_history", "spans_of"]


def draw_history(
    incident: Incident,
    transitions: Sequence[Transition],
    notifications: Sequence[Notification],
    notes: Sequence[Note] = (),
) -> dict[str, Any]:
    """For `GET /v1/incidents/{id}/history`."""
    return {
        "incident": incident_row(incident) | spans_of(incident),
        "transitions": [
            {"kind": one.kind.value, "at": one.at, "by": one.by, "run_id": one.run_id, "title": one.title}
            for one in transitions
        ],
        "notes": [{"note_id": one.note_id, "at": one.at, "by": one.by, "text": one.text} for one in notes],
        "notifications": [notification_row(one) for one in notifications],
        "findings": [
            {
                "part": one.part,
                "cohort": one.cohort,
                "location": one.location,
                "since": one.since,
                "step": one.step,
                "service_version": one.service_version,
                "error_message": one.error_message,
                "healed_at": one.healed_at or one.removed_at,
                "run_id": one.run_id,
                "evidence": [
                    {"kind": file.kind, "url": f"v1/runs/{run_id}/evidence/{name}"}
                    for file in one.evidence
                    for run_id, name in [file.path.split("/")[-2:]]
                ],
            }
            for one in (*incident.findings, *incident.healed)
        ],
    }


def spans_of(incident: Incident) -> dict[str, float | None]:
    """Seconds from its start to its opening, to its acknowledgement, and to its end. None while it is not over."""
    return {
        "detect_s": _seconds(incident.since, incident.opened_at),
        "acknowledge_s": _seconds(incident.opened_at, incident.acknowledged_at),
        "resolve_s": _seconds(incident.since, incident.resolved_at),
    }


def _seconds(began: datetime, ended: datetime | None) -> float | None:
    return None if ended is None else max(0.0, (ended - began).total_seconds())
