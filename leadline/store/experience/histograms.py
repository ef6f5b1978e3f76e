"""The vitals of many slices at once: a chart of a week has thousands of quantiles, which one vector step reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from leadline.analysis import QuantileEstimate
from leadline.analysis.bins import estimate_many_quantiles
from leadline.analysis.clusters import MIN_SESSIONS
from leadline.analysis.quantiles import QUANTILES
from leadline.store.experience.parts import Key

# As rolling/03_views.sql bins them.
UNITS = {"lcp_ms": 1.0, "inp_ms": 1.0, "cls": 0.0001, "fcp_ms": 1.0, "ttfb_ms": 1.0}
_NAMES = ("app", "service_version", "slice", "metric")
# A bin's number fits: the largest value of a vital is an hour, in bin 762.
_BINS = 1024


class Counted(Protocol):
    """What is known of the sessions of a slice."""

    n: int


def read_many(
    table: pa.Table,
    totals: Mapping[Key, Mapping[tuple[str, str | None], Counted]],
    effects: Mapping[tuple[str, str], Mapping[str, float]],
) -> dict[Key, dict[str, tuple[QuantileEstimate, ...]]]:
    """Estimates by key and vital, from rows of app, version, slice, metric, bin, n, weight and squared_weight."""
    if table.num_rows == 0:
        return {}
    ordering, starts = _group(table)
    firsts = pa.array(ordering[starts])
    names = [table[name].take(firsts).to_pylist() for name in _NAMES]
    weights = table["weight"].to_numpy()[ordering]
    n = np.add.reduceat(table["n"].to_numpy()[ordering], starts)
    squared = np.add.reduceat(table["squared_weight"].to_numpy()[ordering], starts)
    effective = np.add.reduceat(weights, starts) ** 2 / np.where(squared > 0, squared, 1.0)
    effect = np.array([effects.get((a, v), {}).get(m, 1.0) for a, v, _, m in zip(*names, strict=True)])
    units = np.array([UNITS[name] for name in names[3]])
    bins = table["bin"].to_numpy().astype(np.int64)[ordering]
    variances = effect / np.maximum(effective, 1.0)
    told = np.stack(estimate_many_quantiles(bins, weights, starts, units=units, variances=variances), axis=-1)
    found: dict[Key, dict[str, tuple[QuantileEstimate, ...]]] = {}
    for row, (app, version, slice_, vital) in enumerate(zip(*names, strict=True)):
        key = (app, version, slice_)
        met = totals.get(key, {}).get(("sessions", None))
        sessions = max(1, met.n if met is not None else 0)
        found.setdefault(key, {})[vital] = tuple(
            _estimate(quantile, int(n[row]), sessions, float(effective[row]), *told[row, at])
            for at, quantile in enumerate(QUANTILES)
        )
    return found


def _group(table: pa.Table) -> tuple[Any, Any]:
    """The order in which histograms stand one after the other, in ascending order of bins, and where each begins."""
    codes = np.zeros(table.num_rows, dtype=np.int64)
    for name in _NAMES:
        coded = table[name].combine_chunks().dictionary_encode()
        codes = codes * (len(coded.dictionary) + 1) + coded.indices.to_numpy()
    ordering = np.argsort(codes * _BINS + table["bin"].to_numpy())
    return ordering, np.flatnonzero(np.diff(codes[ordering], prepend=-1))


def _estimate(
    quantile: float, n: int, sessions: int, effective_n: float, value: float, low: float, high: float
) -> QuantileEstimate:
    is_told = n * (1 - quantile) >= 1 - 1e-9 and n * quantile >= 1 - 1e-9
    has_interval = is_told and sessions >= MIN_SESSIONS and not np.isnan(low) and not np.isnan(high)
    return QuantileEstimate(
        quantile=quantile, n=n, sessions=sessions, value=float(value) if is_told else None,
        low=float(low) if has_interval else None, high=float(high) if has_interval else None, effective_n=effective_n,
    )  # fmt: skip
