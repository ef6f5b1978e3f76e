"""The whole distribution of each vital per version, as counts in bins: a quantile alone hides its tail.

Bins are logarithmic (10 % wide; 0.01 wide for CLS, which starts at zero), so that two versions share their edges
and a histogram can be drawn beside another without smoothing.
"""

from __future__ import annotations

import numpy as np

from leadline.store import Store, ask
from leadline_store.figures.scope import Row, Scope
from leadline_store.figures.vitals import VITALS

# 10 %: as wide as a mark on screen at 640 px over three decades; the statistics use their own, finer bins.
BIN_RATIO = 1.1
CLS_BIN = 0.01


def list_distributions(store: Store, scope: Scope) -> list[Row]:
    """Rows of app, version, vital, low, high and count; empty bins are left out."""
    table = ask(store, "vitals_by_version", **scope.parameters)
    apps, versions = table["app"].to_pylist(), table["service_version"].to_pylist()
    owners = np.array([f"{app}\0{version}" for app, version in zip(apps, versions, strict=True)], dtype=object)
    rows: list[Row] = []
    for vital in VITALS:
        values = table[vital].to_numpy(zero_copy_only=False).astype(np.float64)
        for owner in dict.fromkeys(owners.tolist()):
            known = values[(owners == owner) & ~np.isnan(values)]
            app, _, version = owner.partition("\0")
            for low, high, count in _bins(known, is_cls=vital == "cls"):
                rows.append(
                    {"app": app, "service_version": version, "vital": vital, "low": low, "high": high, "count": count}
                )
    return rows


def _bins(values: np.ndarray[tuple[int], np.dtype[np.float64]], *, is_cls: bool) -> list[tuple[float, float, int]]:
    if values.size == 0:
        return []
    if is_cls:
        places, counts = np.unique(np.floor(values / CLS_BIN), return_counts=True)
        return [(float(p * CLS_BIN), float((p + 1) * CLS_BIN), int(n)) for p, n in zip(places, counts, strict=True)]
    # Below one millisecond nothing is told apart.
    places, counts = np.unique(np.floor(np.log(np.maximum(values, 1.0)) / np.log(BIN_RATIO)), return_counts=True)
    return [(float(BIN_RATIO**p), float(BIN_RATIO ** (p + 1)), int(n)) for p, n in zip(places, counts, strict=True)]
