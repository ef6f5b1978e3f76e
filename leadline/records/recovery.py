"""Reports that a rolled-back release has recovered: once, after its end, to everybody who was paged about it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from leadline.model import Action, Incident, Subject, TransitionKind
from leadline.records.action_rows import write_action
from leadline.records.feed import note_change
from leadline.records.follow_ups import tell_follow_up
from leadline.records.incident_rows import find_recently_resolved, find_unresolved_incident, read_incident

__all__ = ["note_recovery"]


def note_recovery(connection: Connection, action: Action, *, now: datetime) -> None:
    """Writes the action; with `recovered_at` it is sent as well, if its incident was."""
    write_action(connection, action)
    note_change(connection, "action", action.action_id)
    if action.recovered_at is None:
        return
    incident = _find_incident(connection, action)
    if incident is not None:
        tell_follow_up(connection, incident, TransitionKind.RECOVER, now=now)


def _find_incident(connection: Connection, action: Action) -> Incident | None:
    """The action's; of one by hand, the release's, open or the last one that ended since."""
    if action.incident_id is not None:
        return read_incident(connection, action.incident_id)
    if action.app is None or action.canary is None or action.environment is None:
        return None
    subject = Subject(kind="release", name=action.canary, app=action.app, environment=action.environment)
    return find_unresolved_incident(connection, subject, kind="failure") or find_recently_resolved(
        connection, subject, kind="failure", since=action.requested_at
    )
