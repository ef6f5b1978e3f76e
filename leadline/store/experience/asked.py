"""The question: which app and versions, since when, and in which slices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from leadline.store.experience.parts import VITALS

Dimension = Literal["route", "device_type", "browser_name", "country", "connection"]
SliceBy = Literal["none", "time"] | Dimension
# By the column names for analysts (docs/tables.md).
DIMENSIONS: dict[str, Dimension] = {
    "route": "route",
    "device_type": "device_type",
    "browser_name": "browser_name",
    "geo_country_iso_code": "country",
    "effective_connection_type": "connection",
}
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
# As time_bucket of DuckDB counts spans that are no months: from a Monday.
_ORIGIN = datetime.fromisoformat("2000-01-03T00:00:00")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """`since` is aware; by `slice_by` "time" an answer has slices of `every`, which is whole minutes.

    Only `vitals` are read; most of an answer's time is theirs.
    """

    since: datetime
    app: str | None = None
    versions: list[str] | None = None
    with_synthetic: bool = False
    slice_by: SliceBy = "none"
    every: timedelta | None = None
    vitals: tuple[str, ...] = VITALS

    @property
    def since_utc(self) -> datetime:
        """As the store keeps times: UTC without a zone."""
        return self.since.astimezone(UTC).replace(tzinfo=None)

    @property
    def filters(self) -> dict[str, Any]:
        """Parameters that every question has, but the time."""
        return {"app": self.app, "versions": self.versions, "with_synthetic": self.with_synthetic}

    @property
    def vital_filters(self) -> dict[str, Any]:
        """Those of questions about vitals."""
        return {**self.filters, "vitals": list(self.vitals)}

    @property
    def every_s(self) -> int:
        return round((self.every or HOUR).total_seconds())


def floor_to(moment: datetime, span: timedelta) -> datetime:
    """The start of the span in which a moment (UTC without a zone) lies."""
    return moment - (moment - _ORIGIN) % span


def ceil_to(moment: datetime, span: timedelta) -> datetime:
    """The start of the first span that does not begin before a moment."""
    return floor_to(moment, span) if (moment - _ORIGIN) % span == timedelta() else floor_to(moment, span) + span
