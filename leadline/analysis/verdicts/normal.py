"""The normal distribution, as far as the judge uses it."""

from __future__ import annotations

import math

import numpy as np

from leadline.analysis.verdicts.blocks import Floats


def log_normal_cdf(x: Floats) -> Floats:
    """ln Phi(x), also far in the lower tail, where Phi itself is 0 in floating point."""
    return np.array([_log_cdf(float(one)) for one in np.ravel(x)]).reshape(np.shape(x))


def _log_cdf(x: float) -> float:
    if x > -20.0:
        return math.log(0.5 * math.erfc(-x / math.sqrt(2)))
    # Abramowitz and Stegun 26.2.12: below -20 four terms leave an error under 1e-9.
    square = x * x
    series = 1 - 1 / square + 3 / square**2 - 15 / square**3
    return -0.5 * square - math.log(-x) - 0.5 * math.log(2 * math.pi) + math.log(series)
