"""What an objective counts, read from the store: valid and bad events by minute and version."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from leadline.model.indicators import Indicator
from leadline.store.database import Store
from leadline.store.questions import ask

__all__ = ["ObjectiveCounts", "read_objective_counts"]

# A session has this long for a KPI before it counts as one without it (the default of a gate's `within`).
KPI_TIME_S = 1800.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveCounts:
    """One minute of one version. `starts_at` is aware UTC."""

    starts_at: datetime
    service_version: str
    valid: float
    bad: float


def read_objective_counts(
    store: Store, indicator: Indicator, *, app: str, since: datetime, until: datetime
) -> list[ObjectiveCounts]:
    """Every minute within [`since`, `until`) that has valid events, in no order. Raises duckdb.Error.

    A KPI's minutes lie half an hour later than its sessions' starts: a session counts when its time is over.
    """
    earlier = timedelta(seconds=KPI_TIME_S) if indicator.kind == "kpi" else timedelta()
    threshold = KPI_TIME_S if indicator.kind == "kpi" else indicator.threshold or 0.0
    found = ask(
        store,
        f"objective_{indicator.kind}",
        since=_naive(since - earlier),
        until=_naive(until),
        app=app,
        name=indicator.name,
        threshold=threshold,
    )
    counts = [
        ObjectiveCounts(
            starts_at=row["starts_at"].replace(tzinfo=UTC),
            service_version=row["service_version"],
            valid=row["valid"],
            bad=row["bad"],
        )
        for row in found.to_pylist()
    ]
    return [one for one in counts if one.starts_at >= since.replace(second=0, microsecond=0)]


def _naive(moment: datetime) -> datetime:
    """As the store keeps times: UTC without a zone."""
    return moment.astimezone(UTC).replace(tzinfo=None)
