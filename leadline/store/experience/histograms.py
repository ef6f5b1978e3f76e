"""The vitals of many slices at once: a chart of a week has thousands of quantiles, which one vector step reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from leadline.analysis import Binned, QuantileEstimate
from leadline.analysis.bins import GROUPS, estimate_many_quantiles
from leadline.analysis.clusters import MIN_SESSIONS
from leadline.analysis.quantiles import QUANTILES
from leadline.store.experience.cells import Floats, Histograms, Integers, Names, VersionKey
from leadline.store.experience.parts import Key

# As rolling/03_views.sql bins them.
UNITS = {"lcp_ms": 1.0, "inp_ms": 1.0, "cls": 0.0001, "fcp_ms": 1.0, "ttfb_ms": 1.0}


class Counted(Protocol):
    """What is known of the sessions of a slice."""

    n: int


def read_many(
    found: Histograms,
    names: Names,
    slices: Sequence[str],
    totals: Mapping[Key, Mapping[tuple[str, str | None], Counted]],
    effects: Mapping[VersionKey, Mapping[str, float]],
) -> dict[Key, dict[str, tuple[QuantileEstimate, ...]]]:
    """Estimates by key and vital. Without session groups: `effects` says how far sessions widen an interval."""
    if found.starts.size == 0:
        return {}
    vitals = [names.vitals[number] for number in found.vitals.tolist()]
    keys: list[Key] = [
        (*names.versions[version], slices[slice_])
        for version, slice_ in zip(found.versions.tolist(), found.slices.tolist(), strict=True)
    ]
    n = np.add.reduceat(found.n, found.starts)
    squared = np.add.reduceat(found.squared, found.starts)
    effective = np.add.reduceat(found.weights, found.starts) ** 2 / np.where(squared > 0, squared, 1.0)
    effect = np.array([effects.get(key[:2], {}).get(vital, 1.0) for key, vital in zip(keys, vitals, strict=True)])
    units = np.array([UNITS[name] for name in names.vitals])[found.vitals]
    told = estimate_many_quantiles(
        found.bins, found.weights, found.starts, units=units, variances=effect / np.maximum(effective, 1.0)
    )
    sessions = np.array([max(1, _sessions(totals.get(key))) for key in keys])
    by_quantile = [
        _estimates(quantile, n.astype(np.int64), sessions, effective, *(column[:, at] for column in told))
        for at, quantile in enumerate(QUANTILES)
    ]
    estimates: dict[Key, dict[str, tuple[QuantileEstimate, ...]]] = {}
    for key, vital, *mine in zip(keys, vitals, *by_quantile, strict=True):
        estimates.setdefault(key, {})[vital] = tuple(mine)
    return estimates


def bins_by_group(found: Histograms, names: Names) -> dict[VersionKey, dict[str, Binned]]:
    """The bins of each vital by session group. `sessions` is 0: cells of vitals don't know it."""
    binned: dict[VersionKey, dict[str, Binned]] = {}
    ends = [*found.starts[1:], found.bins.size]
    for version, vital, start, end in zip(found.versions, found.vitals, found.starts, ends, strict=True):
        mine = slice(start, end)
        numbers, columns = np.unique(found.bins[mine], return_inverse=True)
        weights = np.zeros((GROUPS, numbers.size))
        weights[found.groups[mine], columns] = found.weights[mine]
        total, squared = float(found.weights[mine].sum()), float(found.squared[mine].sum())
        name = names.vitals[vital]
        binned.setdefault(names.versions[version], {})[name] = Binned(
            bins=numbers, weights=weights, unit=UNITS[name], n=int(found.n[mine].sum()),
            effective_n=total**2 / squared if squared > 0 else 0.0, sessions=0,
        )  # fmt: skip
    return binned


def _sessions(counts: Mapping[tuple[str, str | None], Counted] | None) -> int:
    met = counts.get(("sessions", None)) if counts is not None else None
    return met.n if met is not None else 0


def _estimates(
    quantile: float, n: Integers, sessions: Integers, effective_n: Floats, value: Floats, low: Floats, high: Floats
) -> list[QuantileEstimate]:
    is_told = (n * (1 - quantile) >= 1 - 1e-9) & (n * quantile >= 1 - 1e-9)
    has_interval = is_told & (sessions >= MIN_SESSIONS) & ~np.isnan(low) & ~np.isnan(high)
    columns = (
        n.tolist(), sessions.tolist(), _where(is_told, value), _where(has_interval, low), _where(has_interval, high),
        effective_n.tolist(),
    )  # fmt: skip
    return [
        QuantileEstimate(quantile=quantile, n=n, sessions=met, value=value, low=low, high=high, effective_n=size)
        for n, met, value, low, high, size in zip(*columns, strict=True)
    ]


def _where(is_told: NDArray[np.bool_], values: Floats) -> list[float | None]:
    return [value if told else None for told, value in zip(is_told.tolist(), values.tolist(), strict=True)]
