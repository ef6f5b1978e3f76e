"""How long the requests of pages took, and how many failed: per version, by method and route.

From rows where there are few views, from rollups where there are many.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

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
from leadline.analysis.bins import ERROR_BOUND, GROUPS, measure_design_effect
from leadline.store.database import Store
from leadline.store.experience.asked import DAY, HOUR, Asked, ceil_to, floor_to
from leadline.store.experience.columns import Piece, Pieces
from leadline.store.experience.parts import Source
from leadline.store.experience.source_choice import State, choose, read_state
from leadline.store.snapshots import Snapshot, take_snapshot

# An app may have a hundred thousand routes; no reader needs them all.
MOST_ROUTES = 250
# As rolling/04_items.sql bins durations.
_UNIT = 1.0
# Between what is requested and the slice, in answers of the store: no name holds it.
_SEPARATOR = "\x1f"
Floats = NDArray[np.float64]
# App, version, method (None: all of them, as rollups once summed), route, and the slice ("" where it isn't cut).
RequestKey = tuple[str, str, str | None, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestPart:
    """Sums are of weights; `measured` requests were seen, those of views that count for something.

    `effects` say how far sessions widen intervals of a slice of it: of the failed share, and of durations.
    """

    requests: float
    failed: float
    measured: int
    failed_rate: RateEstimate
    durations: tuple[QuantileEstimate, ...]
    effects: tuple[float, float] = (1.0, 1.0)


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
    if asked.slice_by == "time":  # no span is cut
        asked = replace(asked, since=floor_to(asked.since_utc, asked.every or HOUR).replace(tzinfo=UTC))
    with take_snapshot(store) as snapshot:
        state = read_state(snapshot, asked)
        if (source or choose(state)) == "raw":
            parts = _from_rows(snapshot, asked)
            return Requests(parts=parts, source="raw", since=asked.since_utc, as_of=state.loaded_at, error_bound=0.0)
        since, parts = _from_rollups(snapshot, asked, state)
        return Requests(parts=parts, source="rollups", since=since, as_of=state.rolled_at, error_bound=ERROR_BOUND)


def _from_rollups(snapshot: Snapshot, asked: Asked, state: State) -> tuple[datetime, dict[RequestKey, RequestPart]]:
    """The parts, and the start of the first cell that is in them."""
    since = floor_to(asked.since_utc, HOUR)
    at: dict[str, Any] = {"since": since, "first_day": ceil_to(since, DAY), "days_before": state.days_before}
    whole = _from_cells(snapshot.ask("rolled_requests", **at, most=MOST_ROUTES, **asked.filters))
    if asked.slice_by == "none":
        return since, whole
    effects = {key: part.effects for key, part in whole.items()}
    if asked.slice_by != "time":
        if since < state.dimensions_before:
            since = floor_to(since, DAY)
        at |= {"since": since, "first_day": ceil_to(since, DAY), "dimension": asked.slice_by}
        cells = snapshot.ask("rolled_requests_by_dimension", **at, most=MOST_ROUTES, **asked.filters)
        return since, _from_cells(cells, effects)
    since, by_minute = asked.since_utc, (asked.every or HOUR) % HOUR != HOUR * 0
    if by_minute:
        since = max(since, ceil_to(state.dimensions_before, asked.every or HOUR))
    span: dict[str, Any] = {"since": since, "every_s": asked.every_s, "by_minute": by_minute}
    cells = snapshot.ask("rolled_requests_by_time", **span, most=MOST_ROUTES, **asked.filters)
    return since, _from_cells(cells, effects)


def _from_rows(snapshot: Snapshot, asked: Asked) -> dict[RequestKey, RequestPart]:
    at: dict[str, Any] = {"since": asked.since_utc, "slice_by": asked.slice_by, "every_s": asked.every_s}
    pieces = [(_key(*key), piece) for key, piece in Pieces(snapshot.ask("requests_by_route", **at, **asked.filters))]
    totals: dict[tuple[str, str | None, str], float] = defaultdict(float)
    for (app, _, method, route, _), piece in pieces:
        totals[app, method, route] += float(piece.floats("weight") @ piece.floats("n"))
    busiest = set(sorted(totals, key=lambda key: (-totals[key], key))[:MOST_ROUTES])
    return {key: _exact(piece) for key, piece in pieces if (key[0], key[2], key[3]) in busiest}


def _key(app: str, version: str, told: str) -> RequestKey:
    request, _, slice_ = told.partition(_SEPARATOR)
    method, _, route = request.partition(" ")
    return app, version, method or None, route, slice_


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


def _from_cells(
    table: pa.Table, effects: Mapping[RequestKey, tuple[float, float]] | None = None
) -> dict[RequestKey, RequestPart]:
    """With `effects` (by key of no slice) a slice's intervals rest on these, else on the session groups."""
    is_session = pc.equal(table["metric"], "sessions")
    met = {}
    for key, piece in Pieces(table.filter(is_session)):
        app, version, _, _, slice_ = _key(*key)
        met[app, version, slice_] = int(piece.integers("n").sum())
    parts = {}
    for told, piece in Pieces(table.filter(pc.invert(is_session))):
        app, version, method, route, slice_ = found = _key(*told)
        effect = None if effects is None else effects.get((app, version, method, route, ""), (1.0, 1.0))
        parts[found] = _rounded(piece, met.get((app, version, slice_), 0), effect)
    return parts


def _rounded(piece: Piece, met: int, effects: tuple[float, float] | None) -> RequestPart:
    """`met`: the version's sessions. A route knows none of its own, but has no more than it has requests."""
    metrics, groups = piece.texts("metric"), piece.integers("session_group")
    weights, n, squared = piece.floats("weight"), piece.integers("n"), piece.floats("squared_weight")
    all_, failed, timed = (metrics == name for name in ("requests", "requests_failed", "request_ms"))
    group_count = GROUPS if effects is None else 1
    totals = _sums(groups[all_], weights[all_], group_count)
    broken = _sums(groups[failed], weights[failed], group_count)
    measured = int(n[all_].sum())
    sessions = min(met, measured)
    rate = estimate_binned_rate(
        totals=totals, hits=broken, n=measured, effective_sessions=sessions, sessions=sessions,
        design_effect=None if effects is None else effects[0],
    )  # fmt: skip
    durations: tuple[QuantileEstimate, ...] = ()
    effect = 1.0
    if timed.any():
        bins, columns = np.unique(piece.floats("bin")[timed].astype(np.int64), return_inverse=True)
        by_group = np.zeros((group_count, bins.size))
        np.add.at(by_group, (groups[timed], columns), weights[timed])
        squares = float(squared[timed].sum())
        effective = float(weights[timed].sum()) ** 2 / squares if squares > 0 else 0.0
        binned = Binned(
            bins=bins, weights=by_group, unit=_UNIT, n=int(n[timed].sum()), effective_n=effective, sessions=sessions,
            design_effect=None if effects is None else effects[1],
        )  # fmt: skip
        if effective > 0:
            durations, effect = estimate_binned_quantiles(binned), measure_design_effect(binned)
    is_seen = 0 < (rate.ratio or 0.0) < 1 and rate.effective_n > 0
    return RequestPart(
        requests=float(totals.sum()), failed=float(broken.sum()), measured=measured, failed_rate=rate,
        durations=durations, effects=(max(1.0, measured / rate.effective_n) if is_seen else 1.0, effect),
    )  # fmt: skip
