"""The values of an Arrow column for JSON and CSV, including those that Python has no value for.

Times are RFC 3339 text in UTC with full precision; `infinity` stays `infinity`; an interval is an ISO 8601
duration (`PT6M3.684S`). Numbers, decimals, lists and structs stay what they are; bytes become base64.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

_DIGITS = {"s": 0, "ms": 3, "us": 6, "ns": 9}
_UNIT_NS = {"s": 1_000_000_000, "ms": 1_000_000, "us": 1_000, "ns": 1}


def values_of(column: pa.Array) -> list[Any]:
    """One value per row; None is null."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return values_of(column.dictionary_decode())
    if pa.types.is_timestamp(kind):
        return _moments(column.cast(pa.int64()), kind.unit)
    if pa.types.is_date(kind):
        return _dates(column)
    if pa.types.is_time(kind):
        whole = column.cast(pa.int64() if pa.types.is_time64(kind) else pa.int32())
        return [None if ticks is None else _clock(ticks * _UNIT_NS[kind.unit]) for ticks in whole.to_pylist()]
    if pa.types.is_duration(kind):
        ticks = column.cast(pa.int64()).to_pylist()
        return [None if one is None else write_span(0, 0, one * _UNIT_NS[kind.unit]) for one in ticks]
    if pa.types.is_interval(kind):
        return [None if span is None else write_span(*span) for span in column.to_pylist()]
    if pa.types.is_map(kind):
        return _lists(column, list(zip(values_of(column.keys), values_of(column.items), strict=True)))
    if pa.types.is_fixed_size_list(kind):
        size, inner = kind.list_size, values_of(column.values)
        first = column.offset * size
        return [
            inner[first + row * size : first + (row + 1) * size] if column[row].is_valid else None
            for row in range(len(column))
        ]
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return _lists(column, values_of(column.values))
    if pa.types.is_struct(kind):
        return _structs(column)
    return list(column.to_pylist())


def _lists(column: pa.Array, inner: list[Any]) -> list[Any]:
    starts = column.offsets.to_pylist()
    return [inner[starts[row] : starts[row + 1]] if column[row].is_valid else None for row in range(len(column))]


def _structs(column: pa.Array) -> list[Any]:
    names = [column.type.field(at).name for at in range(column.type.num_fields)]
    fields = [values_of(column.field(at)) for at in range(column.type.num_fields)]
    rows: list[Any] = [dict(zip(names, row, strict=True)) for row in zip(*fields, strict=True)]
    return [row if column[at].is_valid else None for at, row in enumerate(rows)]


def _moments(ticks: pa.Array, unit: str) -> list[str | None]:
    known = ticks.is_valid().to_numpy(zero_copy_only=False)
    numbers = ticks.fill_null(0).to_numpy()
    moments: Any = np.where(_is_endless(numbers), 0, numbers).astype(f"M8[{unit}]")
    texts = np.datetime_as_string(moments)
    ends = np.where(_is_endless(numbers), np.where(numbers > 0, 1, -1), 0)
    return [
        None if not is_known else _ENDLESS[end] if end else _with_year(_shortened(str(text), _DIGITS[unit])) + "Z"
        for text, is_known, end in zip(texts, known, ends.tolist(), strict=True)
    ]


def _dates(column: pa.Array) -> list[str | None]:
    days = column.cast(pa.date32()).cast(pa.int32()).to_pylist()
    return [None if day is None else _date(day) for day in days]


def _date(day: int) -> str:
    if abs(day) == (1 << 31) - 1:
        return _ENDLESS[1 if day > 0 else -1]
    return _with_year(str(np.datetime64(day, "D")))


# What DuckDB means by the largest number and its negative.
_ENDLESS = {1: "infinity", -1: "-infinity"}


def _is_endless(numbers: Any) -> Any:
    return np.abs(numbers) == (1 << 63) - 1


def _with_year(text: str) -> str:
    """Years before 1 in four digits: numpy writes -044."""
    return f"-{text[1:].zfill(len(text))}" if text.startswith("-") and text.find("-", 1) < 5 else text


def _shortened(text: str, digits: int) -> str:
    """Without a fraction of zero."""
    return text[: -digits - 1] if digits and text.endswith("0" * digits) else text


def _clock(ns: int) -> str:
    seconds, fraction = divmod(ns, 1_000_000_000)
    text = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return text if fraction == 0 else f"{text}.{fraction:09}".rstrip("0")


def write_span(months: int, days: int, ns: int) -> str:
    """An ISO 8601 duration; of mixed signs, each part has its own (ISO 8601-2)."""
    years, months = _split(months, 12)
    minutes, rest_ns = _split(ns, 60_000_000_000)
    hours, minutes = _split(minutes, 60)
    whole, part = _split(rest_ns, 1_000_000_000)
    sign = "-" if rest_ns < 0 else ""
    seconds = f"{sign}{abs(whole)}" + (f".{abs(part):09}".rstrip("0") if part else "")
    date = "".join(f"{number}{unit}" for number, unit in ((years, "Y"), (months, "M"), (days, "D")) if number)
    time = "".join(f"{number}{unit}" for number, unit in ((hours, "H"), (minutes, "M")) if number)
    time += f"{seconds}S" if rest_ns else ""
    return "P" + date + ("T" + time if time else "") if date or time else "PT0S"


def _split(number: int, size: int) -> tuple[int, int]:
    """Quotient and rest with the number's own sign."""
    quotient, rest = divmod(abs(number), size)
    return (quotient, rest) if number >= 0 else (-quotient, -rest)
