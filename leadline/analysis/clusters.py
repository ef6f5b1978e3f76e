"""How much information a sample loses because its values come in sessions, and the constant of the 95 % interval.

The sampling unit is the session: ten views of one visitor are not ten visitors. Values may have weights (1 / the
probability that they were kept); then all sums are sums of weights.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Two-sided 95 %: the 0.975 quantile of the normal distribution (scipy.stats.norm.ppf(0.975), SciPy 1.17).
Z_95 = 1.959963984540054
# Below this many sessions the linearised variance is too small and intervals cover less than they say (Cameron and
# Miller, "A Practitioner's Guide to Cluster-Robust Inference", J. Human Resources 50, 2015, VI: 20 to 50 clusters).
MIN_SESSIONS = 30

Floats = NDArray[np.float64]
Groups = NDArray[np.int64]


def group_of(sessions: NDArray[np.generic] | list[str]) -> Groups:
    """Each session's name as a number from 0 on."""
    _, inverse = np.unique(np.asarray(sessions), return_inverse=True)
    return np.asarray(inverse, dtype=np.int64)


def dense(groups: Groups) -> Groups:
    """The same groups without gaps in their numbers."""
    if groups.size == 0:
        return groups
    if int(groups.max()) > 8 * groups.size:
        return group_of(groups)
    is_used = np.bincount(groups) > 0
    return np.asarray((np.cumsum(is_used) - 1)[groups], dtype=np.int64)


def sums_by(groups: Groups, values: Floats) -> Floats:
    """The sum of `values` of each group."""
    return np.asarray(np.bincount(groups, weights=values), dtype=np.float64)


def effective_size(weights: Floats) -> float:
    """The number of unweighted values with the same information: (sum w)^2 / sum w^2 (L. Kish, Survey Sampling, 1965,
    section 11.7).
    """
    squares = float(np.square(weights).sum())
    return float(weights.sum()) ** 2 / squares if squares > 0 else 0.0


def ratio_variance(hits: Floats, totals: Floats, ratio: float) -> float:
    """Variance of sum(hits) / sum(totals) over sessions, one entry of each a session.

    Ratio estimator, linearised (Cochran, Sampling Techniques, 3rd ed. 1977, section 11.8):
    C/(C-1) * sum (hits_c - ratio * totals_c)^2 / (sum totals)^2. Infinite with fewer than two sessions.
    """
    sessions, total = totals.size, float(totals.sum())
    if sessions < 2 or total <= 0:
        return float("inf")
    return sessions / (sessions - 1) * float(np.square(hits - ratio * totals).sum()) / total**2


def design_effect(indicator: Floats, groups: Groups, *, mean: float) -> float:
    """Variance of the mean of `indicator` (0 or 1) under sessions, over that of as many independent values; at least 1.

    Never below 1: a gain by negative correlation does not count.
    """
    independent = mean * (1 - mean) / indicator.size if indicator.size else 0.0
    if independent <= 0:
        return 1.0
    owners = dense(groups)
    hits, totals = sums_by(owners, indicator), sums_by(owners, np.ones(owners.size))
    if totals.size < 2:
        return float(indicator.size)
    return max(1.0, ratio_variance(hits, totals, mean) / independent)
