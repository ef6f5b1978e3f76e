"""How much less a sample knows because its values come in sessions, and the constant of the 95 % interval.

The unit of chance is the session (STATISTICS, reason 3): ten views of one visitor are not ten visitors.
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


def design_effect(indicator: Floats, groups: Groups, *, mean: float) -> float:
    """Variance of the mean of `indicator` (0 or 1) under sessions, over that of as many independent values; at least 1.

    Ratio estimator, linearised (Cochran, Sampling Techniques, 3rd ed. 1977, section 11.8 with equal weights): with
    d_c the sum of a session's deviations, C/(C-1) * sum d_c^2 / n^2 over mean * (1 - mean) / n. Never below 1: what a
    sample gains by negative correlation is not credited.
    """
    independent = mean * (1 - mean) * indicator.size
    if independent <= 0 or indicator.size == 0:
        return 1.0
    deviations = np.bincount(groups, weights=indicator - mean)
    sessions = deviations.size
    if sessions < 2:
        return float(indicator.size)
    clustered = sessions / (sessions - 1) * float(np.square(deviations).sum())
    return max(1.0, clustered / independent)
