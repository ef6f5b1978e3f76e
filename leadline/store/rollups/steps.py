"""The statements of sql/rolling/, and the temporary tables that they leave between one another."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

import duckdb

# From gathered beacons to differences in the rollups, in this order.
ADDING = ("03_views", "04_items", "05_points", "06_add")
_TABLES = (
    "fresh", "files", "mixed", "began", "part", "gathered", "sided", "rolling_views", "rolling_sessions",
    "rolling_errors", "rolling_events", "rolling_requests", "points", "added_hours", "viewed", "attended",
    "folding", "compacting", "kept", "due", "due_runs", "rolling_at",
)  # fmt: skip


@cache
def read(step: str) -> str:
    """The text of sql/rolling/STEP.sql."""
    return (resources.files("leadline.store") / "sql" / "rolling" / f"{step}.sql").read_text(encoding="utf-8")


def run(cursor: duckdb.DuckDBPyConnection, step: str, **parameters: Any) -> int:
    """Runs a step's statements; rows that the last one changed. Parameters go to a step of one statement only."""
    if parameters:
        answer = cursor.execute(read(step), parameters).fetchone()
        return int(answer[0]) if answer else 0
    answer = None
    for statement in cursor.extract_statements(read(step)):
        answer = cursor.execute(statement).fetchone()
    return int(answer[0]) if answer and isinstance(answer[0], int) else 0


def forget(cursor: duckdb.DuckDBPyConnection) -> None:
    """Drops what the steps left: it is of no use to the next pass, and takes memory."""
    for table in _TABLES:
        cursor.execute(f"DROP TABLE IF EXISTS temp.{table}")


class Transaction:
    """Commits, or rolls back what an error broke off; leaves no temporary table."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self._cursor = cursor

    def __enter__(self) -> None:
        self._cursor.execute("BEGIN")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._cursor.execute("COMMIT")
        else:
            self._cursor.rollback()
        forget(self._cursor)
