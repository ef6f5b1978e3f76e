"""Runs a user's SELECT within limits of rows, bytes and time, and marks an answer that was cut.

The answer is an Arrow table; the caller converts it to JSON, CSV, Arrow IPC or Parquet.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any, Literal

import duckdb
import pyarrow as pa

from leadline.clock import monotonic_s
from leadline.errors import QueryRefused, StoreUnavailable
from leadline.store.database import Store
from leadline.store.sandbox import VIEWS, check_select

ALLOWED_VIEWS = VIEWS
# Types unknown to Arrow: their bytes would be meaningless to readers.
_WITHOUT_FORM = frozenset({"BIT", "BIGNUM", "VARIANT", "GEOMETRY", "TIME WITH TIME ZONE"})
_BATCH_ROWS = 2048  # DuckDB's vector size: the granularity at which limits are seen


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryLimits:
    """Limits of one query. 30 s and 64 MB are more than a person waits for or a terminal shows."""

    max_rows: int = 10_000
    max_bytes: int = 64_000_000
    timeout_s: float = 30.0


@dataclass(frozen=True, slots=True)
class QueryAnswer:
    """`truncated` names the limit that cut the answer; None if it is complete."""

    table: pa.Table
    truncated: Literal["rows", "bytes"] | None
    duration_ms: float


def run_query(store: Store, sql: str, limits: QueryLimits, *, parameters: dict[str, Any] | None = None) -> QueryAnswer:
    """Runs one SELECT over the views. Raises QueryRefused (not allowed, wrong, too slow, too large)."""
    began = monotonic_s()
    cursor = store.cursor()
    is_late = threading.Event()

    def interrupt() -> None:
        is_late.set()
        cursor.interrupt()

    timer = threading.Timer(limits.timeout_s, interrupt)
    timer.daemon = True
    try:
        check_select(cursor, sql)
        timer.start()
        cursor.execute("BEGIN TRANSACTION READ ONLY")
        table, truncated = _read(cursor, sql, limits, parameters or {})
        return QueryAnswer(table, truncated, (monotonic_s() - began) * 1000)
    except duckdb.InterruptException as error:
        if not is_late.is_set():
            raise StoreUnavailable("the query was interrupted") from error
        raise QueryRefused(
            f"the query took longer than {limits.timeout_s:g} s", hint="ask for a shorter time, or fewer columns"
        ) from error
    except duckdb.OutOfMemoryException as error:
        raise QueryRefused(
            "the query needs more memory than the store may use", hint="ask for less; [store] memory_limit bounds it"
        ) from error
    except duckdb.Error as error:
        raise QueryRefused(_first_lines(error)) from error
    finally:
        timer.cancel()
        cursor.close()


def _read(
    cursor: duckdb.DuckDBPyConnection, sql: str, limits: QueryLimits, parameters: dict[str, Any]
) -> tuple[pa.Table, Literal["rows", "bytes"] | None]:
    relation = cursor.sql(sql, params=parameters) if parameters else cursor.sql(sql)
    for name, kind in zip(relation.columns, relation.types, strict=True):
        if str(kind) in _WITHOUT_FORM:
            raise QueryRefused(
                f"column {name!r} is {kind}, which no format can hold", hint=f'cast it: "{name}"::VARCHAR'
            )
    reader = relation.to_arrow_reader(_BATCH_ROWS)
    batches: list[pa.RecordBatch] = []
    rows = size = 0
    truncated: Literal["rows", "bytes"] | None = None
    try:
        for batch in reader:
            if rows + batch.num_rows > limits.max_rows:
                batch, truncated = batch.slice(0, limits.max_rows - rows), "rows"
            rows, size = rows + batch.num_rows, size + batch.nbytes
            if size > limits.max_bytes:
                truncated = "bytes"
                break
            batches.append(batch)
            if truncated:
                break
        return pa.Table.from_batches(batches, schema=reader.schema), truncated
    finally:
        reader.close()


def _first_lines(error: duckdb.Error) -> str:
    """The error without the stack that DuckDB appends to internal ones."""
    return str(error).split("\n\nStack Trace", 1)[0][:2000]
