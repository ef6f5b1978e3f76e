"""Are values worse as a whole (latency, vitals, order values)? Mann-Whitney within blocks, added up.

E. van Elteren, "On the combination of independent two-sample tests of Wilcoxon", Bull. Int. Stat. Inst. 37, 1960: the
statistic and its variance given the block's values and sizes, with ties. The sum becomes an e-process by a one-sided
normal mixture (Howard et al. 2021): it may be looked at at any time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from leadline.analysis.verdicts.bins import BINS
from leadline.analysis.verdicts.blocks import BinBlocks, Floats, Ints
from leadline.analysis.verdicts.normal import log_normal_cdf

# The mixture is sharpest where the statistic's variance is this much: 1,000 canary sessions beside many more of the
# baseline (n/12). A constant, because it must not depend on the values; a tenth or ten times of it costs about ln 3.
SHARPEST_V = 80.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RankBlocks:
    """Per block: sizes, the centred statistic (positive: the canary's values are higher) and its variance."""

    minute: Ints
    stratum: Ints
    na: Floats
    nb: Floats
    s: Floats
    v: Floats
    # Sessions above each threshold of exceedance.py, canary and baseline: one column a threshold.
    above_a: Floats
    above_b: Floats


def dense(blocks: BinBlocks) -> tuple[Ints, Ints, Floats, Floats]:
    """Minute and stratum of each block, and its counts by bin: canary, baseline."""
    key = blocks.minute * 4096 + blocks.stratum
    keys, place = np.unique(key, return_inverse=True)
    cell = place.reshape(-1) * BINS + blocks.bin

    def counted(counts: Floats) -> Floats:
        sums = np.bincount(cell, counts, keys.size * BINS).astype(np.float64)
        return sums.reshape(keys.size, BINS)

    return keys // 4096, keys % 4096, counted(blocks.canary), counted(blocks.baseline)


def shifted_down(counts: Floats, by: int) -> Floats:
    """Each value made smaller by `by` bins: what is tolerated does not count."""
    if by == 0:
        return counts
    moved = np.zeros_like(counts)
    moved[:, : counts.shape[1] - by] = counts[:, by:]
    moved[:, 0] += counts[:, :by].sum(axis=1)
    return moved


def rank_blocks(blocks: BinBlocks, *, shift: int, thresholds: Ints) -> RankBlocks:
    """What the tests need of each block. `shift`: the margin in bins, taken off the canary's values (signed: for
    values of which fewer is harm it is put on)."""
    minute, stratum, canary, baseline = dense(blocks)
    canary = shifted_down(canary, shift) if shift >= 0 else shifted_down(canary[:, ::-1], -shift)[:, ::-1]
    na, nb = canary.sum(axis=1), baseline.sum(axis=1)
    n = na + nb
    below = np.cumsum(baseline, axis=1) - baseline
    u = (canary * (below + baseline / 2)).sum(axis=1)
    tied = canary + baseline
    ties = (tied * tied * tied - tied).sum(axis=1)
    has_both = (na > 0) & (nb > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        s = np.where(has_both, (u - na * nb / 2) / (n + 1), 0.0)
        v = np.where(has_both, na * nb / 12 * ((n + 1) - ties / (n * (n - 1))) / (n + 1) ** 2, 0.0)
    return RankBlocks(
        minute=minute,
        stratum=stratum,
        na=na,
        nb=nb,
        s=s,
        v=v,
        above_a=_above(canary, thresholds),
        above_b=_above(baseline, thresholds),
    )


def _above(counts: Floats, thresholds: Ints) -> Floats:
    """Per block and threshold: how many lie in a bin above it."""
    from_top = np.cumsum(counts[:, ::-1], axis=1)[:, ::-1]
    return from_top[:, np.minimum(thresholds + 1, BINS - 1)]


def mixture_width(alpha: float, v: float = SHARPEST_V) -> float:
    """rho: the mixture's variance that makes the e-process sharpest at `v`."""
    length = 2 * math.log(1 / alpha)
    return v / (length + math.log1p(length))


def rank_log_e(s: Floats, v: Floats, rho: float) -> Floats:
    """ln E of a centred sum `s` with variance `v`; positive `s` is harm."""
    wide = v + rho
    return np.asarray(math.log(2) + 0.5 * np.log(rho / wide) + s * s / (2 * wide) + log_normal_cdf(s / np.sqrt(wide)))
