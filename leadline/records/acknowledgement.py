"""Acknowledges an incident: recorded in its history and in the audit, and sent to every target that was
sent the opening."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, insert

from leadline.clock import new_id
from leadline.incidents import Owed
from leadline.model import Incident, IncidentState, TransitionKind
from leadline.records.follow_ups import tell_follow_up
from leadline.records.incident_rows import read_incident, update_incident
from leadline.records.outbox import call_off_escalations, list_told
from leadline.records.release_causes import find_together
from leadline.records.shared import find_told_with
from leadline.records.tables import audit

__all__ = ["acknowledge"]

_SETTLED = (IncidentState.ACKNOWLEDGED, IncidentState.RESOLVED)


def acknowledge(
    connection: Connection, incident_id: str, *, by: str, now: datetime, with_message: bool = False
) -> Incident | None:
    """The incident afterwards. Only the first acknowledgement counts, and a resolved incident stays resolved. A release
    and the journeys that share its page are acknowledged together. `with_message`: all that one message reported with
    this incident as its first; whoever hears of the first hears of the others with it."""
    incident = read_incident(connection, incident_id)
    if incident is None:
        return None
    others = [*find_together(connection, incident)] if incident.state not in _SETTLED else []
    if with_message:
        others += find_told_with(connection, incident_id)
    known: list[Owed] = []
    if incident.state not in _SETTLED:
        incident = _acknowledge(connection, incident, by=by, now=now, but=())
        known = list_told(connection, incident_id)
    for other in {one.incident_id: one for one in others}.values():
        if other.state not in _SETTLED:
            _acknowledge(connection, other, by=by, now=now, but=known)
    return incident


def _acknowledge(
    connection: Connection, incident: Incident, *, by: str, now: datetime, but: Sequence[Owed]
) -> Incident:
    """Queues the acknowledgement for everybody who was sent the opening, except those in `but`, who get it
    otherwise.
    """
    incident_id = incident.incident_id
    after = replace(incident, state=IncidentState.ACKNOWLEDGED, acknowledged_at=now, acknowledged_by=by)
    update_incident(connection, after)
    call_off_escalations(connection, incident_id, because=f"{by} is on it")
    tell_follow_up(connection, after, TransitionKind.ACKNOWLEDGE, now=now, by=by, but=but)
    connection.execute(
        insert(audit).values(
            audit_id=new_id(),
            at=now,
            by=by,
            action="acknowledge",
            noun=f"incident {incident_id}",
            detail=incident.title,
        )
    )
    return after
