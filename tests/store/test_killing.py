"""Killed in the middle of loads, the service loads every beacon once; a record that can't be loaded stands alone."""

from __future__ import annotations

import random
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from filled_homes import StoreService, open_home

from leadline.beaconlog import LogReader
from leadline.wire import BeaconEvent

COUNTS = """SELECT (SELECT count(*) FROM page_views) AS views, (SELECT count(*) FROM events) AS events,
(SELECT count(*) FROM load_reports WHERE reason = 'quarantined') AS reports"""
BEACONS = 16_000


@pytest.mark.kill
@pytest.mark.timeout(300)
def test_killed_in_the_middle_of_loads_it_loads_every_beacon_once(
    service: StoreService, append: Any, beacon: Any, wait: Any
) -> None:
    append([beacon(page_view_id=f"v{n}", seq=1, events=[BeaconEvent(name="bought")]) for n in range(BEACONS - 1)])
    append([b"not a beacon", beacon(page_view_id="last", events=[BeaconEvent(name="bought")])])
    draw = random.Random(20261124)
    log = service.settings.paths.store.with_name("store.duckdb.wal")
    loaded: list[int] = []
    while len(loaded) < 8 and (not loaded or loaded[-1] < BEACONS):
        service.start()
        process = service.process
        assert process is not None
        before = _size(log)
        if draw.random() < 0.7:
            wait(lambda b=before, p=process: _size(log) != b or p.poll() is not None)  # a batch is under way
        with suppress(subprocess.TimeoutExpired):
            process.wait(draw.uniform(0, 0.2))
        service.kill()
        loaded.append(_rows_without_loading(service.settings))
    partial = sum(0 < rows < BEACONS for rows in loaded)
    assert partial > 0, "no kill came in the middle; the test says nothing"
    with open_home(service.settings) as home:
        assert home.query(COUNTS).table.to_pylist() == [{"views": BEACONS, "events": BEACONS, "reports": 1}]
        distinct = home.query("SELECT count(DISTINCT page_view_id) AS n FROM events")
        assert distinct.table.to_pylist() == [{"n": BEACONS}]
    assert all(file.is_loaded for file in LogReader(service.settings.paths.beacon_log).files())


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


def _rows_without_loading(settings: Any) -> int:
    from leadline.store import open_store

    with open_store(settings.paths.store) as store:
        row = store.cursor().execute("SELECT count(*) FROM facts.beacons").fetchone()
    assert row is not None
    return int(row[0])


def test_a_record_that_can_not_be_loaded_is_quarantined_alone(
    settings: Any, append: Any, beacon: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of ours in one record: the rest of its page is loaded all the same."""
    import msgspec

    from leadline.store import beacon_rows
    from leadline.wire import decode_logged

    def poisoned(body: bytes) -> Any:
        logged = decode_logged(body)
        return msgspec.structs.replace(logged, app=17) if logged.beacon.page_view_id == "v13" else logged

    monkeypatch.setattr(beacon_rows, "decode_logged", poisoned)
    append([beacon(page_view_id=f"v{n}") for n in range(40)])
    with open_home(settings) as home:
        views = home.query("SELECT page_view_id FROM page_views").table["page_view_id"].to_pylist()
        assert sorted(views) == sorted(f"v{n}" for n in range(40) if n != 13)
        assert home.query("SELECT reason, amount FROM load_reports").table.to_pylist() == [
            {"reason": "quarantined", "amount": 1}
        ]
