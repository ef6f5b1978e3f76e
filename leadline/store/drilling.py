"""The blocks of some metrics by one segment: which route, device, browser or country differs. Decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from leadline.analysis.verdicts import MetricEvidence, RoutedMetric
from leadline.analysis.verdicts.drilldown import drill_down
from leadline.model.drilldown import Dimension, DrillDown
from leadline.model.gates import GateRules
from leadline.store.arms import Arms
from leadline.store.database import Store
from leadline.store.kept_looks import read_on
from leadline.store.parts import Part
from leadline.store.session_blocks import open_reading

__all__ = ["drill", "read_routes"]


def drill(
    store: Store, arms: Arms, rules: GateRules, names: Sequence[str], *, by: Dimension, since: int, until: int
) -> list[DrillDown]:
    """Of the metrics with these names, which have segments (journeys have none). Raises duckdb.Error."""
    asked = _of(rules, names, by)
    if not asked.metrics:
        return []
    part = _read(store, arms, asked, since=since, until=until)
    pairs = zip(part.metrics, asked.metrics, strict=True)
    return [drill_down(metric, rule, part.segments, by=by) for metric, rule in pairs]


def read_routes(
    store: Store, arms: Arms, rules: GateRules, names: Sequence[str], *, since: int, until: int
) -> tuple[RoutedMetric, ...]:
    """The same metrics by route, as evidence. Raises duckdb.Error."""
    part = _read(store, arms, _of(rules, names, "route"), since=since, until=until)
    return tuple(_in_order(metric, part.segments) for metric in part.metrics)


def _in_order(metric: MetricEvidence, names: tuple[str, ...]) -> RoutedMetric:
    """Routes by name, and those alone that the metric has: the same however the minutes were read."""
    used = np.union1d(metric.shares.stratum, metric.bins.stratum).tolist()
    routes = sorted(names[place] for place in used)
    place_of = np.zeros(len(names), dtype=np.int64)
    place_of[used] = [routes.index(names[place]) for place in used]
    s, b = metric.shares, metric.bins
    shares, bins = replace(s, stratum=place_of[s.stratum]), replace(b, stratum=place_of[b.stratum])
    return RoutedMetric(
        metric=replace(
            metric,
            shares=shares.kept(np.lexsort((shares.stratum, shares.minute))),
            bins=bins.kept(np.lexsort((bins.bin, bins.stratum, bins.minute))),
        ),
        routes=tuple(routes),
    )


def _of(rules: GateRules, names: Sequence[str], by: Dimension) -> GateRules:
    metrics = tuple(rule for rule in rules.metrics if rule.name in names and rule.kind != "journeys")
    return replace(rules, segments=(by,), metrics=metrics)


def _read(store: Store, arms: Arms, asked: GateRules, *, since: int, until: int) -> Part:
    with open_reading(store, arms, asked, since=since, until=until) as reading:
        reading.is_drilled = True
        return read_on(store, reading)
