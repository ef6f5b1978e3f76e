"""The clean-up ledger: cleanups that journeys asked for, which must be done however a run ends."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from leadline.records.nouns import KeptCleanup
from leadline.records.tables import cleanups

__all__ = ["finish_cleanup", "keep_cleanup", "unfinished_cleanups"]


def keep_cleanup(
    connection: Connection, *, run_id: str, cleanup_id: str, function: str, arguments: bytes, now: datetime
) -> None:
    """Does nothing if it is stored already."""
    if connection.execute(select(cleanups.c.cleanup_id).where(cleanups.c.cleanup_id == cleanup_id)).first() is None:
        connection.execute(
            insert(cleanups).values(
                cleanup_id=cleanup_id, run_id=run_id, function=function, arguments=arguments, kept_at=now, tries=0
            )
        )


def finish_cleanup(connection: Connection, cleanup_id: str, *, error: str | None, now: datetime) -> None:
    """Marks it as done; after a failure it stays unfinished, with the error."""
    connection.execute(
        update(cleanups)
        .where(cleanups.c.cleanup_id == cleanup_id, cleanups.c.finished_at.is_(None))
        .values(tries=cleanups.c.tries + 1, error=error, finished_at=now if error is None else None)
    )


def unfinished_cleanups(connection: Connection) -> list[KeptCleanup]:
    """The oldest first."""
    wanted = select(cleanups).where(cleanups.c.finished_at.is_(None)).order_by(cleanups.c.kept_at)
    return [
        KeptCleanup(
            cleanup_id=row.cleanup_id,
            run_id=row.run_id,
            function=row.function,
            arguments=row.arguments,
            kept_at=row.kept_at,
            tries=row.tries,
            error=row.error,
        )
        for row in connection.execute(wanted)
    ]
