"""Adds up cells of the vitals' bins: DuckDB delivers them as they stand, numpy sums them by one number a cell.

A GROUP BY over five columns takes three times as long as this (bench/store), and it is most of an answer's time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from leadline.analysis.bins import GROUPS
from leadline.store.experience.asked import Asked
from leadline.store.snapshots import Snapshot

# Where there are at most so many possible cells for each that stands, they are summed in an array of all, else by
# sorting: a cell of an array costs 10 to 30 ns, one that is sorted 60 to 100 (bench/store).
_DENSE = 3
Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
VersionKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Names:
    """The meaning of the cells' numbers: `version_of` by arm and `vital_of` by measure, -1 if not requested."""

    versions: Sequence[VersionKey]
    vitals: Sequence[str]
    version_of: Integers
    vital_of: Integers


@dataclass(frozen=True, slots=True)
class Histograms:
    """One after the other: histogram i is of `versions[i]`, `slices[i]` and `vitals[i]` (numbers), and begins at
    `starts[i]` of the columns, which stand in ascending order of the bins (within one, of the groups).
    """

    versions: Integers
    slices: Integers
    vitals: Integers
    starts: Integers
    bins: Integers
    groups: Integers
    n: Floats
    weights: Floats
    squared: Floats


def read_names(snapshot: Snapshot, asked: Asked) -> Names:
    """Raises duckdb.Error."""
    arms = snapshot.ask("rolled_arms", **asked.filters)
    keys = list(zip(arms["app"].to_pylist(), arms["service_version"].to_pylist(), strict=True))
    versions = sorted(set(keys))
    place = {key: number for number, key in enumerate(versions)}
    vitals = snapshot.ask("rolled_vitals", vitals=list(asked.vitals))
    return Names(
        versions=versions,
        vitals=asked.vitals,
        version_of=lookup(arms["arm"].to_numpy(), [place[key] for key in keys]),
        vital_of=lookup(
            vitals["measure"].to_numpy(), [asked.vitals.index(name) for name in vitals["metric"].to_pylist()]
        ),
    )


def lookup(numbers: NDArray[Any], places: Sequence[int]) -> Integers:
    """An array with each number's place, -1 without one."""
    found = np.full(int(numbers.max(initial=-1)) + 1, -1, dtype=np.int64)
    found[numbers] = places
    return found


def add_up(table: pa.Table, names: Names, slices: Integers | None = None, *, slice_count: int = 1) -> Histograms:
    """The sums of cells: rows of arm, measure, bin, n, weight, weight_squared and maybe session_group.

    `slices` says in which slice a row stands, from 0 to `slice_count`. Cells that differences took away are left out.
    """
    has_groups = "session_group" in table.column_names
    codes = names.version_of[table["arm"].to_numpy()]
    if slices is not None:
        codes = codes * slice_count + slices
    codes *= len(names.vitals)
    codes += names.vital_of[table["measure"].to_numpy()]
    bins = table["bin"].to_numpy()
    first_bin = int(bins.min()) if bins.size else 0
    bin_count = int(bins.max(initial=first_bin)) - first_bin + 1
    codes *= bin_count
    codes += bins
    codes -= first_bin
    if has_groups:
        codes *= GROUPS
        codes += table["session_group"].to_numpy()
    size = len(names.versions) * slice_count * len(names.vitals) * bin_count * (GROUPS if has_groups else 1)
    amounts = [table[name].to_numpy() for name in ("n", "weight", "weight_squared")]
    cells, (n, weights, squared) = (
        _sum_dense(codes, amounts, size) if size <= _DENSE * codes.size else _sum_sparse(codes, amounts)
    )
    groups, bins_of = (cells % GROUPS, cells // GROUPS) if has_groups else (np.zeros_like(cells), cells)
    owners = bins_of // bin_count
    starts = np.flatnonzero(np.diff(owners, prepend=-1))
    firsts = owners[starts]
    return Histograms(
        versions=firsts // len(names.vitals) // slice_count,
        slices=firsts // len(names.vitals) % slice_count,
        vitals=firsts % len(names.vitals),
        starts=starts,
        bins=bins_of % bin_count + first_bin,
        groups=groups,
        n=n,
        weights=weights / 1e6,
        squared=squared / 1e3,
    )


def _sum_dense(codes: Integers, amounts: list[NDArray[Any]], size: int) -> tuple[Integers, list[Floats]]:
    n: Floats = np.bincount(codes, amounts[0], size).astype(np.float64, copy=False)
    cells = np.flatnonzero(n)
    rest = (np.bincount(codes, amount, size)[cells].astype(np.float64, copy=False) for amount in amounts[1:])
    return cells, [n[cells], *rest]


def _sum_sparse(codes: Integers, amounts: list[NDArray[Any]]) -> tuple[Integers, list[Floats]]:
    if codes.size == 0:
        return codes, [np.zeros(0) for _ in amounts]
    ordering = np.argsort(codes)
    ordered = codes[ordering]
    starts = np.flatnonzero(np.diff(ordered, prepend=-1))
    n, *rest = (np.add.reduceat(amount[ordering].astype(np.float64), starts) for amount in amounts)
    stands = n != 0
    return ordered[starts][stands], [n[stands], *(amount[stands] for amount in rest)]
