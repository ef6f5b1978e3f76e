"""Runs a user's SELECT within limits of rows, bytes and time, and marks an answer that was cut.

The answer is an Arrow table; the caller converts it to JSON, CSV, Arrow IPC or Parquet.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Literal

import duckdb
import pyarrow as pa

from leadline.clock import monotonic_s
from leadline.errors import QueryRefused, StoreUnavailable
from leadline.store.database import Store
from leadline.store.sandbox import VIEWS, check_select

ALLOWED_VIEWS = VIEWS
# Types unknown to Arrow: their bytes would be meaningless to readers. Large values of UHUGEINT become negative.
_WITHOUT_FORM = frozenset({"BIT", "BIGNUM", "VARIANT", "GEOMETRY", "TIME WITH TIME ZONE", "UHUGEINT"})
# DuckDB names candidates for `lcp`, and none for `v.lcp`.
_QUALIFIED = re.compile(r'does not have a column named "([^"]+)"')
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
        raise QueryRefused(_first_lines(error) + _candidates(store, str(error))) from error
    finally:
        timer.cancel()
        cursor.close()


def _read(
    cursor: duckdb.DuckDBPyConnection, sql: str, limits: QueryLimits, parameters: dict[str, Any]
) -> tuple[pa.Table, Literal["rows", "bytes"] | None]:
    relation = cursor.sql(sql, params=parameters) if parameters else cursor.sql(sql)
    for name, kind in zip(relation.columns, relation.types, strict=True):
        if found := next(_without_form(kind), None):
            where = "is" if found == str(kind) else "contains"
            raise QueryRefused(
                f"column {name!r} {where} {found}, which no format can hold", hint=f'cast it: "{name}"::VARCHAR'
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


def _without_form(kind: Any) -> Iterator[str]:
    """Types in a type that no format can represent."""
    if str(kind) in _WITHOUT_FORM:
        yield str(kind)
    elif kind.id in ("list", "array", "struct", "map", "union"):
        for _, child in kind.children:
            if not isinstance(child, int):  # an array's length
                yield from _without_form(child)


def _candidates(store: Store, error: str) -> str:
    """The documented column nearest to a misspelt one after a dot."""
    if (said := _QUALIFIED.search(error)) is None:
        return ""
    with closing(store.cursor()) as cursor:
        sql = "SELECT DISTINCT column_name FROM duckdb_columns() WHERE list_contains($views, table_name)"
        columns = [name for (name,) in cursor.execute(sql, {"views": list(VIEWS)}).fetchall()]
    near = get_close_matches(said[1].lower(), columns, n=3)
    return "".join(["\nCandidates: ", ", ".join(f'"{name}"' for name in near)]) if near else ""


def _first_lines(error: duckdb.Error) -> str:
    """The error without the stack that DuckDB appends to internal ones."""
    return str(error).split("\n\nStack Trace", 1)[0][:2000]
