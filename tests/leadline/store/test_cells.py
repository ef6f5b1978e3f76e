"""Cells are added up to the same histograms in an array of all of them and by sorting those that stand."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from leadline.store.experience import cells
from leadline.store.experience.cells import Histograms, Names, add_up
from leadline.store.experience.parts import VITALS

NAMES = Names(
    versions=[("shop", "1"), ("shop", "2")],
    vitals=VITALS,
    version_of=np.array([-1, 0, 1, 1], dtype=np.int64),
    vital_of=np.array([-1, 0, 1, 2, 3, 4], dtype=np.int64),
)


def table(rows: list[tuple[int, ...]]) -> pa.Table:
    """Of arm, measure, group, bin and n; what is seen weighs a million millionths each."""
    arm, measure, group, bin_, n = (pa.array(column, pa.int32()) for column in zip(*rows, strict=True))
    weight = pa.array([row[-1] * 1_000_000 for row in rows], pa.int64())
    squared = pa.array([row[-1] * 1000 for row in rows], pa.int64())
    names = ["arm", "measure", "session_group", "bin", "n", "weight", "weight_squared"]
    return pa.table([arm, measure, group, bin_, n, weight, squared], names=names)


def described(found: Histograms) -> list[tuple[int, ...]]:
    ends = [*found.starts[1:], found.bins.size]
    return [
        (int(version), int(slice_), int(vital), *(int(found.bins[at]) for at in range(start, end)))
        for version, slice_, vital, start, end in zip(
            found.versions, found.slices, found.vitals, found.starts, ends, strict=True
        )
    ]


@pytest.mark.parametrize("dense", [0, 10_000_000])
def test_two_cohorts_of_a_version_are_one_histogram_in_each_slice(dense: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells, "_DENSE", dense)
    rows = [(2, 1, 0, 7, 1), (3, 1, 0, 7, 2), (2, 1, 0, 3, 1), (1, 5, 0, 1046, 1), (1, 5, 0, 9, 1), (1, 5, 0, 9, -1)]
    slices = np.array([1, 1, 1, 0, 0, 0], dtype=np.int64)
    found = add_up(table(rows).drop_columns(["session_group"]), NAMES, slices, slice_count=2)
    assert described(found) == [(0, 0, 4, 1046), (1, 1, 0, 3, 7)]
    assert found.n.tolist() == [1, 1, 3]
    assert found.weights.tolist() == [1, 1, 3]
    assert found.squared.tolist() == [1, 1, 3]


@pytest.mark.parametrize("dense", [0, 10_000_000])
def test_groups_of_a_bin_stand_beside_one_another(dense: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells, "_DENSE", dense)
    found = add_up(table([(1, 2, 15, 4, 1), (1, 2, 0, 4, 2), (1, 2, 3, 2, 1)]), NAMES)
    assert described(found) == [(0, 0, 1, 2, 4, 4)]
    assert (found.groups.tolist(), found.n.tolist()) == ([3, 0, 15], [1, 2, 1])


def test_nothing_is_no_histogram() -> None:
    assert add_up(table([(1, 1, 0, 1, 1)]).slice(0, 0), NAMES).starts.size == 0
