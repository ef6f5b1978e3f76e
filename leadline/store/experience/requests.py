"""How long the requests of pages took, and how many failed: per version, by method and route.

From rows where there are few views, from rollups where there are many; rollups know routes, and sum their methods.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from leadline.analysis import (
    Binned,
    QuantileEstimate,
    RateEstimate,
    estimate_binned_quantiles,
    estimate_binned_rate,
    estimate_quantiles,
    estimate_weighted_rate,
)
from leadline.analysis.bins import ERROR_BOUND, GROUPS
from leadline.store.database import Store
from leadline.store.experience.asked import DAY, HOUR, Asked, ceil_to, floor_to
from leadline.store.experience.columns import Piece, Pieces
from leadline.store.experience.parts import Source
from leadline.store.experience.planning import choose, read_state
from leadline.store.snapshots import Snapshot, take_snapshot

# An app may have a hundred thousand routes; nobody reads them all.
MOST_ROUTES = 250
# As rolling/04_items.sql bins durations.
_UNIT = 1.0
Floats = NDArray[np.float64]
# App, version, method (None: all of them) and route.
RequestKey = tuple[str, str, str | None, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestPart:
    """Sums are of weights; `measured` requests were seen, those of views that count for something."""

    requests: float
    failed: float
    measured: int
    failed_rate: RateEstimate
    durations: tuple[QuantileEstimate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Requests:
    """An answer; the columns besides `parts` are those of Experience."""

    parts: Mapping[RequestKey, RequestPart]
    source: Source
    since: datetime
    as_of: datetime | None
    error_bound: float


def read_requests(store: Store, asked: Asked, *, source: Source | None = None) -> Requests:
    """The routes that pages requested most, of one snapshot. `source` overrides the choice. Raises duckdb.Error."""
    with take_snapshot(store) as snapshot:
        state = read_state(snapshot, asked)
        if (source or choose(state)) == "raw":
            parts = _from_rows(snapshot, asked)
            return Requests(parts=parts, source="raw", since=asked.since_utc, as_of=state.loaded_at, error_bound=0.0)
        since = floor_to(asked.since_utc, HOUR)
        at = {"since": since, "first_day": ceil_to(since, DAY), "days_before": state.days_before}
        table = snapshot.ask("rolled_requests", **at, most=MOST_ROUTES, **asked.filters)
        return Requests(
            parts=_from_cells(table), source="rollups", since=since, as_of=state.rolled_at, error_bound=ERROR_BOUND
        )


def _from_rows(snapshot: Snapshot, asked: Asked) -> dict[RequestKey, RequestPart]:
    pieces = list(Pieces(snapshot.ask("requests_by_route", since=asked.since_utc, **asked.filters)))
    totals: dict[tuple[str, str], float] = defaultdict(float)
    for (app, _, slice_), piece in pieces:
        totals[app, slice_] += float(piece.floats("weight") @ piece.floats("n"))
    busiest = set(sorted(totals, key=lambda key: (-totals[key], key))[:MOST_ROUTES])
    parts: dict[RequestKey, RequestPart] = {}
    for (app, version, slice_), piece in pieces:
        method, _, route = slice_.partition(" ")
        if (app, slice_) in busiest:
            parts[app, version, method, route] = _exact(piece)
    return parts


def _exact(piece: Piece) -> RequestPart:
    numbers, sessions = np.unique(piece.integers("session_number"), return_inverse=True)
    each, n, values = piece.floats("weight"), piece.integers("n"), piece.floats("duration_ms")
    weights = each * n
    broken = weights * piece.floats("is_failed")
    known = ~np.isnan(values)
    measured = int(n[each > 0].sum())
    session_weights = np.zeros(numbers.size)
    np.maximum.at(session_weights, sessions, each)
    rate = estimate_weighted_rate(
        _sums(sessions, broken, numbers.size), _sums(sessions, weights, numbers.size), session_weights,
        n=measured,
    )  # fmt: skip
    durations = estimate_quantiles(values[known], sessions[known].astype(np.int64), weights=weights[known])
    return RequestPart(
        requests=float(weights.sum()), failed=float(broken.sum()), measured=measured, failed_rate=rate,
        durations=durations,
    )  # fmt: skip


def _sums(places: NDArray[np.int64], amounts: Floats, size: int) -> Floats:
    return np.bincount(places, amounts, size).astype(np.float64)


def _from_cells(table: pa.Table) -> dict[RequestKey, RequestPart]:
    is_session = pc.equal(table["metric"], "sessions")
    met = {key[:2]: int(piece.integers("n").sum()) for key, piece in Pieces(table.filter(is_session))}
    return {
        (app, version, None, route): _rounded(piece, met.get((app, version), 0))
        for (app, version, route), piece in Pieces(table.filter(pc.invert(is_session)))
    }


def _rounded(piece: Piece, met: int) -> RequestPart:
    """`met`: the version's sessions. A route knows none of its own, but has no more than it has requests."""
    metrics, groups = piece.texts("metric"), piece.integers("session_group")
    weights, n, squared = piece.floats("weight"), piece.integers("n"), piece.floats("squared_weight")
    all_, failed, timed = (metrics == name for name in ("requests", "requests_failed", "request_ms"))
    totals = _sums(groups[all_], weights[all_], GROUPS)
    broken = _sums(groups[failed], weights[failed], GROUPS)
    measured = int(n[all_].sum())
    sessions = min(met, measured)
    rate = estimate_binned_rate(totals=totals, hits=broken, n=measured, effective_sessions=sessions, sessions=sessions)
    durations: tuple[QuantileEstimate, ...] = ()
    if timed.any():
        bins, columns = np.unique(piece.floats("bin")[timed].astype(np.int64), return_inverse=True)
        by_group = np.zeros((GROUPS, bins.size))
        np.add.at(by_group, (groups[timed], columns), weights[timed])
        squares = float(squared[timed].sum())
        effective = float(weights[timed].sum()) ** 2 / squares if squares > 0 else 0.0
        durations = estimate_binned_quantiles(
            Binned(
                bins=bins, weights=by_group, unit=_UNIT, n=int(n[timed].sum()), effective_n=effective, sessions=sessions
            )
        ) if effective > 0 else ()  # fmt: skip
    return RequestPart(
        requests=float(totals.sum()), failed=float(broken.sum()), measured=measured, failed_rate=rate,
        durations=durations,
    )  # fmt: skip
