"""Translates a scope for the store, and adds the columns on the source to every row."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from leadline.store import Store
from leadline.store.experience import DIMENSIONS, Asked, Experience, read_experience
from leadline.store.experience.journeys import Steps
from leadline.store.experience.parts import VITALS
from leadline.store.experience.requests import Requests
from leadline.store.experience.shares import Funnel, Shares
from leadline_store.figures.scope import Row, Scope


def read(store: Store, scope: Scope) -> Experience:
    """The answer to a scope: by time, by a dimension, or neither."""
    return read_experience(store, asked_of(scope))


def asked_of(scope: Scope) -> Asked:
    """The scope in the store's terms."""
    every = None if scope.every_s is None else timedelta(seconds=scope.every_s)
    return Asked(
        since=scope.since, app=scope.app, versions=scope.versions, with_synthetic=scope.with_synthetic,
        slice_by="time" if every else DIMENSIONS[scope.by] if scope.by else "none", every=every,
        vitals=VITALS if scope.vitals is None else tuple(scope.vitals),
    )  # fmt: skip


def origin(experience: Experience | Requests | Steps | Shares | Funnel) -> Row:
    """Columns of every row: the source, its time, the start of its first cell, the error bound of a quantile."""
    return {
        "source": experience.source,
        "as_of_at": aware(experience.as_of),
        "since_at": aware(experience.since) if experience.source == "rollups" else None,
        "error_bound_ratio": round(experience.error_bound, 6),
    }


def slice_columns(scope: Scope, value: str) -> Row:
    """The column of the slice: `starts_at` for a series, else the dimension's name."""
    if scope.every_s is not None:
        return {"starts_at": datetime.fromisoformat(value)}
    return {scope.by: value} if scope.by else {}


def aware(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(tzinfo=UTC)


def whole(amount: float) -> int:
    """A count that may be an estimate: for weighted rows the nearest whole number."""
    return round(amount)
