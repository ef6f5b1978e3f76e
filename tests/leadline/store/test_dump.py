"""A dump that an earlier version wrote becomes a store of this one, rollups included."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from made_up.histories import HOUR_MS, load, story, sums

from leadline.store import Store, open_store
from leadline.store.dump import dump_tables, load_tables
from leadline.store.migrations import newest_version, read_version
from leadline.store.rollups import Roller


@pytest.mark.parametrize("is_earlier", [False, True], ids=["of this version", "of schema 1"])
def test_what_a_dump_lacks_is_made_of_what_it_has(
    is_earlier: bool, store: Store, now: datetime, now_ms: int, tmp_path: Path
) -> None:
    load(store, story(3, now_ms, beacons=100, longest_view_ms=10 * HOUR_MS), now)
    Roller(store).roll_all(now)
    expected = sums(store)["chart_hours"]
    dumped = dump_tables(store, tmp_path)
    if is_earlier:
        dumped = [one for one in dumped if one.table not in ("meta.schema_version", "rollups.chart_hours")]
    path = tmp_path / "restored.duckdb"
    assert list(load_tables(path, tmp_path, dumped)) == dumped
    with open_store(path) as restored:
        assert read_version(restored.cursor()) == newest_version()
        found = sums(restored)["chart_hours"]
    assert found == expected
    assert len(found) > 100
