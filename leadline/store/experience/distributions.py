"""The whole distribution of each vital per version, as counts in wide bins: a quantile alone hides its tail.

From rows bins are 10 % wide (0.01 for CLS, which starts at zero), from rollups five of their 2 % bins together: two
versions share their edges, so that a histogram can be drawn beside another without smoothing.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from leadline.analysis.bins import edges
from leadline.store.database import Store
from leadline.store.experience.asked import HOUR, Asked, floor_to
from leadline.store.experience.cells import read_names
from leadline.store.experience.histograms import UNITS
from leadline.store.experience.rolled import Bounds, read_bins
from leadline.store.experience.source_choice import choose_source
from leadline.store.snapshots import Snapshot, take_snapshot

WIDE_RATIO = 1.1
CLS_WIDTH = 0.01
# 1.02^5 is 1.104: as wide as a mark on screen at 640 px over three decades.
BINS_TOGETHER = 5


@dataclass(frozen=True, slots=True)
class WideBin:
    """How many views (by weight) had the vital in [low, high)."""

    app: str
    service_version: str
    vital: str
    low: float
    high: float
    weight: float


def read_distributions(store: Store, asked: Asked) -> list[WideBin]:
    """By app, version and vital, in ascending order of the bins; empty ones are left out. Raises duckdb.Error."""
    with take_snapshot(store) as snapshot:
        source, days_before = choose_source(snapshot, asked)
        return _from_rows(snapshot, asked) if source == "raw" else _from_rollups(snapshot, asked, days_before)


def _from_rows(snapshot: Snapshot, asked: Asked) -> list[WideBin]:
    found = snapshot.ask("vitals_in_wide_bins", since=asked.since_utc, **asked.filters).to_pylist()
    return [
        WideBin(row["app"], row["service_version"], row["vital"], *_wide_edges(row["vital"], row["bin"]), row["weight"])
        for row in found
    ]


def _wide_edges(vital: str, number: int) -> tuple[float, float]:
    if vital == "cls":
        return number * CLS_WIDTH, (number + 1) * CLS_WIDTH
    return WIDE_RATIO**number, WIDE_RATIO ** (number + 1)


def _from_rollups(snapshot: Snapshot, asked: Asked, days_before: datetime) -> list[WideBin]:
    counted: Counter[tuple[str, str, str, float, float]] = Counter()
    bounds = Bounds(floor_to(asked.since_utc, HOUR), days_before)
    for key, vitals in read_bins(snapshot, asked, bounds, read_names(snapshot, asked)).items():
        for vital, binned in vitals.items():
            for number, weight in zip(binned.bins.tolist(), binned.weights.sum(axis=0).tolist(), strict=True):
                counted[*key, vital, *_merged_edges(vital, number)] += weight
    return [WideBin(*key, weight) for key, weight in sorted(counted.items())]


def _merged_edges(vital: str, number: int) -> tuple[float, float]:
    if vital == "cls":
        low, high = edges(number, UNITS[vital])
        return _wide_edges(vital, int((low + high) / 2 / CLS_WIDTH))
    first = (max(number, 1) - 1) // BINS_TOGETHER * BINS_TOGETHER + 1
    return edges(first, UNITS[vital])[0], edges(first + BINS_TOGETHER - 1, UNITS[vital])[1]
