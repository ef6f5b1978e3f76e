"""Registers the versions named by deployments and probes, in the transaction that loads those rows."""

from __future__ import annotations

from functools import cache
from importlib import resources

import duckdb

__all__ = ["IMPORTED", "register_named"]

# The change position of what was imported.
IMPORTED = -1


def register_named(cursor: duckdb.DuckDBPyConnection, *, after: int, upto: int) -> None:
    """Of the rows with change positions in (after, upto]. Raises duckdb.Error."""
    cursor.execute(_sql(), {"after": after, "upto": upto})


@cache
def _sql() -> str:
    return (resources.files("leadline.store") / "sql" / "registering.sql").read_text(encoding="utf-8")
