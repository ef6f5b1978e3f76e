"""Sums the steps of journeys by hour and day: hours with a new or changed run are rewritten from runs.

Runs are few beside page views, and come and go with these sums: so nothing needs to be a difference, and a pass that
was killed or overtaken has written nothing (docs/decisions/0014-rollups.md).
"""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime

import duckdb

from leadline.store.database import Store
from leadline.store.gate import GateLost
from leadline.store.rollups.steps import Transaction, run


def roll_steps(store: Store, now: datetime) -> bool:
    """Writes due hours, in one transaction; returns whether there were any. Raises GateLost, duckdb.Error."""
    with closing(store.cursor()) as cursor:
        if cursor.execute("SELECT 1 FROM rollups.steps_due LIMIT 1").fetchone() is None:
            return False
        try:
            with Transaction(cursor):
                write_due_steps(cursor, now)
        except duckdb.TransactionException as error:
            raise GateLost("another pass writes the steps that are due") from error
        return True


def write_due_steps(cursor: duckdb.DuckDBPyConnection, now: datetime) -> None:
    """Within a transaction."""
    cursor.execute(
        "CREATE OR REPLACE TEMP TABLE rolling_at AS SELECT $now::TIMESTAMP AS rolled_at",
        {"now": now.astimezone(UTC).replace(tzinfo=None)},
    )
    run(cursor, "steps")
