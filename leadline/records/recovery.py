"""A release that was rolled back is told to be back at its level: to whoever was told of it, once, after its end."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from leadline.model import Action, TransitionKind
from leadline.records.action_rows import write_action
from leadline.records.feed import note_change
from leadline.records.incident_rows import add_transition, read_incident
from leadline.records.outbox import list_told, queue

__all__ = ["note_recovery"]


def note_recovery(connection: Connection, action: Action, *, now: datetime) -> None:
    """The action as it is from now on; with `recovered_at` it is told as well, where its incident has been."""
    write_action(connection, action)
    note_change(connection, "action", action.action_id)
    if action.recovered_at is None or action.incident_id is None:
        return
    incident = read_incident(connection, action.incident_id)
    if incident is None:
        return
    transition_id = add_transition(connection, incident, TransitionKind.RECOVER, at=now)
    note_change(connection, "incident", incident.incident_id)
    queue(
        connection,
        list_told(connection, incident.incident_id),
        incident_id=incident.incident_id,
        transition_id=transition_id,
        transition=TransitionKind.RECOVER,
        now=now,
    )
