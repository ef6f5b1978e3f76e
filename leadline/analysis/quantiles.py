"""p50, p75 and p95 with confidence intervals for values that come in sessions, each with a weight.

Woodruff's interval (R. S. Woodruff, "Confidence intervals for medians and other position measures", JASA 47, 1952;
Sitter and Wu, Statistics & Probability Letters 52, 2001): the interval of the share below the quantile, with the
variance of sessions, read back through the sample. Needs no density, no resampling, no normal values.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from leadline.analysis.clusters import (
    MIN_SESSIONS,
    Z_95,
    Floats,
    Groups,
    dense,
    effective_size,
    ratio_variance,
    sums_by,
)

QUANTILES = (0.5, 0.75, 0.95)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantileEstimate:
    """`value` is None if the sample has nothing beyond it; `low`, `high` (95 %) are None if they are not reliable.

    `n` is the number of values, `effective_n` the number of unweighted ones with the same information (Kish).
    """

    quantile: float
    n: int
    sessions: int
    value: float | None
    low: float | None
    high: float | None
    effective_n: float = 0.0

    @property
    def is_enough(self) -> bool:
        return self.low is not None and self.high is not None


def estimate_quantile(
    values: Floats, groups: Groups, *, quantile: float, weights: Floats | None = None
) -> QuantileEstimate:
    """The quantile of `values`, whose sessions are `groups` (whole numbers from 0 on, as `group_of` makes them).

    The value is interpolated as numpy and DuckDB's quantile_cont do (type 7 of Hyndman and Fan 1996; with weights, the
    same between the middles of the weights). It needs at least 1 / (1 - quantile) values (else it is only the largest
    one); the interval needs 30 sessions and must end inside the sample. A weight of 0 never counts.
    """
    return estimate_quantiles(values, groups, quantiles=(quantile,), weights=weights)[0]


def estimate_quantiles(
    values: Floats, groups: Groups, *, quantiles: Sequence[float] = QUANTILES, weights: Floats | None = None
) -> tuple[QuantileEstimate, ...]:
    """As `estimate_quantile` for each of `quantiles`, sorting once."""
    if weights is not None and (weights <= 0).any():
        counting = weights > 0
        values, groups, weights = values[counting], groups[counting], weights[counting]
    ordering = np.argsort(values)
    sample = _Sample(
        values[ordering], dense(groups)[ordering], np.ones(values.size) if weights is None else weights[ordering]
    )
    return tuple(sample.estimate(quantile) for quantile in quantiles)


class _Sample:
    """Values in ascending order, with their sessions and weights."""

    def __init__(self, values: Floats, owners: Groups, weights: Floats) -> None:
        self._values, self._owners, self._weights = values, owners, weights
        self._cumulated = np.cumsum(weights)
        self._total = float(self._cumulated[-1]) if values.size else 0.0
        self._n = int(values.size)
        self._sessions = int(owners.max()) + 1 if self._n else 0
        self._effective_n = effective_size(weights)

    def estimate(self, quantile: float) -> QuantileEstimate:
        value = low = high = None
        if self._n * (1 - quantile) >= 1 - 1e-9 and self._n * quantile >= 1 - 1e-9:
            value = self._interpolate(quantile)
            if self._sessions >= MIN_SESSIONS:
                half = Z_95 * math.sqrt(self._variance_below(quantile))
                low, high = self._read_back(quantile - half, quantile + half)
        if value is not None and low is not None and high is not None:
            low, high = min(low, value), max(high, value)
        return QuantileEstimate(
            quantile=quantile, n=self._n, sessions=self._sessions, value=value, low=low, high=high,
            effective_n=self._effective_n,
        )  # fmt: skip

    def _interpolate(self, quantile: float) -> float:
        """Each value stands at the middle of its weight, from 0 to 1; equal weights make type 7."""
        first, last = float(self._weights[0]) / 2, float(self._weights[-1]) / 2
        target = first + quantile * (self._total - first - last)
        # The middle at or below `target`, found without the array of all middles.
        at = int(np.searchsorted(self._cumulated, target, side="left"))
        for right in range(max(at, 1), min(at + 2, self._n)):
            left_at, right_at = self._middle(right - 1), self._middle(right)
            if left_at <= target <= right_at:
                part = (target - left_at) / (right_at - left_at)
                left_value, right_value = float(self._values[right - 1]), float(self._values[right])
                return left_value + part * (right_value - left_value)
        return float(self._values[min(at, self._n - 1)])

    def _middle(self, index: int) -> float:
        return float(self._cumulated[index] - self._weights[index] / 2)

    def _variance_below(self, quantile: float) -> float:
        # At most that share counts as below: ties at the value would move the share away from `quantile`.
        first_above = int(np.searchsorted(self._cumulated, self._total * quantile * (1 - 1e-12), side="left")) + 1
        below = np.zeros(self._n)
        below[:first_above] = 1.0
        share = float(self._cumulated[min(first_above, self._n) - 1]) / self._total
        hits, totals = sums_by(self._owners, below * self._weights), sums_by(self._owners, self._weights)
        # Never below that of as many independent values: a gain by negative correlation does not count.
        independent = share * (1 - share) / self._effective_n
        effect = max(1.0, ratio_variance(hits, totals, share) / independent) if independent > 0 else 1.0
        return quantile * (1 - quantile) / self._effective_n * effect

    def _read_back(self, lower: float, upper: float) -> tuple[float, float] | tuple[None, None]:
        """The sample's values at two shares; None if one lies beyond the sample."""
        if not 0 < lower < upper < 1:
            return None, None
        first = int(np.searchsorted(self._cumulated, self._total * lower, side="right"))
        last = int(np.searchsorted(self._cumulated, self._total * upper, side="left")) + 1
        if first < 1 or last > self._n - 1:
            return None, None
        return float(self._values[first - 1]), float(self._values[last])
