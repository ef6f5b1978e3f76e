"""Turns rows of sessions into blocks: counts by minute and stratum, and by bin if there are values."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from leadline.analysis.verdicts.bins import BINS, bin_of
from leadline.analysis.verdicts.blocks import BinBlocks, Floats, Ints, ShareBlocks
from leadline.store.parts import Strata

__all__ = ["bin_blocks_of", "flags", "floats", "ints", "reference_of", "share_blocks_of"]


def share_blocks_of(found: pa.Table, keys: Strata) -> ShareBlocks:
    key, place = _told_apart(found, keys)
    sums = {name: np.bincount(place, floats(found[name]), key.size).astype(np.float64) for name in _COUNTS}
    return ShareBlocks(minute=key // keys.most, stratum=key % keys.most, **sums)


_COUNTS = ("ka", "na", "kb", "nb")


def bin_blocks_of(found: pa.Table, keys: Strata) -> tuple[BinBlocks, int]:
    """The blocks, and how many sessions have a value that is not a number or below zero."""
    values = floats(found["value"])
    is_usable = np.isfinite(values) & (values >= 0)
    unusable = int(np.count_nonzero(~is_usable)) - found["value"].null_count
    found, values = found.filter(pa.array(is_usable)), values[is_usable]
    stratum = _strata_of(found, keys)
    key = (ints(found["minute"]) * keys.most + stratum) * BINS + bin_of(values)
    keys_found, place = np.unique(key, return_inverse=True)
    is_canary = ints(found["arm"]) == 0
    return BinBlocks(
        minute=keys_found // BINS // keys.most,
        stratum=keys_found // BINS % keys.most,
        bin=keys_found % BINS,
        canary=np.bincount(place, is_canary, keys_found.size).astype(np.float64),
        baseline=np.bincount(place, ~is_canary, keys_found.size).astype(np.float64),
    ), max(unusable, 0)


def reference_of(found: pa.Table) -> Floats:
    values = floats(found["value"])
    is_usable = np.isfinite(values) & (values >= 0) & (ints(found["arm"]) == 1)
    return np.bincount(bin_of(values[is_usable]), minlength=BINS).astype(np.float64)


def _told_apart(found: pa.Table, keys: Strata) -> tuple[Ints, Ints]:
    key = ints(found["minute"]) * keys.most + _strata_of(found, keys)
    blocks, place = np.unique(key, return_inverse=True)
    return blocks, place.astype(np.int64)


def _strata_of(found: pa.Table, keys: Strata) -> Ints:
    if found.num_rows == 0:
        return np.zeros(0, dtype=np.int64)
    encoded = found["segment"].combine_chunks().dictionary_encode()
    return np.asarray(keys.of(encoded.dictionary.to_pylist())[encoded.indices.to_numpy(zero_copy_only=False)])


def ints(column: pa.ChunkedArray) -> Ints:
    return np.asarray(column.to_numpy(), dtype=np.int64)


def floats(column: pa.ChunkedArray) -> Floats:
    return np.asarray(column.to_numpy(), dtype=np.float64)


def flags(column: pa.ChunkedArray) -> NDArray[np.bool_]:
    """Unknown counts as false."""
    return np.asarray(column.fill_null(False).to_numpy(zero_copy_only=False), dtype=bool)
