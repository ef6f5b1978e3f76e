"""The parts of an answer from rollups: sums by session group, and the bins of the vitals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from leadline.analysis import Binned, QuantileEstimate, estimate_binned_quantiles, estimate_binned_rate
from leadline.analysis.bins import GROUPS, measure_design_effect
from leadline.store.experience.asked import DAY, HOUR, Asked, ceil_to
from leadline.store.experience.cells import Names, VersionKey, add_up, lookup
from leadline.store.experience.histograms import bins_by_group, read_many
from leadline.store.experience.parts import Key, Kpi, Part
from leadline.store.snapshots import Snapshot

Floats = NDArray[np.float64]


@dataclass(slots=True)
class _Count:
    """A metric's sums, the weights by session group."""

    weights: Floats = field(default_factory=lambda: np.zeros(GROUPS))
    total: float = 0.0
    n: int = 0
    squared: float = 0.0
    value: float | None = None

    @property
    def effective_n(self) -> float:
        return self.total**2 / self.squared if self.squared > 0 else 0.0


_NOTHING = _Count()
Counts = dict[tuple[str, str | None], _Count]
# Per app and version: the design effect of each vital's bins, and of the error ratio's views.
Effects = Mapping[VersionKey, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Bounds:
    """Which cells are read: from `since` (a full hour) on, whole days before `days_before` as days."""

    since: datetime
    days_before: datetime

    @property
    def parameters(self) -> dict[str, datetime]:
        return {"since": self.since, "first_day": ceil_to(self.since, DAY), "days_before": self.days_before}


def read_whole(snapshot: Snapshot, asked: Asked, bounds: Bounds, names: Names) -> dict[Key, Part]:
    """One part per app and version."""
    totals = _counts(snapshot.ask("rolled_totals", **bounds.parameters, **asked.filters))
    bins = {(*key, ""): binned for key, binned in read_bins(snapshot, asked, bounds, names).items()}
    return {key: _part(totals.get(key, {}), bins.get(key, {}), {}) for key in {**totals, **bins}}


def read_bins(snapshot: Snapshot, asked: Asked, bounds: Bounds, names: Names) -> dict[VersionKey, dict[str, Binned]]:
    """The bins of the vitals by session group, per app and version."""
    cells = snapshot.ask("vitals_by_group", **bounds.parameters, **asked.vital_filters)
    return bins_by_group(add_up(cells, names), names)


def read_series(snapshot: Snapshot, asked: Asked, since: datetime, names: Names, effects: Effects) -> dict[Key, Part]:
    """One part per app, version and span (from `since` on, which begins one), with the version's design effect."""
    at: dict[str, Any] = {"since": since, "by_minute": (asked.every or HOUR) % HOUR != HOUR * 0}
    totals = _counts(snapshot.ask("rolled_by_time", **at, every_s=asked.every_s, **asked.filters))
    cells = snapshot.ask("vitals_by_time", **at, **asked.vital_filters)
    spans = (cells["starts_at"].to_numpy() - np.datetime64(since, "us")).astype(np.int64) // (asked.every_s * 1_000_000)
    count = int(spans.max(initial=-1)) + 1
    starts = [f"{since + timedelta(seconds=asked.every_s * at):%Y-%m-%dT%H:%M:%SZ}" for at in range(count)]
    found = add_up(cells, names, spans, slice_count=max(count, 1))
    return _sliced(totals, read_many(found, names, starts, totals, effects), effects)


def read_dimension(snapshot: Snapshot, asked: Asked, bounds: Bounds, names: Names, effects: Effects) -> dict[Key, Part]:
    """One part per app, version and value of the dimension, with the design effect of the whole version."""
    at = {**bounds.parameters, "dimension": asked.slice_by}
    totals = _counts(snapshot.ask("rolled_by_dimension", **at, **asked.filters))
    cells = snapshot.ask("vitals_by_dimension", **at, **asked.vital_filters)
    facets = snapshot.ask("rolled_facets", dimension=asked.slice_by)
    values = facets["value"].to_pylist()
    places = lookup(facets["facet"].to_numpy(), range(len(values)))[cells["facet"].to_numpy()]
    found = add_up(cells, names, places, slice_count=max(len(values), 1))
    return _sliced(totals, read_many(found, names, values, totals, effects), effects)


def read_effects(snapshot: Snapshot, asked: Asked, bounds: Bounds, names: Names) -> Effects:
    """How much the sessions of each version widen an interval, by the session groups of the whole time asked about."""
    effects: dict[VersionKey, dict[str, float]] = {}
    for (app, version, _), counts in _counts(
        snapshot.ask("rolled_totals", **bounds.parameters, **asked.filters)
    ).items():
        part = _part(counts, {}, {})
        ratio, size = part.error_rate.ratio or 0.0, part.error_rate.effective_n
        is_seen = 0 < ratio < 1 and size > 0
        effects[app, version] = {"error": max(1.0, part.error_rate.n / size) if is_seen else 1.0}
    for key, vitals in read_bins(snapshot, asked, bounds, names).items():
        mine = effects.setdefault(key, {"error": 1.0})
        mine |= {vital: measure_design_effect(binned) for vital, binned in vitals.items()}
    return effects


def _sliced(
    totals: Mapping[Key, Counts], vitals: Mapping[Key, dict[str, tuple[QuantileEstimate, ...]]], effects: Effects
) -> dict[Key, Part]:
    parts = {key: _part(totals.get(key, {}), {}, effects.get(key[:2], {"error": 1.0})) for key in {*totals, *vitals}}
    return {key: replace(part, vitals=vitals.get(key, {})) for key, part in parts.items()}


_COUNTED = (
    "app", "service_version", "slice", "metric", "name", "session_group", "n", "weight", "squared_weight", "value",
)  # fmt: skip


def _counts(table: pa.Table) -> dict[Key, Counts]:
    found: dict[Key, Counts] = {}
    columns = (table[name].to_pylist() for name in _COUNTED)
    for app, version, slice_, metric, name, group, n, weight, squared, value in zip(*columns, strict=True):
        counts = found.setdefault((app, version, slice_), {})
        count = counts.get((metric, name)) or counts.setdefault((metric, name), _Count())
        count.weights[group] += weight
        count.total += weight
        count.n += n
        count.squared += squared
        if value is not None:
            count.value = (count.value or 0.0) + value
    return found


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
    vitals = {vital: estimate_binned_quantiles(replace(binned, sessions=met)) for vital, binned in bins.items()}
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
