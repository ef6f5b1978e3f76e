"""How large is the difference of a share, compared block by block, and what are its bounds at any time?

The stratified difference weighs each block by na nb / (na + nb) (Cochran and Mantel-Haenszel's weights), so that a
ramp or a shift of devices is compared like with like. The interval is a confidence sequence with a normal mixture (S.
R. Howard, A. Ramdas, J. McAuliffe and J. Sekhon, Annals of Statistics 49, 2021): it holds at all times at once. It
serves the explanation, the floor and the promotion; the e-process decides about harm.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from leadline.analysis.verdicts.blocks import Floats, ShareBlocks
from leadline.analysis.verdicts.normal import log_normal_cdf


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """After each block: canary minus baseline, its variance, and the rates of both with the same weights."""

    difference: Floats
    variance: Floats
    canary: Floats
    baseline: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """As ratios of the baseline's value: -0.08 is 8 % less."""

    difference: float
    low: float
    high: float


def stratified_differences(blocks: ShareBlocks) -> Differences:
    """Sums over the blocks that have both arms.

    The variance within a block is that of the two arms' common rate, times n/(n-1): the rate of an arm with one or two
    sessions is 0 most of the time, and its own p(1-p) would be nothing.
    """
    na, nb = blocks.na, blocks.nb
    n = na + nb
    has_both = (na > 0) & (nb > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        weight = np.where(has_both, na * nb / n, 0.0)
        pa, pb = np.where(has_both, blocks.ka / na, 0.0), np.where(has_both, blocks.kb / nb, 0.0)
        common = (blocks.ka + blocks.kb) / n
        variance = np.where(has_both, common * (1 - common) * (n / np.maximum(n - 1, 1)) * (1 / na + 1 / nb), 0.0)
    total = np.cumsum(weight)
    with np.errstate(divide="ignore", invalid="ignore"):
        canary, baseline = np.cumsum(weight * pa) / total, np.cumsum(weight * pb) / total
        summed = np.cumsum(weight * weight * variance) / (total * total)
    return Differences(difference=canary - baseline, variance=summed, canary=canary, baseline=baseline)


def confidence_half_width(variance: float, *, tau: float, alpha: float) -> float:
    """Half of the confidence sequence's width; `tau` is the size that it is sharpest for."""
    if not variance > 0 or not tau > 0:
        return math.inf
    wide = variance + tau * tau
    return math.sqrt(2 * variance * wide / (tau * tau) * math.log(math.sqrt(wide / variance) / alpha))


def one_sided_log_e(difference: Floats, variance: Floats, *, tau: float) -> Floats:
    """A second opinion: the one-sided mSPRT on the stratified difference, counted in the harmful direction.

    Never from cumulative totals: those mix effects of the ramp and the time of day with those of the version.
    """
    wide = variance + tau * tau
    return np.asarray(
        math.log(2)
        + 0.5 * np.log(variance / wide)
        + tau * tau * difference * difference / (2 * variance * wide)
        + log_normal_cdf(difference * tau / np.sqrt(variance * wide))
    )


def relative_interval(at: Differences, place: int, *, mde: float, alpha: float) -> Interval | None:
    """The difference after block `place` as ratios of the baseline; None if unknown."""
    if place < 0:
        return None
    baseline, variance = float(at.baseline[place]), float(at.variance[place])
    if not baseline > 0 or not variance > 0:
        return None
    difference = float(at.difference[place])
    # For a rare error `mde` in log odds is a multiple of the rate, for conversion a small part: both are a ratio of it.
    half = confidence_half_width(variance, tau=math.expm1(mde) * baseline, alpha=alpha)
    low = max(difference - half, -baseline)  # no rate falls by more than all of it
    return Interval(difference=difference / baseline, low=low / baseline, high=(difference + half) / baseline)
