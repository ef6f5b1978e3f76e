"""Converts a column of a file to the documented type, or says in which row it can't.

Types with the same values are accepted: other integer widths, floats for whole numbers, any time unit, dictionaries.
Text is never read as a number or a time.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc


class WrongValue(Exception):
    """The value at `row` (from 0, in the column that was given) can't be in the column."""

    def __init__(self, row: int, message: str) -> None:
        super().__init__(message)
        self.row = row
        self.message = message


def conform(column: pa.Array, wanted: pa.DataType) -> pa.Array:
    """The column as `wanted`. Raises WrongValue for the first value that can't be."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_null(column.type):
        return pa.nulls(len(column), wanted)
    if not is_takeable(column.type, wanted):
        raise WrongValue(_first_known(column), f"is {column.type}, and must be {_in_words(wanted)}")
    if pa.types.is_timestamp(wanted):
        return _as_utc(column, wanted)
    if pa.types.is_floating(column.type):
        column = _without_nan(column)
    try:
        return column.cast(wanted, safe=True)
    except pa.ArrowInvalid as error:
        row = _first_uncastable(column, wanted)
        raise WrongValue(row, f"{column[row].as_py()!r} can't be {_in_words(wanted)}") from error


def is_takeable(given: pa.DataType, wanted: pa.DataType) -> bool:
    """Whether a column of this type can contain the documented values."""
    is_number = pa.types.is_integer(given) or pa.types.is_floating(given) or pa.types.is_decimal(given)
    if pa.types.is_null(given):
        return True
    if pa.types.is_string(wanted):
        return bool(pa.types.is_string(given) or pa.types.is_large_string(given) or pa.types.is_string_view(given))
    if pa.types.is_timestamp(wanted):
        return bool(pa.types.is_timestamp(given) or pa.types.is_date(given))
    if pa.types.is_boolean(wanted):
        return bool(pa.types.is_boolean(given))
    return bool(is_number)


def _as_utc(column: pa.Array, wanted: pa.DataType) -> pa.Array:
    """Times with a zone are instants already, and those without are UTC; digits beyond microseconds are cut."""
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp(column.type.unit), safe=False)
    return column.cast(wanted, safe=False)


def _without_nan(column: pa.Array) -> pa.Array:
    """NaN is how some tools write "not known"; infinity is no measurement."""
    infinite = pc.is_inf(column)
    if pc.any(infinite).as_py():
        raise WrongValue(
            pc.index(infinite, pa.scalar(True)).as_py(),
            "is infinite, and must be a finite number, or null where it is not known",
        )
    return pc.if_else(pc.is_nan(column), pa.scalar(None, column.type), column)


def _first_uncastable(column: pa.Array, wanted: pa.DataType) -> int:
    low, high = 0, len(column)
    while high - low > 1:
        middle = (low + high) // 2
        if _is_castable(column.slice(low, middle - low), wanted):
            low = middle
        else:
            high = middle
    return low


def _is_castable(column: pa.Array, wanted: pa.DataType) -> bool:
    try:
        column.cast(wanted, safe=True)
    except pa.ArrowInvalid:
        return False
    return True


def _first_known(column: pa.Array) -> int:
    found = pc.index(pc.is_valid(column), pa.scalar(True)).as_py()
    return max(int(found), 0)


def _in_words(wanted: pa.DataType) -> str:
    if pa.types.is_string(wanted):
        return "text (VARCHAR)"
    if pa.types.is_timestamp(wanted):
        return "a time (TIMESTAMP)"
    if pa.types.is_boolean(wanted):
        return "true or false (BOOLEAN)"
    return "a number (DOUBLE)" if pa.types.is_floating(wanted) else f"a whole number ({str(wanted).upper()})"
