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
# More than there are strata: minute and stratum make one key.
STRATA = 4096


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """Bins of blocks that somebody is in, by block, then bin. `block` is a place in `minute` and `stratum`."""

    minute: Ints
    stratum: Ints
    block: Ints
    bin: Ints
    canary: Floats
    baseline: Floats

    def by_block(self, values: Floats) -> Floats:
        """The sum of `values` over the cells of each block."""
        return np.bincount(self.block, values, self.minute.size).astype(np.float64)


def cells_of(blocks: BinBlocks, *, shift: int = 0) -> Cells:
    """`shift` bins are taken off the canary's values; what would leave the bins stays in the outermost one."""
    keys, place = _told_apart(blocks.minute * STRATA + blocks.stratum)
    first = place * BINS
    moved = first + np.clip(blocks.bin - shift, 0, BINS - 1)
    cells, cell = _told_apart(np.concatenate((moved, first + blocks.bin)))
    of_canary, of_baseline = np.split(cell, 2)
    return Cells(
        minute=keys // STRATA,
        stratum=keys % STRATA,
        block=cells // BINS,
        bin=cells % BINS,
        canary=np.bincount(of_canary, blocks.canary, cells.size).astype(np.float64),
        baseline=np.bincount(of_baseline, blocks.baseline, cells.size).astype(np.float64),
    )


def _told_apart(keys: Ints) -> tuple[Ints, Ints]:
    """The different keys in order, and of each entry the place of its key.

    As np.unique, but quick where the keys come in a few runs that are in order, as those of blocks do.
    """
    ordering = np.argsort(keys, kind="stable")
    ordered = keys[ordering]
    is_new = np.ones(ordered.size, dtype=bool)
    is_new[1:] = ordered[1:] != ordered[:-1]
    place = np.empty(keys.size, dtype=np.int64)
    place[ordering] = np.cumsum(is_new) - 1
    return ordered[is_new], place


def rank_blocks(blocks: BinBlocks, *, shift: int, thresholds: Ints) -> RankBlocks:
    """What the tests need of each block. `shift`: the margin in bins, taken off the canary's values (signed: for
    values of which fewer is harm it is put on): what is tolerated does not count.

    All sums are of whole and half numbers, so they are exact in any order.
    """
    cells = cells_of(blocks, shift=shift)
    canary, baseline = cells.canary, cells.baseline
    na, nb = cells.by_block(canary), cells.by_block(baseline)
    n = na + nb
    below = np.cumsum(baseline) - baseline - (np.cumsum(nb) - nb)[cells.block]
    u = cells.by_block(canary * (below + baseline / 2))
    tied = canary + baseline
    ties = cells.by_block(tied * tied * tied - tied)
    has_both = (na > 0) & (nb > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        s = np.where(has_both, (u - na * nb / 2) / (n + 1), 0.0)
        v = np.where(has_both, na * nb / 12 * ((n + 1) - ties / (n * (n - 1))) / (n + 1) ** 2, 0.0)
    return RankBlocks(
        minute=cells.minute,
        stratum=cells.stratum,
        na=na,
        nb=nb,
        s=s,
        v=v,
        above_a=_above(cells, canary, thresholds),
        above_b=_above(cells, baseline, thresholds),
    )


def join_rank_blocks(first: RankBlocks, later: RankBlocks) -> RankBlocks:
    """`later` are blocks of later minutes, by the same shift and thresholds."""
    return RankBlocks(
        minute=np.concatenate((first.minute, later.minute)),
        stratum=np.concatenate((first.stratum, later.stratum)),
        na=np.concatenate((first.na, later.na)),
        nb=np.concatenate((first.nb, later.nb)),
        s=np.concatenate((first.s, later.s)),
        v=np.concatenate((first.v, later.v)),
        above_a=np.concatenate((first.above_a, later.above_a)),
        above_b=np.concatenate((first.above_b, later.above_b)),
    )


def _above(cells: Cells, counts: Floats, thresholds: Ints) -> Floats:
    """Per block and threshold: how many lie in a bin above it."""
    found = np.zeros((cells.minute.size, thresholds.size))
    for column, first in enumerate(np.minimum(thresholds + 1, BINS - 1)):
        found[:, column] = cells.by_block(counts * (cells.bin >= first))
    return found


def mixture_width(alpha: float, v: float = SHARPEST_V) -> float:
    """rho: the mixture's variance that makes the e-process sharpest at `v`."""
    length = 2 * math.log(1 / alpha)
    return v / (length + math.log1p(length))


def rank_log_e(s: Floats, v: Floats, rho: float) -> Floats:
    """ln E of a centred sum `s` with variance `v`; positive `s` is harm."""
    wide = v + rho
    return np.asarray(math.log(2) + 0.5 * np.log(rho / wide) + s * s / (2 * wide) + log_normal_cdf(s / np.sqrt(wide)))
