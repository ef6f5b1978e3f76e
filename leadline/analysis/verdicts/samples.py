"""How many canary sessions it takes to see harm of a given size, in 4 of 5 releases that have it.

The evidence grows like a random walk: by g a session on average, with variance 2g. It must reach ln(1/alpha), and a
bit for not knowing the size. Against the simulations of bench/judgement: 65,000 where they needed 66,000 (80th
percentile; conversion of 3 %, -8 %, a canary of 10 %, alpha 0.05).
"""

from __future__ import annotations

import math

import numpy as np

from leadline.analysis.verdicts.bins import BIN_RATIO
from leadline.analysis.verdicts.blocks import Floats

Z_80 = 0.8416  # the 0.8 quantile of the normal distribution
# What the mixture over sizes costs where one of them is about right.
MIXTURE = 0.3


def sessions_to_reach(growth: float, log_e: float) -> float:
    """Sessions until ln E = `log_e` with probability 0.8; infinite without growth."""
    if not growth > 0:
        return math.inf
    root = (Z_80 * math.sqrt(2) + math.sqrt(2 * Z_80 * Z_80 + 4 * (log_e + MIXTURE))) / 2
    return root * root / growth


def share_growth(rate: float, *, effect: float, margin: float, share: float, is_lower_harm: bool) -> float:
    """Growth of ln E per canary session. `effect`: log odds, `margin`: ratio of rates, `share`: the canary's."""
    beyond = effect - (-math.log1p(-margin) if is_lower_harm else math.log1p(margin))
    return 0.5 * rate * (1 - rate) * (1 - share) * max(beyond, 0.0) ** 2


def latency_growth(spread: float, *, change: float, margin: float, share: float) -> float:
    """The same for all values `change` higher; `spread` is the standard deviation of their logarithm."""
    beyond = max(math.log1p(change) - math.log1p(margin), 0.0)
    if not spread > 0:
        return 0.0
    # P(canary > baseline) - 1/2 of two normal logarithms; 12 is the inverse variance of a rank (van Elteren).
    moved = 0.5 * math.erf(beyond / (2 * spread))
    return 0.5 * 12 * (1 - share) * moved * moved


def log_spread(counts: Floats) -> float:
    """The standard deviation of the logarithm of values in bins; 0 of nothing. Bin 0 is left out."""
    counts = counts[1:]
    total = float(counts.sum())
    if total <= 1:
        return 0.0
    places = np.arange(counts.size, dtype=np.float64)
    mean = float((counts * places).sum()) / total
    return math.sqrt(float((counts * (places - mean) ** 2).sum()) / total) * math.log(BIN_RATIO)
