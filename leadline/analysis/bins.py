"""Quantiles and shares from sums: 2 % log-bins and counts, by session group, as rollups keep them.

A session's views never leave its group (one of 16 by hash), so the variance between groups is that of sessions (random
groups: K. Wolter, Introduction to Variance Estimation, 2nd ed. 2007, ch. 2; for streams: Chamandy et al., Estimating
uncertainty for massive data streams, 2012). The quantile's interval is Woodruff's, read back through the bins.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leadline.analysis.clusters import MIN_SESSIONS, Z_95, Floats
from leadline.analysis.quantiles import QUANTILES, QuantileEstimate
from leadline.analysis.rates import NOTHING, RateEstimate, wilson

# The bins of rollups.bin_of (store/sql/views/11_rollups.sql): 0 is below `unit`, bin k starts at unit * 1.02^(k-1).
BIN_RATIO = 1.02
GROUPS = 16
# The 0.975 quantile of Student's t with 15 degrees of freedom (scipy.stats.t.ppf(0.975, 15), SciPy 1.17).
T_975 = 2.131449545559323
# A value read inside a bin is at most one bin away from the exact one.
ERROR_BOUND = BIN_RATIO - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Binned:
    """Weights by session group (rows) and bin (columns, in ascending order of `bins`).

    `n` values were seen, with the information of `effective_n` unweighted ones, in `sessions`. Without groups
    there is one row, and `design_effect` says how many times the variance of independent values theirs is.
    """

    bins: NDArray[np.int64]
    weights: Floats
    unit: float
    n: int
    effective_n: float
    sessions: int
    design_effect: float | None = None


def estimate_binned_quantiles(binned: Binned, quantiles: Sequence[float] = QUANTILES) -> tuple[QuantileEstimate, ...]:
    """As leadline.analysis.estimate_quantiles, from bins: a value is off by at most 2 % (ERROR_BOUND)."""
    return tuple(_estimate(binned, quantile) for quantile in quantiles)


def estimate_many_quantiles(
    bins: NDArray[np.int64],
    weights: Floats,
    starts: NDArray[np.int64],
    *,
    units: Floats,
    variances: Floats,
    quantiles: Sequence[float] = QUANTILES,
) -> tuple[Floats, Floats, Floats]:
    """Value, low and high of each quantile (columns) of many histograms (rows) at once, as one vector each step.

    Histograms stand one after the other from `starts` on, each in ascending order of its bins. `variances` are those
    of a share's mean per q * (1 - q): the design effect over the effective size. NaN where a share is beyond 0 and 1.
    """
    ends = np.append(starts[1:], bins.size) - 1
    cumulated = np.cumsum(weights)
    before = cumulated[starts] - weights[starts]
    totals = cumulated[ends] - before
    shares = np.asarray(quantiles)
    half = Z_95 * np.sqrt(shares * (1 - shares) * variances[:, None])
    found = []
    for share in (np.broadcast_to(shares, half.shape), shares - half, shares + half):
        target = before[:, None] + share * totals[:, None]
        at = np.clip(np.searchsorted(cumulated, target, side="left"), starts[:, None], ends[:, None])
        inside = np.clip(
            (target - (cumulated[at] - weights[at])) / np.where(weights[at] > 0, weights[at], 1.0), 0.0, 1.0
        )
        low = np.where(bins[at] <= 0, 0.0, units[:, None] * BIN_RATIO ** (np.maximum(bins[at], 1) - 1.0))
        high = np.where(bins[at] <= 0, units[:, None], low * BIN_RATIO)
        found.append(np.where((share > 0) & (share < 1), low + np.clip(inside, 0, 1) * (high - low), np.nan))
    return found[0], found[1], found[2]


def measure_design_effect(binned: Binned, quantile: float = 0.75) -> float:
    """How many times the variance of independent values the sessions' is, as the groups show; at least 1."""
    if binned.n == 0 or len(binned.weights) < 2 or binned.effective_n <= 0:
        return 1.0
    independent = quantile * (1 - quantile) / binned.effective_n
    return max(1.0, _variance_below(binned, quantile) / independent)


def estimate_binned_rate(
    hits: Floats,
    totals: Floats,
    *,
    n: int,
    effective_sessions: float,
    sessions: int,
    design_effect: float | None = None,
) -> RateEstimate:
    """The share of `hits` in `totals`, sums of weights by session group; with one group, `design_effect` counts."""
    total = float(totals.sum())
    if total <= 0 or sessions <= 0:
        return NOTHING
    ratio = min(1.0, max(0.0, float(hits.sum()) / total))
    size = effective_sessions
    spread = ratio * (1 - ratio)
    if spread > 0:
        if design_effect is not None or totals.size < 2:
            size = n / max(1.0, design_effect or 1.0)
        else:
            variance = totals.size / (totals.size - 1) * float(np.square(hits - ratio * totals).sum()) / total**2
            size = min(float(n), spread / variance) if variance > 0 else float(n)
    z = T_975 if totals.size >= GROUPS else Z_95
    low, high = wilson(ratio, size, z) if sessions >= MIN_SESSIONS and size > 0 else (None, None)
    return RateEstimate(n=n, sessions=sessions, ratio=ratio, low=low, high=high, effective_n=size)


def _estimate(binned: Binned, quantile: float) -> QuantileEstimate:
    value = low = high = None
    if binned.n * (1 - quantile) >= 1 - 1e-9 and binned.n * quantile >= 1 - 1e-9:
        value = _read(binned, quantile)
        if binned.sessions >= MIN_SESSIONS:
            z = T_975 if binned.design_effect is None else Z_95
            half = z * math.sqrt(_variance_below(binned, quantile))
            if quantile - half > 0 and quantile + half < 1:
                low, high = _read(binned, quantile - half), _read(binned, quantile + half)
    return QuantileEstimate(
        quantile=quantile, n=binned.n, sessions=binned.sessions, value=value, low=low, high=high,
        effective_n=binned.effective_n,
    )  # fmt: skip


def _read(binned: Binned, share: float) -> float:
    """The value below which this share of the weight lies, linear inside its bin."""
    column = binned.weights.sum(axis=0)
    cumulated = np.cumsum(column)
    target = share * float(cumulated[-1])
    at = min(int(np.searchsorted(cumulated, target, side="left")), column.size - 1)
    inside = (target - float(cumulated[at] - column[at])) / float(column[at]) if column[at] > 0 else 0.5
    low, high = edges(int(binned.bins[at]), binned.unit)
    return low + min(1.0, max(0.0, inside)) * (high - low)


def edges(number: int, unit: float) -> tuple[float, float]:
    """Where a bin begins and ends."""
    if number <= 0:
        return 0.0, unit
    begin = float(unit * BIN_RATIO ** (number - 1))
    return begin, begin * BIN_RATIO


def _variance_below(binned: Binned, quantile: float) -> float:
    """Of the share that lies below the quantile."""
    independent = quantile * (1 - quantile) / binned.effective_n
    if binned.design_effect is not None:
        return independent * binned.design_effect
    column = binned.weights.sum(axis=0)
    cumulated = np.cumsum(column)
    total = float(cumulated[-1])
    target = quantile * total
    at = min(int(np.searchsorted(cumulated, target, side="left")), column.size - 1)
    inside = (target - float(cumulated[at] - column[at])) / float(column[at]) if column[at] > 0 else 0.5
    below = binned.weights[:, :at].sum(axis=1) + inside * binned.weights[:, at]
    groups = binned.weights.shape[0]
    deviations = below - quantile * binned.weights.sum(axis=1)
    return float(groups / (groups - 1) * np.square(deviations).sum() / total**2)
