"""An answer in the requested format: JSON (an array of flat objects), CSV, Arrow IPC stream or Parquet.

Columns with the same name become `n`, `n_1` in every format: JSON and most readers keep one value per name.
"""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from leadline.errors import QueryRefused
from leadline.storeclient.safe_csv import safe_cell
from leadline.storeclient.sql import SqlFormat
from leadline_store.cells import values_of

# A DECIMAL (and HUGEINT, the type of sum() of integers) is a number in JSON; types unknown to JSON become text.
_json = msgspec.json.Encoder(decimal_format="number", enc_hook=str)


def as_json(table: pa.Table) -> bytes:
    names = table.column_names
    return _json.encode([dict(zip(names, row, strict=True)) for row in _rows(table)])


def as_csv(table: pa.Table, *, is_safe: bool = False) -> bytes:
    """RFC 4180 with a header line; null is empty. `is_safe`: nothing that a spreadsheet would read as a formula."""
    as_cell = safe_cell if is_safe else lambda cell: cell
    sink = io.StringIO()
    writer = csv.writer(sink)
    writer.writerow([as_cell(name) for name in table.column_names])
    writer.writerows([as_cell(_cell(value)) for value in row] for row in _rows(table))
    return sink.getvalue().encode()


def as_arrow(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue().to_pybytes())


def as_parquet(table: pa.Table) -> bytes:
    """Intervals become text (ISO 8601): Parquet has no type for months, days and nanoseconds."""
    for at, field in enumerate(table.schema):
        if pa.types.is_interval(field.type):
            spans = [value for chunk in table.column(at).chunks for value in values_of(chunk)]
            table = table.set_column(at, field.name, pa.array(spans, pa.string()))
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    return bytes(sink.getvalue().to_pybytes())


FORMATS: dict[SqlFormat, Callable[[pa.Table], bytes]] = {
    "json": as_json,
    "csv": as_csv,
    "arrow": as_arrow,
    "parquet": as_parquet,
}


def write_table(table: pa.Table, as_format: SqlFormat, *, is_safe: bool = False) -> bytes:
    """Raises QueryRefused that names a column which the format can't represent."""
    table = table.rename_columns(tell_apart(table.column_names))
    try:
        return as_csv(table, is_safe=is_safe) if as_format == "csv" else FORMATS[as_format](table)
    except (pa.ArrowException, OverflowError, ValueError) as error:
        raise QueryRefused(
            f"{as_format} can't hold {_culprits(table, as_format)}", hint="cast it in the SELECT, x::VARCHAR"
        ) from error


def tell_apart(names: Sequence[str]) -> list[str]:
    """Each name once: repeated names get a number."""
    told: list[str] = []
    for name in names:
        number, distinct = 0, name
        while distinct in told or (number and distinct in names):
            number += 1
            distinct = f"{name}_{number}"
        told.append(distinct)
    return told


def _culprits(table: pa.Table, as_format: SqlFormat) -> str:
    found = []
    for at, field in enumerate(table.schema):
        try:
            FORMATS[as_format](table.select([at]))
        except (pa.ArrowException, OverflowError, ValueError):
            found.append(f"column {field.name!r} of type {field.type}")
    return ", ".join(found) or "this answer"


def _rows(table: pa.Table) -> list[tuple[Any, ...]]:
    columns = [[value for chunk in column.chunks for value in values_of(chunk)] for column in table.columns]
    return list(zip(*columns, strict=True))


def _cell(value: Any) -> Any:
    match value:
        case bool() | list() | dict() | tuple():
            return _json.encode(value).decode()
        case bytes():
            return base64.b64encode(value).decode()
    return value
