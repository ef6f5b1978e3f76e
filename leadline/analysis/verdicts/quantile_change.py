"""By how much did p50, p75 or p99 change, and what are the bounds?

The baseline's blocks are weighed to the canary's traffic (na/nb), so that a ramp over the day or another mix of devices
does not look like a change. The bounds are those of the share below the quantile (a confidence sequence), read back
through the canary's bins: Woodruff's interval, for all times at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from leadline.analysis.verdicts.bins import BINS, quantile_value
from leadline.analysis.verdicts.blocks import BinBlocks, Floats, Ints
from leadline.analysis.verdicts.differences import confidence_half_width
from leadline.analysis.verdicts.ranks import cells_of


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantileSums:
    """Up to the end of each minute that has blocks: counts by bin, and how many independent values they stand for.

    Columns are the bins from `first_bin` on that anybody is in; `canary_at` and `baseline_at` are of all bins.
    """

    minute: Ints
    first_bin: int
    canary: Floats
    baseline: Floats
    canary_n: Floats
    baseline_square: Floats  # sum of weight squared times sessions: the variance of the weighed share

    def canary_at(self, place: int) -> Floats:
        return self._in_all_bins(self.canary[place])

    def baseline_at(self, place: int) -> Floats:
        return self._in_all_bins(self.baseline[place])

    def _in_all_bins(self, counts: Floats) -> Floats:
        found = np.zeros(BINS)
        found[self.first_bin : self.first_bin + counts.size] = counts
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantileChange:
    """Values in the metric's unit; the change and its bounds as ratios of the baseline's. `high` None: no bound yet."""

    canary: float
    baseline: float
    change: float
    low: float
    high: float | None


def quantile_sums(blocks: BinBlocks) -> QuantileSums:
    """Running sums over the blocks that have both arms."""
    found = _by_minute(blocks)
    return QuantileSums(
        minute=found.minute,
        first_bin=found.first_bin,
        canary=np.cumsum(found.canary, axis=0),
        baseline=np.cumsum(found.baseline, axis=0),
        canary_n=np.cumsum(found.canary_n),
        baseline_square=np.cumsum(found.baseline_square),
    )


def _by_minute(blocks: BinBlocks) -> QuantileSums:
    """The same for each single minute, not summed yet."""
    cells = cells_of(blocks)
    na, nb = cells.by_block(cells.canary), cells.by_block(cells.baseline)
    has_both = (na > 0) & (nb > 0)
    weight = na / np.maximum(nb, 1)
    minutes, place = np.unique(cells.minute[has_both], return_inverse=True)
    place_of = np.zeros(has_both.size, dtype=np.int64)
    place_of[has_both] = place.reshape(-1)
    # One addition after the other, in the order of the blocks: the same to the last digit on any machine.
    is_kept = has_both[cells.block]
    block = cells.block[is_kept]
    bins = cells.bin[is_kept]
    first_bin, width = (int(bins.min()), int(np.ptp(bins)) + 1) if bins.size else (0, 1)
    cell = place_of[block] * width + bins - first_bin

    def by_minute(counts: Floats) -> Floats:
        sums = np.bincount(cell, counts, minutes.size * width).astype(np.float64)
        return sums.reshape(minutes.size, width)

    canary, baseline = by_minute(cells.canary[is_kept]), by_minute(cells.baseline[is_kept] * weight[block])
    na, nb, weight = na[has_both], nb[has_both], weight[has_both]
    canary_n, square = np.bincount(place, na, minutes.size), np.bincount(place, weight * weight * nb, minutes.size)
    return QuantileSums(
        minute=minutes,
        first_bin=first_bin,
        canary=canary,
        baseline=baseline,
        canary_n=canary_n.astype(np.float64),
        baseline_square=square.astype(np.float64),
    )


def extend_quantile_sums(first: QuantileSums, blocks: BinBlocks) -> QuantileSums | None:
    """`first` with blocks of later minutes. None where they have values in bins that `first` has no columns for.

    The sums go on one addition after the other, as if they had been made at once.
    """
    later = _by_minute(blocks)
    if later.minute.size == 0:
        return first
    start = later.first_bin - first.first_bin
    stop = start + later.canary.shape[1]
    if first.minute.size == 0 or start < 0 or stop > first.canary.shape[1]:
        return None

    def go_on(sums: Floats, more: Floats) -> Floats:
        last = np.concatenate((sums[-1:], more))
        return np.concatenate((sums, np.cumsum(last, axis=0)[1:]))

    def widened(counts: Floats) -> Floats:
        wide = np.zeros((counts.shape[0], first.canary.shape[1]))
        wide[:, start:stop] = counts
        return wide

    return QuantileSums(
        minute=np.concatenate((first.minute, later.minute)),
        first_bin=first.first_bin,
        canary=go_on(first.canary, widened(later.canary)),
        baseline=go_on(first.baseline, widened(later.baseline)),
        canary_n=go_on(first.canary_n, later.canary_n),
        baseline_square=go_on(first.baseline_square, later.baseline_square),
    )


def quantile_change(sums: QuantileSums, minute: int, *, quantile: float, alpha: float) -> QuantileChange | None:
    """As of the end of `minute`; None where there are no values on both sides."""
    place = int(np.searchsorted(sums.minute, minute, side="right")) - 1
    if place < 0:
        return None
    canary, baseline = sums.canary_at(place), sums.baseline_at(place)
    at_canary, at_baseline = quantile_value(canary, quantile), quantile_value(baseline, quantile)
    if at_canary is None or at_baseline is None or not at_baseline > 0:
        return None
    n = float(sums.canary_n[place])
    variance = quantile * (1 - quantile) * (1 / n + float(sums.baseline_square[place]) / (n * n))
    # Sharpest for 5 points of the share below the median: what +10 % of latency does to it.
    half = confidence_half_width(variance, tau=0.2 * quantile * (1 - quantile), alpha=alpha)
    low = quantile_value(canary, quantile - half) if quantile - half > 0 else 0.0
    high = quantile_value(canary, quantile + half) if quantile + half < 1 else None
    return QuantileChange(
        canary=at_canary,
        baseline=at_baseline,
        change=at_canary / at_baseline - 1,
        low=(low or 0.0) / at_baseline - 1,
        high=None if high is None else high / at_baseline - 1,
    )
