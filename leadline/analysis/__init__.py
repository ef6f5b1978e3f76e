"""Statistics, pure: arrays in, figures out, the same for the same input. No file, clock or randomness.

Every figure has its `n` and an interval, or says that there is too little data.
"""

from leadline.analysis.bins import Binned, estimate_binned_quantiles, estimate_binned_rate
from leadline.analysis.clusters import design_effect, group_of
from leadline.analysis.quantiles import QuantileEstimate, estimate_quantile, estimate_quantiles
from leadline.analysis.rates import (
    RateEstimate,
    estimate_rate,
    estimate_session_rate,
    estimate_weighted_rate,
    estimate_weighted_session_rate,
)

__all__ = [
    "Binned",
    "QuantileEstimate",
    "RateEstimate",
    "design_effect",
    "estimate_binned_quantiles",
    "estimate_binned_rate",
    "estimate_quantile",
    "estimate_quantiles",
    "estimate_rate",
    "estimate_session_rate",
    "estimate_weighted_rate",
    "estimate_weighted_session_rate",
    "group_of",
]
