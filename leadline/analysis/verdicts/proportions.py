"""Is a share worse (conversion, errors, any yes or no per session)? The block 2x2 e-process.

R. J. Turner, A. Ly and P. D. Grunwald, "Generic E-variables for exact sequential k-sample tests that allow for
optional stopping", J. Statistical Planning and Inference 230, 2024; with a margin: the same against the nearest
tolerated pair of rates (Turner and Grunwald, Statistics and Probability Letters 198, 2023).

E is at most 1 on average under "no worse" at any time, whatever the ramp, the drift or the number of looks: it reaches
1/alpha with probability alpha at most (Ville). So the largest value so far is used.
"""

from __future__ import annotations

import numpy as np

from leadline.analysis.verdicts.blocks import Floats, Ints, ShareBlocks, before

# The sizes that are looked for, as parts of the smallest effect that matters (`mde`): a plain mean of five e-values is
# one, and costs at most ln 5 of evidence for not knowing the size.
SIZES = (0.25, 0.5, 1.0, 2.0, 4.0)
# A tolerated rate must stay below 1: 20 % more than 90 % would not.
HIGHEST_RATE = 0.999


def effect_sizes(mde: float, *, is_lower_harm: bool) -> Floats:
    """The log odds ratios that are looked for: negative where fewer is harm."""
    return np.array(SIZES) * mde * (-1.0 if is_lower_harm else 1.0)


def share_factors(blocks: ShareBlocks, sizes: Floats, *, first: int = 0) -> Floats:
    """The log factor of each block (rows) for each size (columns): "canary no worse than baseline" is the null.

    Rows of the blocks from place `first` on: those of earlier ones stay what they were.

    The baseline's rate comes from earlier blocks of the stratum; the first only primes it, and a block in which either
    arm is empty only adds to it.
    """
    nb_past = before(blocks.nb, blocks.stratum)[first:]
    tb = ((before(blocks.kb, blocks.stratum)[first:] + 0.5) / (nb_past + 1.0))[:, None]
    blocks = blocks.kept(slice(first, None))
    odds = tb / (1.0 - tb) * np.exp(sizes)[None, :]
    factors = share_factor(
        ka=blocks.ka[:, None],
        na=blocks.na[:, None],
        kb=blocks.kb[:, None],
        nb=blocks.nb[:, None],
        ta=odds / (1 + odds),
        tb=tb,
    )
    is_used = (blocks.na > 0) & (blocks.nb > 0) & (nb_past > 0)
    return np.where(is_used[:, None], factors, 0.0)


def share_factor(*, ka: Floats, na: Floats, kb: Floats, nb: Floats, ta: Floats, tb: Floats) -> Floats:
    """The log likelihood ratio of (`ta`, `tb`) to the common rate between them."""
    t0 = (na * ta + nb * tb) / np.maximum(na + nb, 1.0)
    t0 = np.where(na + nb > 0, t0, tb)
    return (
        ka * np.log(ta / t0)
        + (na - ka) * np.log((1 - ta) / (1 - t0))
        + kb * np.log(tb / t0)
        + (nb - kb) * np.log((1 - tb) / (1 - t0))
    )


def margin_factors(blocks: ShareBlocks, sizes: Floats, *, margin: float, first: int = 0) -> Floats:
    """As `share_factors`, with "worse by at most `margin`" (a ratio of rates) as the null.

    The alternative's odds are the sizes away from the tolerated rate; the direction of harm is that of `sizes`.
    """
    nb_past = before(blocks.nb, blocks.stratum)[first:]
    tb = ((before(blocks.kb, blocks.stratum)[first:] + 0.5) / (nb_past + 1.0))[:, None]
    blocks = blocks.kept(slice(first, None))
    tolerated = 1.0 + np.sign(sizes)[None, :] * margin
    edge = np.minimum(tolerated * tb, HIGHEST_RATE)
    odds = edge / (1.0 - edge) * np.exp(sizes)[None, :]
    ta = odds / (1.0 + odds)
    na, nb, ka, kb = (part[:, None] for part in (blocks.na, blocks.nb, blocks.ka, blocks.kb))
    with np.errstate(divide="ignore", invalid="ignore"):
        near = _nearest_tolerated(na=na, nb=nb, ta=ta, tb=tb, tolerated=tolerated)
        factors = (
            ka * np.log(ta / (tolerated * near))
            + (na - ka) * np.log((1 - ta) / (1 - tolerated * near))
            + kb * np.log(tb / near)
            + (nb - kb) * np.log((1 - tb) / (1 - near))
        )
    is_used = (blocks.na > 0) & (blocks.nb > 0) & (nb_past > 0)
    return np.where(is_used[:, None], factors, 0.0)


def _nearest_tolerated(*, na: Floats, nb: Floats, ta: Floats, tb: Floats, tolerated: Floats) -> Floats:
    """The baseline rate x for which (tolerated * x, x) is nearest to (ta, tb), in bits: the projection on the null.

    The null is convex, so the ratio to its nearest point is at most 1 on average under all of it. x is the smaller
    root of tolerated n x^2 - b x + a = 0; with no margin it is the common rate of `share_factors`.
    """
    n, a = na + nb, na * ta + nb * tb
    b = a * (1 + tolerated) + na * (1 - ta) * tolerated + nb * (1 - tb)
    return np.asarray(2 * a / (b + np.sqrt(np.maximum(b * b - 4 * tolerated * n * a, 0.0))))


def mixture(factors: Floats, ends: Ints | None = None) -> Floats:
    """ln E after each block, or after the blocks `ends`: the mean over the sizes of the product of the factors so far.

    Without a size nothing is looked for, and ln E stays 0.
    """
    if factors.size == 0:
        return np.zeros(factors.shape[0] if ends is None else ends.size)
    sums = np.cumsum(factors, axis=0)
    return log_mean(sums if ends is None else sums[ends], axis=1)


def log_mean(logs: Floats, *, axis: int) -> Floats:
    """ln of the mean of exp(`logs`)."""
    highest = np.max(logs, axis=axis, keepdims=True)
    total = np.mean(np.exp(logs - highest), axis=axis)
    return np.asarray(np.squeeze(highest, axis=axis) + np.log(total))


def evidence_factors(
    blocks: ShareBlocks, *, mde: float, is_lower_harm: bool, margin: float | None, first: int = 0
) -> Floats:
    """The log factor of each block from `first` on, for each size. `margin` None: randomised users, any harm counts.

    A factor looks at earlier blocks of its own stratum only: it is the same among all strata and among some of them.
    """
    sizes = effect_sizes(mde, is_lower_harm=is_lower_harm)
    if margin is None:
        return share_factors(blocks, sizes, first=first)
    return margin_factors(blocks, sizes, margin=margin, first=first)


def share_evidence(blocks: ShareBlocks, *, mde: float, is_lower_harm: bool, margin: float | None) -> Floats:
    """ln E after each block."""
    return mixture(evidence_factors(blocks, mde=mde, is_lower_harm=is_lower_harm, margin=margin))
