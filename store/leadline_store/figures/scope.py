"""Common parts of all figures: the scope of the question, and rows of plain values."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa

from leadline.storeclient import Row, Scope

# A page view whose page named no version.
NO_VERSION = "(none)"

__all__ = ["NO_VERSION", "Row", "Scope", "as_rows", "with_zones"]


def as_rows(table: pa.Table) -> list[Row]:
    """Rows of plain values; times become aware UTC."""
    return [with_zones(row) for row in table.to_pylist()]


def with_zones(row: Row) -> Row:
    """Times of the store are UTC."""
    return {name: _aware(value) for name, value in row.items()}


def _aware(value: object) -> object:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
