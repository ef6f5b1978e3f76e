"""Only bins that somebody is in are added up; here beside sums over every bin, bit for bit."""

from __future__ import annotations

import numpy as np
import pytest

from leadline.analysis.verdicts.bins import BINS
from leadline.analysis.verdicts.blocks import BinBlocks, Floats, bin_blocks
from leadline.analysis.verdicts.quantile_change import quantile_sums
from leadline.analysis.verdicts.ranks import rank_blocks

MINUTES, STRATA = 20, 3


@pytest.fixture
def counts() -> tuple[Floats, Floats]:
    """Sessions by minute, stratum and bin: some at both ends, some blocks with one arm only, some with nobody."""
    seeded = np.random.default_rng(11)
    sizes = (MINUTES, STRATA, BINS)
    canary, baseline = seeded.poisson(0.02, sizes).astype(float), seeded.poisson(0.2, sizes).astype(float)
    canary[:, :, [0, BINS - 1]] += 1
    canary[3, 0], baseline[4, 1], canary[5, 2], baseline[5, 2] = 0, 0, 0, 0
    return canary, baseline


def as_bins(canary: Floats, baseline: Floats) -> BinBlocks:
    found = np.argwhere((canary > 0) | (baseline > 0))
    rows = [(int(m), int(s), int(b), float(canary[m, s, b]), float(baseline[m, s, b])) for m, s, b in found]
    return bin_blocks(rows)


@pytest.mark.parametrize("shift", [-2, 0, 1, 3])
def test_ranks_are_those_of_every_bin(counts: tuple[Floats, Floats], shift: int) -> None:
    canary, baseline = counts
    found = rank_blocks(as_bins(canary, baseline), shift=shift, thresholds=np.array([0, 100, BINS - 1]))
    moved = np.zeros_like(canary)
    for place in range(BINS):
        moved[:, :, min(max(place - shift, 0), BINS - 1)] += canary[:, :, place]
    for at, (minute, stratum) in enumerate(zip(found.minute, found.stratum, strict=True)):
        a, b = moved[minute, stratum], baseline[minute, stratum]
        na, nb, n = a.sum(), b.sum(), a.sum() + b.sum()
        u = (a * (np.cumsum(b) - b / 2)).sum()
        ties = ((a + b) ** 3 - (a + b)).sum()
        v = na * nb / 12 * ((n + 1) - ties / (n * (n - 1))) / (n + 1) ** 2
        expected = ((u - na * nb / 2) / (n + 1), v) if na and nb else (0.0, 0.0)
        assert (found.na[at], found.nb[at], found.s[at], found.v[at]) == (na, nb, *expected)
        assert found.above_a[at].tolist() == [a[1:].sum(), a[101:].sum(), a[BINS - 1 :].sum()]
        assert found.above_b[at].tolist() == [b[1:].sum(), b[101:].sum(), b[BINS - 1 :].sum()]
    assert found.minute.size == MINUTES * STRATA - 1


def test_quantiles_are_those_of_every_bin(counts: tuple[Floats, Floats]) -> None:
    canary, baseline = counts
    found = quantile_sums(as_bins(canary, baseline))
    sums = np.zeros((2, BINS))
    for place, minute in enumerate(found.minute):
        of_minute = np.zeros((2, BINS))
        for a, b in zip(canary[minute], baseline[minute], strict=True):
            if a.sum() and b.sum():
                of_minute += a, b * (a.sum() / b.sum())
        sums += of_minute
        assert np.array_equal(found.canary[place], sums[0])
        assert np.array_equal(found.baseline[place], sums[1])
    assert found.minute.size == MINUTES
