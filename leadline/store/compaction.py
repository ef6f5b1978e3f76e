"""Gives freed space back to the disk: DuckDB reuses it but never makes its file smaller. So all remaining data is
copied into a new file, which replaces the old one once it is verified. If killed or failed at any moment, the old file
stays.

The store must not be open: the service does it at its start. An open store is copied by beside.py.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import duckdb

from leadline.errors import StoreUnavailable
from leadline.store.duckdb_file import open_file
from leadline.store.migrations import newest_version, read_version
from leadline.store.swapping import check_room, list_tables, remove, sync

# A quarter of a day's copying brings less than it costs. Small files aren't worth an interruption at all.
WORTH_RATIO = 0.25
WORTH_BYTES = 64_000_000
# A running store is interrupted only for more: new data reuses the space freed day by day.
INTERRUPTING_RATIO = 0.5
INTERRUPTING_BYTES = 1_000_000_000
Tell = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Space:
    """Of the store's file: how large it is, and how much of it holds nothing."""

    total_bytes: int
    free_bytes: int

    @property
    def is_worth_compacting(self) -> bool:
        return self.free_bytes >= max(WORTH_BYTES, WORTH_RATIO * self.total_bytes)

    @property
    def is_worth_interrupting(self) -> bool:
        return self.free_bytes >= max(INTERRUPTING_BYTES, INTERRUPTING_RATIO * self.total_bytes)


def measure_space(connection: duckdb.DuckDBPyConnection) -> Space:
    """As of the last checkpoint."""
    row = connection.execute(
        "SELECT block_size, total_blocks, free_blocks FROM pragma_database_size() "
        "WHERE database_name = current_database()"
    ).fetchone()
    if row is None:
        return Space(0, 0)
    block, total, free = row
    return Space(int(block * total), int(block * free))


def compact_if_worth(path: Path, *, memory_limit: str = "2GB", tell: Tell | None = None) -> int:
    """The bytes that the file lost: 0 where little is free, or where another process has the store open.

    `tell(done, total)` is called after each table, in rows. The caller holds the home's lock. Raises StoreUnavailable
    where it is worth it and fails; the store is as it was.
    """
    copy = path.with_name(path.name + ".compacting")
    remove(copy)
    if not path.exists():
        return 0
    try:
        connection = open_file(path, {"memory_limit": memory_limit, "temp_directory": f"{copy}.tmp"})
    except duckdb.IOException:  # opening the store reports why
        return 0
    before = path.stat().st_size
    try:
        with closing(connection):
            if read_version(connection) != newest_version() or not measure_space(connection).is_worth_compacting:
                return 0
            connection.execute("CHECKPOINT")
            space = measure_space(connection)
            check_room(path, space.total_bytes - space.free_bytes, doing="compacted")
            _copy(connection, copy, tell)
        if path.with_name(path.name + ".wal").exists():
            raise StoreUnavailable(f"the store {path} was written while it was compacted", retryable=False)
        sync(copy)
        os.replace(copy, path)
    except (duckdb.Error, OSError) as error:
        raise StoreUnavailable(f"the store {path} can't be compacted: {error}", hint="it is as it was") from error
    finally:
        remove(copy)
    return before - path.stat().st_size


def _copy(connection: duckdb.DuckDBPyConnection, copy: Path, tell: Tell | None) -> None:
    """All tables; views and macros are created whenever a store is opened."""
    name = str(copy).replace("'", "''")
    connection.execute(f"ATTACH '{name}' AS compacted")
    tables = list_tables(connection)
    total, done = sum(_rows(connection, f"{schema}.{table}") for schema, table in tables), 0
    for schema, table in tables:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS compacted.{schema}")
        connection.execute(f"CREATE TABLE compacted.{schema}.{table} AS SELECT * FROM {schema}.{table}")
        if _checksum(connection, f"{schema}.{table}") != _checksum(connection, f"compacted.{schema}.{table}"):
            raise StoreUnavailable(f"the copy of {schema}.{table} differs", retryable=False)
        done += _rows(connection, f"{schema}.{table}")
        if tell is not None and total:
            tell(done, total)
    connection.execute("CHECKPOINT compacted")
    connection.execute("DETACH compacted")


def _rows(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    (rows,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone() or (0,)
    return int(rows)


def _checksum(connection: duckdb.DuckDBPyConnection, table: str) -> tuple[int, int | None]:
    """The number of rows, and a sum of their hashes in any order."""
    row = connection.execute(f"SELECT count(*), bit_xor(hash(t)) FROM {table} AS t").fetchone()
    assert row is not None  # an aggregate
    return row[0], row[1]
