"""A share (page views with an error, sessions that bought) with a confidence interval.

Wilson's interval (E. B. Wilson, JASA 22, 1927; recommended over the textbook one by Brown, Cai and DasGupta,
Statistical Science 16, 2001), with the sample's effective size where values come in sessions (Franco, Little, Louis
and Slud, J. Survey Statistics and Methodology 7, 2019).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leadline.analysis.clusters import MIN_SESSIONS, Z_95


@dataclass(frozen=True, slots=True, kw_only=True)
class RateEstimate:
    """`ratio` is None of nothing; `low` and `high` (95 %) where there are fewer than 30 sessions."""

    n: int
    sessions: int
    ratio: float | None
    low: float | None
    high: float | None

    @property
    def is_enough(self) -> bool:
        return self.low is not None


def estimate_rate(hits: NDArray[np.int64], totals: NDArray[np.int64]) -> RateEstimate:
    """The share of `hits` in `totals`, one entry of each per session (a total of 1 where the unit is the session).

    Without any hit, or with nothing but hits, correlation can't be seen: then each session counts as one value.
    """
    kept = totals > 0
    hit, total = hits[kept].astype(np.float64), totals[kept].astype(np.float64)
    n, sessions = int(total.sum()), int(total.size)
    if n == 0:
        return RateEstimate(n=0, sessions=0, ratio=None, low=None, high=None)
    ratio = float(hit.sum() / n)
    if sessions < MIN_SESSIONS:
        return RateEstimate(n=n, sessions=sessions, ratio=ratio, low=None, high=None)
    low, high = _wilson(ratio, _effective_size(hit, total, ratio))
    return RateEstimate(n=n, sessions=sessions, ratio=ratio, low=low, high=high)


def estimate_session_rate(*, hits: int, sessions: int) -> RateEstimate:
    """The share of sessions that did something at least once; each session counts once, so none is correlated."""
    if sessions == 0:
        return RateEstimate(n=0, sessions=0, ratio=None, low=None, high=None)
    ratio = hits / sessions
    low, high = _wilson(ratio, sessions) if sessions >= MIN_SESSIONS else (None, None)
    return RateEstimate(n=sessions, sessions=sessions, ratio=ratio, low=low, high=high)


def _effective_size(hits: NDArray[np.float64], totals: NDArray[np.float64], ratio: float) -> float:
    n, sessions = float(totals.sum()), totals.size
    if ratio in {0.0, 1.0}:
        return float(sessions)
    clustered = sessions / (sessions - 1) * float(np.square(hits - ratio * totals).sum())
    return n / max(1.0, clustered / (ratio * (1 - ratio) * n))


def _wilson(ratio: float, size: float) -> tuple[float, float]:
    z2 = Z_95 * Z_95
    centre = (ratio + z2 / (2 * size)) / (1 + z2 / size)
    half = Z_95 / (1 + z2 / size) * math.sqrt(ratio * (1 - ratio) / size + z2 / (4 * size * size))
    return max(0.0, centre - half), min(1.0, centre + half)
