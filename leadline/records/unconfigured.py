"""Closes incidents that are no longer configured and that nothing could resolve, each with its pages, in one
transaction.

leadline/incidents decides which cohorts are closed.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection

from leadline.incidents import NOBODY, close_removed
from leadline.model import Finding, Incident, IncidentState
from leadline.records.findings import write_transition
from leadline.records.incident_rows import read_incidents

__all__ = ["close_unplanned"]

_UNRESOLVED = tuple(state for state in IncidentState if state is not IncidentState.RESOLVED)
# At most one incident per monitor is unresolved; a home has a few thousand monitors.
_MOST_INCIDENTS = 100_000


def close_unplanned(
    connection: Connection, *, is_planned: Callable[[Incident, Finding], bool], now: datetime
) -> list[Incident]:
    """The changed or resolved incidents, in their new state. A second call changes nothing."""
    closed = []
    for incident in read_incidents(connection, states=_UNRESOLVED, limit=_MOST_INCIDENTS):
        judgement = close_removed(incident, is_planned=is_planned, now=now)
        if judgement.transition is None or judgement.incident is None:
            continue
        # Everybody who was sent the opening is sent the end; the current routes have no effect.
        write_transition(connection, judgement, routing=NOBODY, now=now)
        closed.append(judgement.incident)
    return closed
