"""A share (page views with an error, sessions that bought) with a confidence interval.

Wilson's interval (E. B. Wilson, JASA 22, 1927; recommended over the textbook one by Brown, Cai and DasGupta,
Statistical Science 16, 2001), with the sample's effective size where values come in sessions or have weights (Franco,
Little, Louis and Slud, J. Survey Statistics and Methodology 7, 2019).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leadline.analysis.clusters import MIN_SESSIONS, Z_95, Floats, effective_size, ratio_variance


@dataclass(frozen=True, slots=True, kw_only=True)
class RateEstimate:
    """`ratio` is None without data; `low` and `high` (95 %) are None with fewer than 30 sessions.

    `effective_n` is the number of independent, unweighted values with the same information.
    """

    n: int
    sessions: int
    ratio: float | None
    low: float | None
    high: float | None
    effective_n: float = 0.0

    @property
    def is_enough(self) -> bool:
        return self.low is not None


NOTHING = RateEstimate(n=0, sessions=0, ratio=None, low=None, high=None)


def estimate_rate(hits: NDArray[np.int64], totals: NDArray[np.int64]) -> RateEstimate:
    """The share of `hits` in `totals`, one entry of each per session (a total of 1 where the unit is the session).

    Without any hit, or with only hits, correlation can't be estimated: then each session counts as one value.
    """
    hit, total = hits.astype(np.float64), totals.astype(np.float64)
    return estimate_weighted_rate(hit, total, np.ones(total.size), n=int(totals.sum()))


def estimate_weighted_rate(hits: Floats, totals: Floats, weights: Floats, *, n: int) -> RateEstimate:
    """As `estimate_rate` of sums of weights: `weights` is that of each session, `n` how many values were seen."""
    kept = totals > 0
    hit, total = hits[kept], totals[kept]
    sessions = int(total.size)
    if sessions == 0:
        return NOTHING
    ratio = min(1.0, float(hit.sum() / total.sum()))
    size = _effective_size(hit, total, effective_size(weights[kept]), ratio=ratio, n=n)
    low, high = wilson(ratio, size) if sessions >= MIN_SESSIONS else (None, None)
    return RateEstimate(n=n, sessions=sessions, ratio=ratio, low=low, high=high, effective_n=size)


def estimate_session_rate(*, hits: int, sessions: int) -> RateEstimate:
    """The share of sessions that did something at least once; each session counts once, so none is correlated."""
    return estimate_weighted_session_rate(
        hits=hits, total=sessions, squared_hits=hits, squared_total=sessions, sessions=sessions
    )


def estimate_weighted_session_rate(
    *, hits: float, total: float, squared_hits: float, squared_total: float, sessions: int
) -> RateEstimate:
    """As `estimate_session_rate`, from sums of weights and of their squares; `sessions` have a weight above 0."""
    if sessions == 0 or total <= 0:
        return NOTHING
    ratio = min(1.0, hits / total)
    kish = total**2 / squared_total
    # sum (w (y - p))^2 = sum over hits of w^2 (1-p)^2 + sum over the others of w^2 p^2
    squares = squared_hits * (1 - ratio) ** 2 + (squared_total - squared_hits) * ratio**2
    size = kish
    if 0 < ratio < 1 and squares > 0:
        size = min(float(sessions), ratio * (1 - ratio) * total**2 / squares)
    low, high = wilson(ratio, size) if sessions >= MIN_SESSIONS else (None, None)
    return RateEstimate(n=sessions, sessions=sessions, ratio=ratio, low=low, high=high, effective_n=size)


def _effective_size(hits: Floats, totals: Floats, kish_sessions: float, *, ratio: float, n: int) -> float:
    if ratio in {0.0, 1.0} or totals.size < 2:
        return kish_sessions
    variance = ratio_variance(hits, totals, ratio)
    return min(float(n), ratio * (1 - ratio) / variance) if variance > 0 else float(n)


def wilson(ratio: float, size: float, z: float = Z_95) -> tuple[float, float]:
    """Low and high of the share, as of `size` independent values."""
    z2 = z * z
    centre = (ratio + z2 / (2 * size)) / (1 + z2 / size)
    half = z / (1 + z2 / size) * math.sqrt(ratio * (1 - ratio) / size + z2 / (4 * size * size))
    return max(0.0, centre - half), min(1.0, centre + half)
