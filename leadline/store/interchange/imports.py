"""Imports one day of checked files: staged in temporary tables, without existing rows, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from importlib import resources

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from leadline.store.database import Store
from leadline.store.fingerprints import fingerprint_error
from leadline.store.gate import GateLost, pass_gate, read_progress
from leadline.store.interchange.checks import read_batches
from leadline.store.interchange.folder import FoundFile
from leadline.store.interchange.tables import OF_VIEWS, TABLES, columns_of
from leadline.store.registrations import IMPORTED, register_named

# Imported rows are beacons of a log with this name in the store, so the rollups treat them like any other.
IMPORT_LOG = "import"
# Days that retention had removed go to a separate log, which is never rolled up: the sums of these days stay.
IMPORTED_AGAIN_LOG = "import-again"
TRIES = 5


def import_day(store: Store, files: Sequence[FoundFile], *, now: datetime) -> dict[str, tuple[int, int]]:
    """Per table: rows of the files, and how many of them were new. Raises duckdb.Error; then nothing was imported."""
    cursor = store.cursor()
    try:
        staged = {table: _stage(cursor, table, files) for table in TABLES if any(f.table == table for f in files)}
        for _ in range(TRIES):
            try:
                added = _add(cursor, staged, now=now)
                return {table: (rows, added[table]) for table, rows in staged.items()}
            except GateLost:  # another import came between
                continue
        raise GateLost("other imports come between all the time")
    finally:
        cursor.close()


def _stage(cursor: duckdb.DuckDBPyConnection, table: str, files: Sequence[FoundFile]) -> int:
    """The files' rows in the temporary table incoming_TABLE, with what they leave out filled in. How many there are."""
    columns = columns_of(cursor, table)
    cursor.execute(
        f"CREATE OR REPLACE TEMP TABLE incoming_{table} AS SELECT *, 0::BIGINT AS place FROM {table} LIMIT 0"
    )
    rows = 0
    for file in files:
        if file.table != table:
            continue
        with pq.ParquetFile(file.path) as parquet:
            for batch in read_batches(parquet, columns):
                filled = _with_fingerprints(batch) if table == "errors" else batch
                filled = filled.append_column("place", pa.array(range(rows, rows + filled.num_rows), pa.int64()))
                cursor.register("arriving", filled)
                cursor.execute(f"INSERT INTO incoming_{table} BY NAME SELECT * FROM arriving")
                cursor.unregister("arriving")
                rows += filled.num_rows
    for statement in cursor.extract_statements(_read("fill")):
        if f"incoming_{table} " in statement.query:
            cursor.execute(statement)
    return rows


def _add(cursor: duckdb.DuckDBPyConnection, staged: dict[str, int], *, now: datetime) -> dict[str, int]:
    after = read_progress(cursor, IMPORT_LOG)
    cursor.execute("BEGIN")
    try:
        added, upto = _add_views(cursor, staged, after=after)
        for table in staged:
            if table not in OF_VIEWS:
                added[table] = _run(cursor, f"add_{table}")
                if table in ("journey_runs", "steps") and added[table]:
                    _run(cursor, f"due_{table}")
        if any(added.get(table) for table in ("deployments", "journey_runs", "checks", "steps")):
            register_named(cursor, after=IMPORTED - 1, upto=IMPORTED)
        if upto > after:
            pass_gate(cursor, file=IMPORT_LOG, after=after, upto=upto, now=now.astimezone(UTC).replace(tzinfo=None))
        cursor.execute("COMMIT")
        return added
    except BaseException:
        cursor.rollback()
        raise


def _add_views(cursor: duckdb.DuckDBPyConnection, staged: dict[str, int], *, after: int) -> tuple[dict[str, int], int]:
    """Page views and all that hangs on them; new rows per table, and the last position that was given."""
    of_views = [table for table in OF_VIEWS if table in staged]
    since = _earliest(cursor, of_views)
    if since is None:
        return dict.fromkeys(of_views, 0), after
    for table in OF_VIEWS:
        if table not in staged:
            columns_of(cursor, table)
            cursor.execute(
                f"CREATE OR REPLACE TEMP TABLE incoming_{table} AS SELECT *, 0::BIGINT AS place FROM {table} LIMIT 0"
            )
        _run(cursor, f"new_{table}", since=since)
    added = {table: _count(cursor, f"new_{table}") for table in of_views}
    _run(cursor, "new_beacons", after=after, file=IMPORT_LOG, again=IMPORTED_AGAIN_LOG)
    beacons = _count(cursor, "new_beacons")
    if beacons:
        for table in ("errors", "events", "requests"):
            _run(cursor, f"add_{table}", since=since)
        _run(cursor, "add_beacons")
    return added, after + beacons


def _earliest(cursor: duckdb.DuckDBPyConnection, tables: Sequence[str]) -> datetime | None:
    found = [cursor.execute(f"SELECT min(received_at) FROM incoming_{table}").fetchone() for table in tables]
    return min((row[0] for row in found if row is not None and row[0] is not None), default=None)


def _with_fingerprints(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Errors whose file leaves the fingerprint out get ours."""
    table = pa.table(batch)
    rows = table.select([name for name in _FINGERPRINTED if name in table.column_names]).to_pylist()
    prints = [
        row.get("fingerprint")
        or fingerprint_error(error_type=row["error_type"], message=row.get("message") or "", stack=row.get("stack"))
        for row in rows
    ]
    if "fingerprint" in table.column_names:
        table = table.drop_columns(["fingerprint"])
    filled = table.append_column("fingerprint", pa.array(prints, pa.string())).combine_chunks().to_batches()
    return filled[0] if filled else batch


_FINGERPRINTED = ("error_type", "message", "stack", "fingerprint")


def _count(cursor: duckdb.DuckDBPyConnection, table: str) -> int:
    row = cursor.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(row[0]) if row else 0


def _run(cursor: duckdb.DuckDBPyConnection, step: str, **parameters: object) -> int:
    """One statement of sql/importing; how many rows it wrote."""
    answer = cursor.execute(_read(step), parameters).fetchone()
    return int(answer[0]) if answer and isinstance(answer[0], int) else 0


@cache
def _read(step: str) -> str:
    return (resources.files("leadline.store") / "sql" / "importing" / f"{step}.sql").read_text(encoding="utf-8")
