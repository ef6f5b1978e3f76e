"""A copy of an open store in a new file, without the free space, while questions go on.

The copy is a DuckDB instance with its own memory, filled with Arrow batches of one read transaction: the open store
can't attach files (database.py). Nobody may write the store meanwhile; the caller then swaps the files.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import duckdb

from leadline.errors import StoreUnavailable
from leadline.store.compaction import measure_space
from leadline.store.database import Store, open_store
from leadline.store.swapping import check_room, list_tables, remove, sync

# On top of the store's own limit, until the copy is complete. Rows are appended, which needs little.
COPY_MEMORY = "512MB"
# DuckDB's row group: smaller batches make partly filled groups.
BATCH_ROWS = 122_880
Tell = Callable[[int, int], None]


def place_of_copy(path: Path) -> Path:
    """The same as for a closed store: the next start removes what a killed process left."""
    return path.with_name(path.name + ".compacting")


def copy_beside(store: Store, path: Path, *, stopping: threading.Event, tell: Tell | None = None) -> Path | None:
    """Copies every table, compares it by checksum, and returns the copy, which is on disk. None if `stopping` was set.

    `path` is the store's file. Raises StoreUnavailable, duckdb.Error, OSError; then no copy is left.
    """
    copy = place_of_copy(path)
    remove(copy)
    is_whole = False
    try:
        with closing(store.cursor()) as reading:
            space = measure_space(reading)
            check_room(path, space.total_bytes - space.free_bytes, doing="compacted")
            with open_store(copy, memory_limit=COPY_MEMORY) as fresh, closing(fresh.cursor()) as writing:
                reading.execute("BEGIN TRANSACTION READ ONLY")
                is_whole = _copy(reading, writing, stopping, tell)
                writing.execute("CHECKPOINT")
        sync(copy)
        return copy if is_whole else None
    finally:
        if not is_whole:
            remove(copy)


def _copy(
    reading: duckdb.DuckDBPyConnection, writing: duckdb.DuckDBPyConnection, stopping: threading.Event, tell: Tell | None
) -> bool:
    tables = [f"{schema}.{table}" for schema, table in list_tables(reading)]
    if unknown := set(tables) - {f"{schema}.{table}" for schema, table in list_tables(writing)}:
        raise StoreUnavailable(f"a new store has no table {', '.join(sorted(unknown))}", retryable=False)
    total, done = sum(_count(reading, table) for table in tables), 0
    for table in tables:
        writing.execute("BEGIN")
        writing.execute(f"DELETE FROM {table}")  # what a new store begins with
        reader = reading.sql(f"FROM {table}").to_arrow_reader(BATCH_ROWS)
        try:
            for batch in reader:
                if stopping.is_set():
                    return False
                writing.register("arriving", batch)
                writing.execute(f"INSERT INTO {table} BY NAME SELECT * FROM arriving")
                writing.unregister("arriving")
                done += batch.num_rows
                if tell is not None:
                    tell(done, total)
        finally:
            reader.close()
        writing.execute("COMMIT")
        if checksum(reading, table) != checksum(writing, table):
            raise StoreUnavailable(f"the copy of {table} differs", retryable=False)
    return True


def _count(cursor: duckdb.DuckDBPyConnection, table: str) -> int:
    [(rows,)] = cursor.execute(f"SELECT count(*) FROM {table}").fetchall()
    return int(rows)


def checksum(cursor: duckdb.DuckDBPyConnection, table: str) -> tuple[int, int | None]:
    """The number of rows, and a sum of their hashes in any order of rows and columns."""
    columns = sorted(column[0] for column in cursor.execute(f"DESCRIBE {table}").fetchall())
    values = ", ".join(f'"{column}"' for column in columns)
    [(rows, hashes)] = cursor.execute(f"SELECT count(*), bit_xor(hash({values})) FROM {table}").fetchall()
    return rows, hashes
