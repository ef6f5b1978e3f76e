"""Writes one day of one table as a Parquet file: first under a temporary name, so that a file is complete or
missing.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from leadline.store.database import Store
from leadline.store.interchange.tables import OF_VIEWS, TABLES

FILE_NAME = "leadline.parquet"
BATCH_ROWS = 65_536


def list_days(store: Store, *, since: datetime | None, until: datetime | None) -> list[tuple[str, str, int]]:
    """Table, day and rows of everything that stands in the store between `since` (included) and `until` (not)."""
    cursor = store.cursor()
    try:
        found: list[tuple[str, str, int]] = []
        for table in TABLES:
            source, bounds, parameters = _rows_of(table, since=since, until=until)
            time = TABLES[table].time
            days = cursor.execute(
                f"SELECT strftime({time}, '%Y-%m-%d'), count(*) FROM {source} WHERE {bounds} GROUP BY ALL ORDER BY ALL",
                parameters,
            ).fetchall()
            found += [(table, day, rows) for day, rows in days]
        return found
    finally:
        cursor.close()


def export_day(
    store: Store, folder: Path, table: str, day: str, *, since: datetime | None, until: datetime | None
) -> int:
    """Writes the day's file under `folder`, in place of an earlier one; how many rows. Raises OSError."""
    begins = datetime.fromisoformat(day).replace(tzinfo=UTC)
    ends = begins + timedelta(days=1)
    source, bounds, parameters = _rows_of(
        table, since=max(begins, since) if since else begins, until=min(ends, until) if until else ends
    )
    place = folder / f"table={table}" / f"day={day}"
    place.mkdir(parents=True, exist_ok=True)
    fresh = place / f".{FILE_NAME}.writing"
    cursor = store.cursor()
    try:
        rows = _write(cursor, f"SELECT * FROM {source} WHERE {bounds} ORDER BY ALL", parameters, fresh)
        fresh.replace(place / FILE_NAME)
        return rows
    finally:
        fresh.unlink(missing_ok=True)
        cursor.close()


def _write(cursor: duckdb.DuckDBPyConnection, sql: str, parameters: dict[str, Any], file: Path) -> int:
    reader = cursor.sql(sql, params=parameters).to_arrow_reader(BATCH_ROWS)
    rows = 0
    try:
        with pq.ParquetWriter(file, reader.schema, compression="zstd") as writer:
            for batch in reader:
                writer.write_batch(batch)
                rows += batch.num_rows
    finally:
        reader.close()
    return rows


def _rows_of(table: str, *, since: datetime | None, until: datetime | None) -> tuple[str, str, dict[str, Any]]:
    """The source of the rows, and their bounds. The names are from a closed set."""
    time = TABLES[table].time
    parameters: dict[str, Any] = {}
    source, bounds = table, [f"{time} IS NOT NULL"]
    if since is not None:
        parameters["since"] = _naive(since)
        bounds.append(f"{time} >= $since::TIMESTAMP")
        if table in OF_VIEWS:
            source = f"{table}_since($since::TIMESTAMP)"
    if until is not None:
        parameters["until"] = _naive(until)
        bounds.append(f"{time} < $until::TIMESTAMP")
    return source, " AND ".join(bounds), parameters


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)
