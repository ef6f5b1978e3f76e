"""Deletes old runs, a few at a time, so that no writer waits for it. Incidents and their ledger stay.

It never deletes a run that has not ended, or one that an unresolved incident refers to.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, select

from leadline.records.tables import changes, cleanups, incidents, runs

__all__ = ["delete_runs_before"]


def delete_runs_before(connection: Connection, before: datetime, *, limit: int) -> int:
    """Deletes up to `limit` runs that ended before `before`, with their parts; returns how many."""
    unresolved = select(incidents.c.incident_id).where(incidents.c.state != "resolved")
    wanted = (
        select(runs.c.run_id)
        .where(
            runs.c.started_at < before,
            runs.c.finished_at < before,
            runs.c.incident_id.is_(None) | runs.c.incident_id.not_in(unresolved),
        )
        .order_by(runs.c.started_at)
        .limit(limit)
    )
    run_ids = list(connection.execute(wanted).scalars())
    if run_ids:
        connection.execute(delete(changes).where(changes.c.kind == "run", changes.c.noun_id.in_(run_ids)))
        connection.execute(delete(cleanups).where(cleanups.c.run_id.in_(run_ids), cleanups.c.finished_at.is_not(None)))
        connection.execute(delete(runs).where(runs.c.run_id.in_(run_ids)))
    return len(run_ids)
