"""All tables of the store as files with checksums, as of one moment, and a new store from such files, verified."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from leadline.errors import ConfigurationError
from leadline.store.database import Store, open_store

BATCH_ROWS = 65_536
# The schema of dumps from before dumps recorded it.
FIRST_SCHEMA = 1
_READ_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class DumpedTable:
    """`file` is in the folder of the dump; `sha256` is that of its bytes."""

    table: str
    file: str
    rows: int
    sha256: str


def dump_tables(store: Store, folder: Path) -> list[DumpedTable]:
    """Writes each table as Parquet into `folder`, as of one moment. Loading goes on meanwhile. Raises OSError."""
    cursor = store.cursor()
    try:
        cursor.execute("BEGIN TRANSACTION READ ONLY")
        return [_dump(cursor, table, folder) for table in _tables(cursor)]
    finally:
        cursor.close()


def load_tables(path: Path, folder: Path, dumped: list[DumpedTable]) -> Iterator[DumpedTable]:
    """Makes a store at `path` of the files, yields each table that is in it, verified by checksum and rows.

    It has the schema number that was dumped: what an earlier version wrote is migrated when the store is opened.

    Raises ConfigurationError that names a file which differs from the dump; then `path` is not created.
    """
    fresh = path.with_name(path.name + ".restoring")
    fresh.unlink(missing_ok=True)
    try:
        with open_store(fresh) as store:
            cursor = store.cursor()
            cursor.execute("UPDATE meta.schema_version SET version = $first", {"first": FIRST_SCHEMA})
            for table in dumped:
                _load(cursor, table, folder / table.file)
                yield table
            cursor.execute("CHECKPOINT")
            cursor.close()
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
        fresh.with_name(fresh.name + ".wal").unlink(missing_ok=True)


def sha256_of(file: Path) -> str:
    """Of the file's bytes, read in parts."""
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while part := stream.read(_READ_BYTES):
            digest.update(part)
    return digest.hexdigest()


def _tables(cursor: duckdb.DuckDBPyConnection) -> list[str]:
    found = cursor.execute(
        "SELECT schema_name || '.' || table_name FROM duckdb_tables()"
        " WHERE schema_name IN ('facts', 'meta', 'rollups') AND NOT temporary ORDER BY ALL"
    ).fetchall()
    return [str(row[0]) for row in found]


def _dump(cursor: duckdb.DuckDBPyConnection, table: str, folder: Path) -> DumpedTable:
    file = folder / f"{table}.parquet"
    reader = cursor.sql(f"FROM {table}").to_arrow_reader(BATCH_ROWS)
    rows = 0
    try:
        with pq.ParquetWriter(file, reader.schema, compression="zstd") as writer:
            for batch in reader:
                writer.write_batch(batch)
                rows += batch.num_rows
    finally:
        reader.close()
    return DumpedTable(table, file.name, rows, sha256_of(file))


def _load(cursor: duckdb.DuckDBPyConnection, table: DumpedTable, file: Path) -> None:
    if not file.is_file() or sha256_of(file) != table.sha256:
        raise ConfigurationError(f"the backup is damaged: {table.file} is not what was written", hint="use another one")
    if table.table not in _tables(cursor):
        raise ConfigurationError(
            f"the backup has a table {table.table} that this version does not know",
            hint="restore it with the version of Leadline that wrote it, or a newer one",
        )
    cursor.execute("BEGIN")
    cursor.execute(f"DELETE FROM {table.table}")  # what a new store begins with
    with pq.ParquetFile(file) as parquet:
        for batch in parquet.iter_batches(BATCH_ROWS):
            cursor.register("arriving", batch)
            cursor.execute(f"INSERT INTO {table.table} BY NAME SELECT * FROM arriving")
            cursor.unregister("arriving")
    row = cursor.execute(f"SELECT count(*) FROM {table.table}").fetchone()
    if row is None or row[0] != table.rows:
        cursor.execute("ROLLBACK")
        raise ConfigurationError(f"{table.table} has {row and row[0]} rows, and the backup had {table.rows}")
    cursor.execute("COMMIT")
