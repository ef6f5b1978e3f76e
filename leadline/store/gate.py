"""The gate: one progress row per log file that must equal the loader's position, or the transaction fails.

Exactly once is a gate, not a constraint: an UPDATE of an existing row conflicts between two loaders on a plain file and
on DuckLake alike, where inserted progress rows or unique keys do not (docs/decisions/0005). The row is seeded in a
transaction of its own, before the file's first batch.
"""

from __future__ import annotations

from datetime import datetime

import duckdb

# Before the first position: positions are opaque and growing, from 1 on (SQLite rowid).
NOTHING_LOADED = 0


class GateLost(Exception):
    """Another loader passed the gate, or ours died after its commit: read the progress again and make a new batch."""


def read_progress(cursor: duckdb.DuckDBPyConnection, file: str) -> int:
    """The position up to which `file` is loaded; creates the row if missing."""
    row = cursor.execute("SELECT upto FROM facts.load_progress WHERE file = $file", {"file": file}).fetchone()
    if row is not None:
        return int(row[0])
    cursor.execute(
        "INSERT INTO facts.load_progress SELECT $file, $upto, NULL "
        "WHERE NOT EXISTS (SELECT 1 FROM facts.load_progress WHERE file = $file)",
        {"file": file, "upto": NOTHING_LOADED},
    )
    return NOTHING_LOADED


def pass_gate(cursor: duckdb.DuckDBPyConnection, *, file: str, after: int, upto: int, now: datetime) -> None:
    """First statement of a load's transaction. Raises GateLost if the row is no longer `after`."""
    answer = cursor.execute(
        "UPDATE facts.load_progress SET upto = $upto, loaded_at = $now WHERE file = $file AND upto = $after",
        {"file": file, "after": after, "upto": upto, "now": now},
    ).fetchone()
    if answer is None or answer[0] != 1:
        raise GateLost(f"{file} is no longer at {after}")
