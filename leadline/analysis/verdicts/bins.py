"""Values in bins 5 % wide on a log scale: enough for a rank test (z changes by 0.2 %), and cheap to add up.

Bin 0 has all values below one unit (a millisecond, a thousandth of CLS, a cent), without distinction.
"""

from __future__ import annotations

import math

import numpy as np

from leadline.analysis.verdicts.blocks import Floats, Ints

BIN_RATIO = 1.05
_LOG_RATIO = math.log(BIN_RATIO)
# The last bin begins at 15 million units: four hours in milliseconds.
BINS = 340


def bin_of(values: Floats) -> Ints:
    """The bin of each value; below one unit 0. Values must be finite."""
    # The tiny step keeps a value that is an edge, such as 1.05, in the bin that it begins.
    places = np.floor(np.log(np.maximum(values, 1.0)) / _LOG_RATIO + 1e-9).astype(np.int64) + 1
    return np.where(values < 1.0, 0, np.clip(places, 0, BINS - 1))


def lower_edge(bin_: int) -> float:
    """Where the bin begins."""
    return 0.0 if bin_ <= 0 else BIN_RATIO ** (bin_ - 1)


def shift_for(margin: float) -> int:
    """How many bins a margin of 5 % ("one") or 15 % ("three") is."""
    return round(math.log1p(margin) / _LOG_RATIO)


def quantile_bin(counts: Floats, quantile: float) -> int:
    """The bin of the quantile; -1 without data."""
    total = float(counts.sum())
    if total <= 0:
        return -1
    return int(np.searchsorted(np.cumsum(counts), quantile * total, side="left"))


def quantile_value(counts: Floats, quantile: float) -> float | None:
    """The quantile, interpolated inside its bin; None without data. `quantile` is cut to 0..1."""
    total = float(counts.sum())
    if total <= 0:
        return None
    wanted = min(max(quantile, 0.0), 1.0) * total
    sums = np.cumsum(counts)
    place = min(int(np.searchsorted(sums, wanted, side="left")), counts.size - 1)
    inside = float(counts[place])
    part = 0.0 if inside <= 0 else (wanted - (float(sums[place]) - inside)) / inside
    low, high = lower_edge(place), lower_edge(place + 1)
    return low + min(max(part, 0.0), 1.0) * (high - low)
