"""Our own journeys, canary and baseline compared: few runs, but with certain versions.

A sign test on pairs of the same location and minute whose outcomes differ, as an e-process; and one deterministic
rule: hard failures in a row from every location are not chance.
"""

from __future__ import annotations

import numpy as np

from leadline.analysis.verdicts.blocks import Floats

# How often the canary loses a pair where it is worse, averaged over plainly.
LOSING = (0.6, 0.75, 0.9)
# This many failures in a row, from every configured location, roll the canary back at once.
HARD_FAILURES = 3


def sign_log_e(is_lost: Floats) -> Floats:
    """ln E after each pair with different outcomes; 1 where the canary failed and the baseline passed, else 0."""
    if is_lost.size == 0:
        return np.zeros(0)
    theta = np.array(LOSING)[None, :]
    factors = np.log(2.0) + is_lost[:, None] * np.log(theta) + (1 - is_lost[:, None]) * np.log(1 - theta)
    sums = np.cumsum(factors, axis=0)
    highest = sums.max(axis=1, keepdims=True)
    return np.asarray(highest[:, 0] + np.log(np.exp(sums - highest).mean(axis=1)))
