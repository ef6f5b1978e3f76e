"""What a figure is asked about: which app, which versions, since when, and whether synthetic traffic counts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
from msgspec import Struct

Row = dict[str, Any]
# A page view whose page named no version.
NO_VERSION = "(none)"


class Scope(Struct, frozen=True, kw_only=True):
    """`since` bounds by `received_at`. `kpis` are the event names per app that count as business figures."""

    since: datetime
    app: str | None = None
    versions: list[str] | None = None
    with_synthetic: bool = False
    kpis: dict[str, list[str]] = {}

    @property
    def parameters(self) -> dict[str, Any]:
        """As the .sql files name them."""
        since = self.since.astimezone(UTC).replace(tzinfo=None)
        return {"since": since, "app": self.app, "versions": self.versions, "with_synthetic": self.with_synthetic}


def as_rows(table: pa.Table) -> list[Row]:
    """Rows of plain values; times become aware UTC."""
    return [{name: _aware(value) for name, value in row.items()} for row in table.to_pylist()]


def _aware(value: object) -> object:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
