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

JSON = "application/json"
ARROW = "application/vnd.apache.arrow.stream"
PARQUET = "application/vnd.apache.parquet"
CSV = "text/csv"


def read_stream(arrow: bytes) -> pa.Table:
    """The table of an Arrow IPC stream."""
    with pa.ipc.open_stream(pa.py_buffer(arrow)) as reader:
        return reader.read_all()


def choose_format(accept: str) -> str | None:
    """The first media type of an Accept header that we speak, by its q; None where there is none."""
    offers: list[tuple[float, int, str]] = []
    for place, part in enumerate(accept.split(",")):
        media, *parameters = (word.strip().lower() for word in part.split(";"))
        quality = next((word[2:] for word in parameters if word.startswith("q=")), "1")
        try:
            offers.append((-float(quality), place, media))
        except ValueError:
            continue
    for negative, _, media in sorted(offers):
        if negative < 0 and media in _WILD:
            return JSON
        if negative < 0 and media in FORMATS:
            return media
    return None


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


FORMATS: dict[str, Callable[[pa.Table], bytes]] = {
    JSON: as_json,
    CSV: as_csv,
    ARROW: as_arrow,
    PARQUET: as_parquet,
}
_WILD = {"*/*", "application/*", ""}


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
