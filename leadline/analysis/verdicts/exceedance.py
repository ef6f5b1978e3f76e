"""Is the tail worse? How many sessions are above fixed thresholds, each a yes or no, compared like shares.

The thresholds are the baseline's own quantiles, frozen before the evidence begins, and the limits of web.dev. No
percentile is compared minute by minute: the p99 of sixty sessions is their slowest one.
"""

from __future__ import annotations

import numpy as np

from leadline.analysis.verdicts.bins import bin_of, quantile_bin
from leadline.analysis.verdicts.blocks import Floats, Ints, ShareBlocks
from leadline.analysis.verdicts.proportions import mixture, share_factors
from leadline.analysis.verdicts.ranks import RankBlocks

QUANTILES = (0.5, 0.75, 0.9, 0.95, 0.99)
# Odds ratios that are looked for, averaged over plainly; a harmful one is larger.
ODDS_RATIOS = (1.05, 1.1, 1.2, 1.4, 1.8, 2.6, 4.0)
# "Good" and "needs improvement" end here (web.dev/articles/lcp, web.dev/articles/inp).
LIMITS = {"lcp_ms": (2500.0, 4000.0), "inp_ms": (200.0, 500.0)}
# With fewer values of the baseline its p99 is its slowest one, and the thresholds would be random.
REFERENCE_VALUES = 200


def frozen_thresholds(reference: Floats, *, vital: str | None = None) -> Ints:
    """Bins: a value exceeds one when it lies in a later bin. `reference`: the baseline's counts by bin."""
    own = [quantile_bin(reference, quantile) for quantile in QUANTILES] if reference.sum() > 0 else []
    limits = [int(bin_of(np.array([limit]))[0]) - 1 for limit in LIMITS.get(vital or "", ())]
    return np.array(sorted({place for place in (*own, *limits) if place >= 0}), dtype=np.int64)


def exceedance_factors(blocks: RankBlocks, *, first: int = 0) -> Floats:
    """The log factor of each block (rows) from `first` on, for each threshold and odds ratio (columns)."""
    columns = blocks.above_a.shape[1]
    sizes = np.log(np.array(ODDS_RATIOS))
    if columns == 0:
        return np.zeros((blocks.minute.size - first, 0))
    return np.concatenate([share_factors(_column(blocks, q), sizes, first=first) for q in range(columns)], axis=1)


def exceedance_log_e(blocks: RankBlocks) -> Floats:
    """ln E after each block: the plain mean over all thresholds and odds ratios."""
    return mixture(exceedance_factors(blocks))


def _column(blocks: RankBlocks, q: int) -> ShareBlocks:
    return ShareBlocks(
        minute=blocks.minute,
        stratum=blocks.stratum,
        ka=blocks.above_a[:, q],
        na=blocks.na,
        kb=blocks.above_b[:, q],
        nb=blocks.nb,
    )
