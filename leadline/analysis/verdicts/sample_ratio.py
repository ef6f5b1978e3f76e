"""Do both arms get the share of sessions that they should? A missing tenth of the canary's beacons hides its failures.

A beta mixture against the declared share (M. Lindon and A. Malek, "Anytime-valid inference for multinomial count
data", NeurIPS 2022): looked at at any time, it raises a false alarm with probability alpha at most.
"""

from __future__ import annotations

import math

import numpy as np

from leadline.analysis.verdicts.blocks import Floats

ALPHA = 0.001
# How sure the mixture is of the declared share: sharpest for a share that is off by a few percent.
KAPPA = 3000.0


def sample_ratio_log_e(k: Floats, n: Floats, *, share: float, kappa: float = KAPPA) -> Floats:
    """ln E of `k` canary sessions among `n`, where `share` of them was declared."""
    a, b = kappa * share, kappa * (1 - share)
    return np.array(
        [
            _log_beta(a + x, b + m - x) - _log_beta(a, b) - x * math.log(share) - (m - x) * math.log(1 - share)
            for x, m in zip(np.ravel(k).tolist(), np.ravel(n).tolist(), strict=True)
        ]
    )


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
