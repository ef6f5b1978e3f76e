"""An Arrow answer as the asker wants it: JSON (an array of flat objects), CSV, Arrow IPC stream or Parquet."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from leadline.errors import QueryRefused
from leadline.storeclient.questions import SqlFormat

# A DECIMAL (and HUGEINT, what sum() of integers is) is a number in JSON; what JSON has no word for is its text.
_json = msgspec.json.Encoder(decimal_format="number", enc_hook=str)


def as_json(table: pa.Table) -> bytes:
    return _json.encode([{k: _plain(v) for k, v in row.items()} for row in table.to_pylist()])


def as_csv(table: pa.Table) -> bytes:
    """RFC 4180 with a header line; null is empty."""
    sink = io.StringIO()
    writer = csv.writer(sink)
    writer.writerow(table.column_names)
    writer.writerows([_cell(value) for value in row.values()] for row in table.to_pylist())
    return sink.getvalue().encode()


def as_arrow(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue().to_pybytes())


def as_parquet(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    return bytes(sink.getvalue().to_pybytes())


FORMATS: dict[SqlFormat, Callable[[pa.Table], bytes]] = {
    "json": as_json,
    "csv": as_csv,
    "arrow": as_arrow,
    "parquet": as_parquet,
}


def write_table(table: pa.Table, as_format: SqlFormat) -> bytes:
    """Raises QueryRefused where the format can't hold a column."""
    try:
        return FORMATS[as_format](table)
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid) as error:
        raise QueryRefused(f"{as_format} can't hold this answer: {error}", hint="cast the column") from error


def _plain(value: Any) -> Any:
    """What JSON can say: times as RFC 3339 in UTC; bytes and decimals as msgspec writes them."""
    match value:
        case datetime():
            return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        case list():
            return [_plain(one) for one in value]
        case dict():
            return {str(k): _plain(v) for k, v in value.items()}
        case tuple():
            return [_plain(one) for one in value]
    return value


def _cell(value: Any) -> Any:
    plain = _plain(value)
    if isinstance(plain, datetime):
        return plain.isoformat().replace("+00:00", "Z")
    if isinstance(plain, bool | list | dict):
        return msgspec.json.encode(plain).decode()
    return plain
