"""The parts of an answer from rows: exact, each view by its weight, intervals by the variance of sessions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from leadline.analysis import estimate_quantiles, estimate_weighted_rate, estimate_weighted_session_rate
from leadline.store.experience.asked import Asked
from leadline.store.experience.columns import Piece, Pieces
from leadline.store.experience.parts import Key, Kpi, Part
from leadline.store.snapshots import Snapshot


def read_raw(snapshot: Snapshot, asked: Asked) -> dict[Key, Part]:
    """One part per app, version and slice that has views or sessions."""
    at: dict[str, Any] = {"since": asked.since_utc, "slice_by": asked.slice_by, "every_s": asked.every_s}
    parts: dict[Key, Part] = {}
    for key, views in Pieces(snapshot.ask("views_by_slice", **at, **asked.filters)):
        parts[key] = _with_views(views)
    squares: dict[Key, float] = {}
    snapshot.keep("owned_sessions", since=asked.since_utc, **asked.filters)
    for row in snapshot.ask("sessions_by_slice", **at).to_pylist():
        key = _key(row)
        squares[key] = row["squared_weight"]
        kish = row["weight"] ** 2 / row["squared_weight"] if row["squared_weight"] else 0.0
        parts[key] = replace(
            parts.get(key, Part()), sessions=row["weight"], measured_sessions=row["n"], effective_sessions=kish,
            crossing_sessions=row["crossing_weight"],
        )  # fmt: skip
    for key, vitals in Pieces(snapshot.ask("vitals_by_slice", **at, **asked.filters)):
        parts[key] = replace(parts.get(key, Part()), vitals=_vitals(vitals, asked.vitals))
    for row in snapshot.ask("kpis_by_slice", **at).to_pylist():
        key = _key(row)
        part = parts.get(key, Part())
        parts[key] = replace(part, kpis={**part.kpis, row["name"]: _kpi(row, part, squares.get(key, 0.0))})
    return parts


def _with_views(views: Piece) -> Part:
    weighted, broken = views.floats("weighted_page_views"), views.floats("weighted_page_views_with_error")
    measured = views.integers("page_views")
    counting = int(measured[weighted > 0].sum())
    return Part(
        page_views=float(weighted.sum()),
        measured_page_views=int(measured.sum()),
        page_views_with_error=float(broken.sum()),
        errors=float(views.floats("weighted_errors").sum()),
        harmless_errors=float(views.floats("weighted_harmless_errors").sum()),
        error_rate=estimate_weighted_rate(broken, weighted, views.floats("weight"), n=counting),
    )


def _vitals(piece: Piece, wanted: Sequence[str]) -> dict[str, Any]:
    _, sessions = np.unique(piece.integers("session_number"), return_inverse=True)
    weights = piece.floats("weight")
    is_weighted = bool((weights != 1.0).any())
    found = {}
    for vital in wanted:
        values = piece.floats(vital)
        known = ~np.isnan(values)
        found[vital] = estimate_quantiles(
            values[known], sessions[known].astype(np.int64), weights=weights[known] if is_weighted else None
        )
    return found


def _kpi(row: dict[str, Any], part: Part, squared_total: float) -> Kpi:
    rate = estimate_weighted_session_rate(
        hits=row["weight"], total=part.sessions, squared_hits=row["squared_weight"], squared_total=squared_total,
        sessions=part.measured_sessions,
    )  # fmt: skip
    return Kpi(events=row["events"], sessions=row["weight"], value_sum=row["value_sum"], rate=rate)


def _key(row: dict[str, Any]) -> Key:
    return row["app"], row["service_version"], row["slice"]
