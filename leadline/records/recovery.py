"""A release that was rolled back is told to be back at its level: to whoever was told of it, once, after its end."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from leadline.model import Action, TransitionKind
from leadline.records.action_rows import write_action
from leadline.records.feed import note_change
from leadline.records.follow_ups import tell_follow_up
from leadline.records.incident_rows import read_incident

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
    tell_follow_up(connection, incident, TransitionKind.RECOVER, now=now)
