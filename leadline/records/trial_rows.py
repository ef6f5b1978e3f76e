"""Test pages: each is an incident of Leadline itself that is closed from the start, with a row for each target.

So it is sent like every page: it is retried if a target fails, and the ledger has its receipt.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select

from leadline.clock import new_id
from leadline.incidents import Owed
from leadline.incidents.foreign_text import clean_text
from leadline.model import Incident, IncidentState, Subject, TransitionKind
from leadline.records.feed import note_change
from leadline.records.incident_rows import add_transition, insert_incident
from leadline.records.outbox import queue
from leadline.records.tables import incidents

__all__ = ["queue_trial", "read_last_daily"]

_ASKED = Subject(kind="leadline", name="test page")
_DAILY = Subject(kind="leadline", name="daily test page")
_MOST_NAME = 24


def queue_trial(connection: Connection, targets: Sequence[str], *, by: str | None, now: datetime) -> str:
    """Queues a test page for each of `targets`; returns the id of its incident. `by` None: it is the daily one."""
    title = "Leadline daily test page" if by is None else f"Leadline test page for {clean_text(by, limit=_MOST_NAME)}"
    trial = Incident(
        incident_id=new_id(),
        subject=_DAILY if by is None else _ASKED,
        title=title,
        state=IncidentState.RESOLVED,
        severity="warning",
        since=now,
        opened_at=now,
        resolved_at=now,
    )
    insert_incident(connection, trial)
    transition_id = add_transition(connection, trial, TransitionKind.TEST, at=now, by=by)
    note_change(connection, "incident", trial.incident_id, is_new=True)
    queue(
        connection,
        [Owed(name=name) for name in targets],
        incident_id=trial.incident_id,
        transition_id=transition_id,
        transition=TransitionKind.TEST,
        now=now,
    )
    return trial.incident_id


def read_last_daily(connection: Connection) -> datetime | None:
    """When the last daily test page was queued."""
    wanted = select(func.max(incidents.c.opened_at)).where(
        incidents.c.subject_kind == _DAILY.kind, incidents.c.subject == _DAILY.name
    )
    found: datetime | None = connection.execute(wanted).scalar()
    return found
