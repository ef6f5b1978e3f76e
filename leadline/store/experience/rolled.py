"""The parts of an answer from rollups: sums by session group, and the bins of the vitals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from leadline.analysis import Binned, estimate_binned_quantiles, estimate_binned_rate
from leadline.analysis.bins import GROUPS, measure_design_effect
from leadline.store.experience.asked import DAY, HOUR, Asked, ceil_to, floor_to
from leadline.store.experience.columns import Piece, Pieces
from leadline.store.experience.histograms import UNITS, read_many
from leadline.store.experience.parts import VITALS, Key, Kpi, Part
from leadline.store.snapshots import Snapshot

Floats = NDArray[np.float64]


@dataclass(slots=True)
class _Count:
    """A metric's sums, the weights by session group."""

    weights: Floats = field(default_factory=lambda: np.zeros(GROUPS))
    n: int = 0
    squared: float = 0.0
    value: float | None = None

    @property
    def total(self) -> float:
        return float(self.weights.sum())

    @property
    def effective_n(self) -> float:
        return self.total**2 / self.squared if self.squared > 0 else 0.0


_NOTHING = _Count()
Counts = dict[tuple[str, str | None], _Count]
# Per app and version: the design effect of each vital's bins, and of the error ratio's views.
Effects = Mapping[tuple[str, str], Mapping[str, float]]


def read_whole(snapshot: Snapshot, asked: Asked, since: datetime, days_before: datetime) -> dict[Key, Part]:
    """One part per app and version. `since` is a full hour; whole days before `days_before` are read as days."""
    at = {"since": since, "first_day": ceil_to(since, DAY), "days_before": days_before}
    totals = _counts(snapshot.ask("rolled_totals", **at, **asked.filters))
    bins = _bins(snapshot.ask("rolled_bins", **at, **asked.filters))
    return {key: _part(totals.get(key, {}), bins.get(key, {}), {}) for key in {**totals, **bins}}


def read_series(snapshot: Snapshot, asked: Asked, since: datetime, effects: Effects) -> dict[Key, Part]:
    """One part per app, version and span, with the design effect of the whole version."""
    question = "rolled_series" if (asked.every or HOUR) % HOUR == HOUR * 0 else "rolled_minutes"
    at = {"since": since, "every_s": asked.every_s, "metrics": None}
    return _sliced(snapshot.ask(question, **at, **asked.filters), effects)


def read_dimension(snapshot: Snapshot, asked: Asked, since: datetime, effects: Effects) -> dict[Key, Part]:
    """One part per app, version and value of the dimension, with the design effect of the whole version."""
    at = {"since": since, "dimension": asked.slice_by, "metrics": None}
    return _sliced(snapshot.ask("rolled_dimensions", **at, **asked.filters), effects)


def read_effects(snapshot: Snapshot, asked: Asked, since: datetime, days_before: datetime) -> Effects:
    """How much the sessions of each version widen an interval, by the session groups of the whole time asked about."""
    since = floor_to(since, HOUR)
    at = {"since": since, "first_day": ceil_to(since, DAY), "days_before": days_before}
    effects: dict[tuple[str, str], dict[str, float]] = {}
    for (app, version, _), counts in _counts(snapshot.ask("rolled_totals", **at, **asked.filters)).items():
        part = _part(counts, {}, {})
        ratio, size = part.error_rate.ratio or 0.0, part.error_rate.effective_n
        is_seen = 0 < ratio < 1 and size > 0
        effects[app, version] = {"error": max(1.0, part.error_rate.n / size) if is_seen else 1.0}
    for (app, version, _), vitals in _bins(snapshot.ask("rolled_bins", **at, **asked.filters)).items():
        mine = effects.setdefault((app, version), {"error": 1.0})
        mine |= {vital: measure_design_effect(binned) for vital, binned in vitals.items()}
    return effects


def _sliced(table: pa.Table, effects: Effects) -> dict[Key, Part]:
    is_bin = table["bin"].is_valid()
    totals = _counts(table.filter(pa.compute.invert(is_bin)))
    vitals = read_many(table.filter(is_bin), totals, effects)
    parts = {key: _part(totals.get(key, {}), {}, effects.get(key[:2], {"error": 1.0})) for key in {*totals, *vitals}}
    return {key: replace(part, vitals=vitals.get(key, {})) for key, part in parts.items()}


