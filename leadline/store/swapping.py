"""What every change of the whole file needs that is made on a copy, which then takes the file's place."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import duckdb

from leadline.errors import StoreUnavailable

# Of what is written: DuckDB needs some room of its own until the copy is whole.
_ROOM_RATIO = 1.2


def check_room(path: Path, copied_bytes: float, *, doing: str) -> None:
    """Raises StoreUnavailable where the disk has no room for a copy."""
    free_bytes, needed = shutil.disk_usage(path.parent).free, _ROOM_RATIO * copied_bytes
    if free_bytes < needed:
        raise StoreUnavailable(
            f"the store {path} must be {doing} on a copy, and the disk has room for {free_bytes:,} bytes only",
            hint=f"free {needed:,.0f} bytes, and start again; the store is as it was",
        )


def sync(file: Path) -> None:
    """Returns when the file's bytes are on the disk."""
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove(file: Path) -> None:
    """A copy that a killed process left, with its log."""
    for name in (file.name, f"{file.name}.wal"):
        file.with_name(name).unlink(missing_ok=True)


def list_tables(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """Schema and name of each table that the file keeps."""
    found = connection.execute(
        "SELECT schema_name, table_name FROM duckdb_tables() "
        "WHERE database_name = current_database() AND NOT temporary AND NOT internal ORDER BY ALL"
    ).fetchall()
    return [(str(schema), str(table)) for schema, table in found]
