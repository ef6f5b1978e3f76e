"""p50, p75 and p95 with confidence intervals for values that come in sessions.

Woodruff's interval (R. S. Woodruff, "Confidence intervals for medians and other position measures", JASA 47, 1952;
Sitter and Wu, Statistics & Probability Letters 52, 2001): the interval of the share below the quantile, with the
variance of sessions, read back through the sample. Needs no density, no resampling, no normal values.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from leadline.analysis.clusters import MIN_SESSIONS, Z_95, Floats, Groups, design_effect

QUANTILES = (0.5, 0.75, 0.95)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantileEstimate:
    """`value` is None where the sample has nothing beyond it; `low`, `high` (95 %) where they can't be vouched for."""

    quantile: float
    n: int
    sessions: int
    value: float | None
    low: float | None
    high: float | None

    @property
    def is_enough(self) -> bool:
        return self.low is not None and self.high is not None


def estimate_quantile(values: Floats, groups: Groups, *, quantile: float) -> QuantileEstimate:
    """The quantile of `values`, whose sessions are `groups` (whole numbers from 0 on, as `group_of` makes them).

    The value is interpolated as numpy and DuckDB's quantile_cont do (type 7 of Hyndman and Fan 1996). It needs at
    least 1 / (1 - quantile) values (else it is only the largest one); the interval needs 30 sessions and must end
    inside the sample.
    """
    ordering = np.argsort(values, kind="stable")
    return _estimate(values[ordering], groups[ordering], quantile)


def estimate_quantiles(
    values: Floats, groups: Groups, *, quantiles: Sequence[float] = QUANTILES
) -> tuple[QuantileEstimate, ...]:
    """As `estimate_quantile` for each of `quantiles`, sorting once."""
    ordering = np.argsort(values, kind="stable")
    ordered, owners = values[ordering], groups[ordering]
    return tuple(_estimate(ordered, owners, quantile) for quantile in quantiles)


def _estimate(ordered: Floats, owners: Groups, quantile: float) -> QuantileEstimate:
    n = int(ordered.size)
    _, owners = np.unique(owners, return_inverse=True) if n else (None, owners)
    sessions = int(owners.max()) + 1 if n else 0
    if n * (1 - quantile) < 1 - 1e-9 or n * quantile < 1 - 1e-9:
        return QuantileEstimate(quantile=quantile, n=n, sessions=sessions, value=None, low=None, high=None)
    value = float(np.quantile(ordered, quantile))
    low = high = None
    if sessions >= MIN_SESSIONS:
        # At most n * quantile values count as below: ties at the value would move the share away from `quantile`.
        below = np.zeros(n)
        below[: math.ceil(n * quantile)] = 1.0
        effect = design_effect(below, owners, mean=float(below.mean()))
        half = Z_95 * math.sqrt(quantile * (1 - quantile) / (n / effect))
        low, high = _read_back(ordered, quantile - half, quantile + half)
    if low is not None and high is not None:
        low, high = min(low, value), max(high, value)
    return QuantileEstimate(quantile=quantile, n=n, sessions=sessions, value=value, low=low, high=high)


def _read_back(ordered: Floats, lower: float, upper: float) -> tuple[float, float] | tuple[None, None]:
    """The sample's values at two shares; None where one lies beyond the sample."""
    first, last = math.floor(ordered.size * lower), math.ceil(ordered.size * upper)
    if first < 1 or last > ordered.size - 1:
        return None, None
    return float(ordered[first - 1]), float(ordered[last])