def _counts(table: pa.Table) -> dict[Key, Counts]:
    found: dict[Key, Counts] = {}
    for row in table.to_pylist():
        counts = found.setdefault((row["app"], row["service_version"], row["slice"]), {})
        count = counts.setdefault((row["metric"], row["name"]), _Count())
        count.weights[row["session_group"]] += row["weight"]
        count.n += row["n"]
        count.squared += row["squared_weight"]
        if row["value"] is not None:
            count.value = (count.value or 0.0) + row["value"]
    return found


def _bins(table: pa.Table) -> dict[Key, dict[str, Binned]]:
    found: dict[Key, dict[str, Binned]] = {}
    for key, piece in Pieces(table):
        metrics = piece.texts("metric")
        found[key] = {vital: _binned(piece, metrics == vital, vital) for vital in VITALS if (metrics == vital).any()}
    return found


def _binned(piece: Piece, mine: NDArray[Any], vital: str) -> Binned:
    numbers, columns = np.unique(piece.integers("bin")[mine], return_inverse=True)
    weights = np.zeros((GROUPS, numbers.size))
    weight = piece.floats("weight")[mine]
    np.add.at(weights, (piece.integers("session_group")[mine], columns), weight)
    squared = float(piece.floats("squared_weight")[mine].sum())
    return Binned(
        bins=numbers, weights=weights, unit=UNITS[vital], n=int(piece.integers("n")[mine].sum()),
        effective_n=float(weight.sum()) ** 2 / squared if squared > 0 else 0.0, sessions=0,
    )  # fmt: skip


def _part(counts: Counts, bins: Mapping[str, Binned], effects: Mapping[str, float]) -> Part:
    views, broken = counts.get(("page_views", None), _NOTHING), counts.get(("page_views_with_error", None), _NOTHING)
    sessions = counts.get(("sessions", None), _NOTHING)
    # Views know no sessions of their own here: those of the version stand for them.
    met = max(1, sessions.n) if views.n else sessions.n
    has_groups = not effects
    size = sessions.effective_n or float(met)
    rate = estimate_binned_rate(
        *_grouped(broken, views, has_groups), n=views.n, effective_sessions=size, sessions=met,
        design_effect=effects.get("error"),
    )  # fmt: skip
    vitals = {}
    for vital, binned in bins.items():
        weights = binned.weights if has_groups else binned.weights.sum(axis=0, keepdims=True)
        known = Binned(
            bins=binned.bins, weights=weights, unit=binned.unit, n=binned.n, effective_n=binned.effective_n,
            sessions=met, design_effect=None if has_groups else effects.get(vital, 1.0),
        )  # fmt: skip
        vitals[vital] = estimate_binned_quantiles(known)
    return Part(
        page_views=views.total,
        measured_page_views=views.n,
        page_views_with_error=broken.total,
        errors=counts.get(("errors", None), _NOTHING).total,
        harmless_errors=counts.get(("harmless_errors", None), _NOTHING).total,
        error_rate=rate,
        sessions=sessions.total,
        measured_sessions=sessions.n,
        effective_sessions=sessions.effective_n,
        crossing_sessions=counts.get(("crossing_sessions", None), _NOTHING).total,
        vitals=vitals,
        kpis=_kpis(counts, sessions, has_groups=has_groups),
    )


def _kpis(counts: Counts, sessions: _Count, *, has_groups: bool) -> dict[str, Kpi]:
    found = {}
    for (metric, name), buyers in counts.items():
        if metric != "kpi_sessions" or name is None:
            continue
        events = counts.get(("kpi_events", name), _NOTHING)
        rate = estimate_binned_rate(
            *_grouped(buyers, sessions, has_groups), n=sessions.n, effective_sessions=sessions.effective_n,
            sessions=sessions.n, design_effect=None if has_groups else 1.0,
        )  # fmt: skip
        found[name] = Kpi(events=events.total, sessions=buyers.total, value_sum=events.value, rate=rate)
    return found


def _grouped(hits: _Count, totals: _Count, has_groups: bool) -> tuple[Floats, Floats]:
    if has_groups:
        return hits.weights, totals.weights
    return np.array([hits.total]), np.array([totals.total])
