"""Blocks: counts of sessions by minute and stratum, canary beside live baseline. All evidence is summed over them.

A session is in exactly one block, that of the minute in which its horizon ended, so blocks never change later.
Within a block both arms have the same minute and the same kind of device: only the version differs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareBlocks:
    """Yes or no: `ka` of `na` canary sessions had it, `kb` of `nb` baseline sessions. By minute, then stratum."""

    minute: Ints  # minutes since 1970
    stratum: Ints
    ka: Floats
    na: Floats
    kb: Floats
    nb: Floats

    def within(self, strata: frozenset[int]) -> ShareBlocks:
        """Only these strata."""
        return self.kept(np.isin(self.stratum, sorted(strata)))

    def upto(self, minute: int) -> ShareBlocks:
        """Up to and including that minute."""
        return self.kept(self.minute <= minute)

    def kept(self, is_kept: slice | NDArray[np.bool_] | Ints) -> ShareBlocks:
        """These rows, in this order where they are places."""
        return ShareBlocks(
            minute=self.minute[is_kept],
            stratum=self.stratum[is_kept],
            ka=self.ka[is_kept],
            na=self.na[is_kept],
            kb=self.kb[is_kept],
            nb=self.nb[is_kept],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BinBlocks:
    """Values: one entry per block and bin (bins.py) that has any, with how many sessions of each arm fell into it.

    Ordered by minute, then stratum, then bin.
    """

    minute: Ints
    stratum: Ints
    bin: Ints
    canary: Floats
    baseline: Floats

    def within(self, strata: frozenset[int]) -> BinBlocks:
        """Only these strata."""
        return self.kept(np.isin(self.stratum, sorted(strata)))

    def upto(self, minute: int) -> BinBlocks:
        """Up to and including that minute."""
        return self.kept(slice(0, int(np.searchsorted(self.minute, minute, side="right"))))

    def after(self, minute: int) -> BinBlocks:
        """After that minute."""
        return self.kept(slice(int(np.searchsorted(self.minute, minute, side="right")), None))

    def kept(self, rows: slice | NDArray[np.bool_] | Ints) -> BinBlocks:
        """These rows, in this order where they are places."""
        return BinBlocks(
            minute=self.minute[rows],
            stratum=self.stratum[rows],
            bin=self.bin[rows],
            canary=self.canary[rows],
            baseline=self.baseline[rows],
        )


def share_blocks(rows: list[tuple[int, int, float, float, float, float]]) -> ShareBlocks:
    """From rows of minute, stratum, ka, na, kb, nb, in any order."""
    table = np.array(sorted(rows), dtype=np.float64).reshape(-1, 6)
    minute, stratum = table[:, 0].astype(np.int64), table[:, 1].astype(np.int64)
    return ShareBlocks(minute=minute, stratum=stratum, ka=table[:, 2], na=table[:, 3], kb=table[:, 4], nb=table[:, 5])


def bin_blocks(rows: list[tuple[int, int, int, float, float]]) -> BinBlocks:
    """From rows of minute, stratum, bin, canary, baseline, in any order."""
    table = np.array(sorted(rows), dtype=np.float64).reshape(-1, 5)
    minute, stratum, bins = (table[:, column].astype(np.int64) for column in range(3))
    return BinBlocks(minute=minute, stratum=stratum, bin=bins, canary=table[:, 3], baseline=table[:, 4])


def before(values: Floats, stratum: Ints) -> Floats:
    """For each block, the sum of `values` over the earlier blocks of its stratum."""
    ordering = np.argsort(stratum, kind="stable")
    ordered, groups = values[ordering], stratum[ordering]
    earlier = np.cumsum(ordered) - ordered
    is_first = np.ones(groups.size, dtype=bool)
    is_first[1:] = groups[1:] != groups[:-1]
    starts = np.flatnonzero(is_first)
    earlier -= np.repeat(earlier[starts], np.diff(np.append(starts, groups.size)))
    sums = np.empty_like(earlier)
    sums[ordering] = earlier
    return sums


def ends_of(minute: Ints) -> Ints:
    """The last block of each minute."""
    return np.flatnonzero(np.append(minute[1:] != minute[:-1], True)[: minute.size]).astype(np.int64)


def at_minutes(sums: Floats, minute: Ints, grid: Ints, *, start: float = 0.0) -> Floats:
    """A running sum over blocks, read off at the end of each minute of `grid`; `start` before the first block."""
    places = np.searchsorted(minute, grid, side="right")
    return np.concatenate(([start], sums))[places]
