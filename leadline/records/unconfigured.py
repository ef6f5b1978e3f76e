"""Closes what is no longer configured: incidents that nothing could resolve, each with its pages, in one transaction.

Which cohorts are closed, and what the incident then is, leadline/incidents decides.
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
# One incident per monitor is unresolved at most; a home has some thousands of monitors.
_MOST_INCIDENTS = 100_000


def close_unplanned(
    connection: Connection, *, is_planned: Callable[[Incident, Finding], bool], now: datetime
) -> list[Incident]:
    """The incidents that were changed or resolved, as they are now. A second call changes nothing."""
    closed = []
    for incident in read_incidents(connection, states=_UNRESOLVED, limit=_MOST_INCIDENTS):
        judgement = close_removed(incident, is_planned=is_planned, now=now)
        if judgement.transition is None or judgement.incident is None:
            continue
        # Whoever was told of the beginning hears of the end; the routes of now are without effect.
        write_transition(connection, judgement, routing=NOBODY, now=now)
        closed.append(judgement.incident)
    return closed
