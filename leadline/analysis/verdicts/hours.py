"""A metric's blocks joined to hours, by segment: the difference in any of them, with bounds, and that of the totals.

Minutes are too short for segments: one with few sessions has both arms in hardly any of them. Bounds are the same
confidence sequences as in the verdict (differences.py, quantile_change.py).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leadline.analysis.verdicts.bins import BINS, quantile_value
from leadline.analysis.verdicts.blocks import BinBlocks, Floats, Ints, ShareBlocks
from leadline.analysis.verdicts.differences import confidence_half_width, stratified_differences
from leadline.analysis.verdicts.findings import JUDGED_QUANTILE, rounded
from leadline.analysis.verdicts.quantile_change import quantile_change, quantile_sums

BLOCK_MINUTES = 60


@dataclass(frozen=True, slots=True)
class Found:
    """A difference with its bounds, in shares or as a change of a quantile; `baseline` is what ratios are taken of."""

    canary: float
    baseline: float
    difference: float
    low: float
    high: float

    def ratio(self, value: float) -> float | None:
        return rounded(value / self.baseline) if self.baseline > 0 and math.isfinite(value) else None

    def ratios(self) -> tuple[float | None, float | None, float | None]:
        """The difference and its bounds as parts of the baseline's value."""
        return self.ratio(self.difference), self.ratio(self.low), self.ratio(self.high)

    def harm(self, *, is_lower_harm: bool) -> tuple[float, float]:
        """Its size, and its lower bound."""
        return (-self.difference, -self.high) if is_lower_harm else (self.difference, self.low)


class SharesByHour:
    """Yes or no, by hour and segment."""

    def __init__(self, blocks: ShareBlocks, place_of: Ints, *, least_effect: float) -> None:
        """`place_of`: the segment of each stratum. `least_effect`: in log odds."""
        self._least_effect = math.expm1(least_effect)
        key, place = _hours(blocks.minute, blocks.stratum, place_of)
        sums = {
            name: np.bincount(place, getattr(blocks, name), key.size).astype(np.float64)
            for name in ("ka", "na", "kb", "nb")
        }
        self._blocks = ShareBlocks(minute=key // place_of.size, stratum=key % place_of.size, **sums)

    def sessions(self, size: int) -> tuple[Floats, Floats]:
        b = self._blocks
        return np.bincount(b.stratum, b.na, size).astype(float), np.bincount(b.stratum, b.nb, size).astype(float)

    def found(self, strata: frozenset[int], alpha: float) -> Found | None:
        """Sharpest for a difference as large as the rate itself: an effect in one segment is large, or not relevant."""
        blocks = self._blocks.within(strata)
        if not bool(((blocks.na > 0) & (blocks.nb > 0)).any()):
            return None
        last = stratified_differences(blocks)
        difference, baseline = float(last.difference[-1]), float(last.baseline[-1])
        common = float((blocks.ka + blocks.kb).sum() / (blocks.na + blocks.nb).sum())
        half = confidence_half_width(
            float(last.variance[-1]), tau=max(self._least_effect * baseline, common), alpha=alpha
        )
        return Found(
            canary=float(last.canary[-1]),
            baseline=baseline,
            difference=difference,
            # No rate is below 0 or above 1.
            low=max(difference - half, -baseline),
            high=min(difference + half, 1 - baseline),
        )

    def pooled(self) -> float | None:
        """The change of the plain totals."""
        ka, na, kb, nb = (
            float(one.sum()) for one in (self._blocks.ka, self._blocks.na, self._blocks.kb, self._blocks.nb)
        )
        return (ka / na) / (kb / nb) - 1 if na > 0 and kb > 0 else None


class BinsByHour:
    """Values, by hour and segment."""

    def __init__(self, blocks: BinBlocks, place_of: Ints) -> None:
        key, place = _hours(blocks.minute, blocks.stratum, place_of)
        cell, at = np.unique(key[place] * BINS + blocks.bin if key.size else blocks.bin, return_inverse=True)
        self._blocks = BinBlocks(
            minute=cell // BINS // place_of.size,
            stratum=cell // BINS % place_of.size,
            bin=cell % BINS,
            canary=np.bincount(at, blocks.canary, cell.size).astype(np.float64),
            baseline=np.bincount(at, blocks.baseline, cell.size).astype(np.float64),
        )

    def sessions(self, size: int) -> tuple[Floats, Floats]:
        b = self._blocks
        canary, baseline = np.bincount(b.stratum, b.canary, size), np.bincount(b.stratum, b.baseline, size)
        return canary.astype(float), baseline.astype(float)

    def found(self, strata: frozenset[int], alpha: float) -> Found | None:
        blocks = self._blocks.within(strata)
        if blocks.minute.size == 0:
            return None
        last = int(blocks.minute[-1])
        change = quantile_change(quantile_sums(blocks), last, quantile=JUDGED_QUANTILE, alpha=alpha)
        if change is None:
            return None
        scale = change.baseline
        return Found(
            canary=change.canary,
            baseline=scale,
            difference=change.change * scale,
            low=change.low * scale,
            high=math.inf if change.high is None else change.high * scale,
        )

    def pooled(self) -> float | None:
        """The change of the plain totals' p75."""
        b = self._blocks
        canary = quantile_value(np.bincount(b.bin, b.canary, BINS).astype(float), JUDGED_QUANTILE)
        baseline = quantile_value(np.bincount(b.bin, b.baseline, BINS).astype(float), JUDGED_QUANTILE)
        return canary / baseline - 1 if canary is not None and baseline else None


def _hours(minute: Ints, stratum: Ints, place_of: Ints) -> tuple[Ints, NDArray[np.int64]]:
    """Keys of hour and segment, segments by name, and the key's place of each block."""
    key, place = np.unique(minute // BLOCK_MINUTES * place_of.size + place_of[stratum], return_inverse=True)
    return key, place.reshape(-1).astype(np.int64)
