"""Follow-ups of an incident, sent to everybody who was sent the opening: it is acknowledged, it is muted, the
figures are back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from leadline.incidents import Owed
from leadline.model import Incident, TransitionKind
from leadline.records.feed import note_change
from leadline.records.incident_rows import add_transition
from leadline.records.outbox import list_told, queue

__all__ = ["tell_follow_up"]


def tell_follow_up(
    connection: Connection,
    incident: Incident,
    kind: TransitionKind,
    *,
    now: datetime,
    by: str | None = None,
    but: Sequence[Owed] = (),
) -> None:
    """Writes the transition and queues it for everybody who was paged, except those in `but`."""
    transition_id = add_transition(connection, incident, kind, at=now, by=by)
    note_change(connection, "incident", incident.incident_id)
    queue(
        connection,
        [one for one in list_told(connection, incident.incident_id) if one not in but],
        incident_id=incident.incident_id,
        transition_id=transition_id,
        transition=kind,
        now=now,
    )
