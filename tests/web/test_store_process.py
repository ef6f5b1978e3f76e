"""Kill the store process at any moment: each beacon is a row once, and web goes on with what it can know."""

from __future__ import annotations

import random
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from leadline.beaconlog import LogReader
from leadline.wire import BeaconEvent
from leadline_web.messages import LENGTH_BYTES, Following, decode_say
from leadline_web.offline import open_home

COUNTS = """SELECT (SELECT count(*) FROM page_views) AS views, (SELECT count(*) FROM events) AS events,
(SELECT count(*) FROM load_reports WHERE reason = 'quarantined') AS reports"""
BEACONS = 16_000


def start_store_process(settings_file: Any) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """One that has opened the store and is about to load."""
    ours, theirs = socket.socketpair()
    command = [sys.executable, "-P", "-m", "leadline_web.store_process", "-c", str(settings_file)]
    process = subprocess.Popen([*command, "--socket", str(theirs.fileno())], pass_fds=[theirs.fileno()])
    theirs.close()
    size = int.from_bytes(ours.recv(LENGTH_BYTES, socket.MSG_WAITALL), "big")
    assert isinstance(decode_say(ours.recv(size, socket.MSG_WAITALL)), Following)
    return process, ours


@pytest.mark.kill
@pytest.mark.timeout(300)
def test_killed_in_the_middle_of_loads_it_loads_every_beacon_once(
    own_web: Any, append: Any, beacon: Any, wait: Any
) -> None:
    append([beacon(page_view_id=f"v{n}", seq=1, events=[BeaconEvent(name="bought")]) for n in range(BEACONS - 1)])
    append([b"not a beacon", beacon(page_view_id="last", events=[BeaconEvent(name="bought")])])
    draw = random.Random(20261124)
    log = own_web.settings.paths.store.with_name("store.duckdb.wal")
    loaded: list[int] = []
    while len(loaded) < 8 and (not loaded or loaded[-1] < BEACONS):
        process, channel = start_store_process(own_web.settings_file)
        before = _size(log)
        if draw.random() < 0.7:
            wait(lambda b=before, p=process: _size(log) != b or p.poll() is not None)  # a batch is under way
        with suppress(subprocess.TimeoutExpired):
            process.wait(draw.uniform(0, 0.2))
        process.kill()
        process.wait()
        channel.close()
        loaded.append(_rows_without_loading(own_web.settings))
    partial = sum(0 < rows < BEACONS for rows in loaded)
    assert partial > 0, "no kill came in the middle; the test says nothing"
    with open_home(own_web.settings) as home:
        assert home.query(COUNTS).table.to_pylist() == [{"views": BEACONS, "events": BEACONS, "reports": 1}]
        distinct = home.query("SELECT count(DISTINCT page_view_id) AS n FROM events")
        assert distinct.table.to_pylist() == [{"n": BEACONS}]
    assert all(file.is_loaded for file in LogReader(own_web.settings.paths.beacon_log).files())


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


def _rows_without_loading(settings: Any) -> int:
    from leadline.store import open_store

    with open_store(settings.paths.store) as store:
        row = store.cursor().execute("SELECT count(*) FROM facts.beacons").fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.kill
@pytest.mark.timeout(300)
def test_web_outlives_its_store_process_and_starts_another(
    own_web: Any, append: Any, beacon: Any, commit: Any, run_result: Any, wait: Any
) -> None:
    own_web.start()
    commit(run_result())
    for number in range(4):
        append([beacon(page_view_id=f"v{number}-{n}") for n in range(50)])
        killed = own_web.store_process()
        killed.kill()
        assert len(own_web.client.get("/v1/incidents").json()) == 1
        wait(lambda k=killed: own_web.store_process().pid != k.pid)
    wait(lambda: own_web.rows("SELECT count(*) AS n FROM page_views") == [{"n": 200}])
    assert own_web.rows("SELECT count(*) AS n, count(DISTINCT run_id) AS d FROM journey_runs") == [{"n": 1, "d": 1}]
    metrics = own_web.client.get("/metrics").text
    assert "leadline_store_starts_total 5.0" in metrics
    assert "leadline_store_up 1.0" in metrics


def test_while_the_store_is_held_figures_are_503_and_records_are_answered(
    own_web: Any, commit: Any, run_result: Any, wait: Any
) -> None:
    from leadline.store import open_store

    commit(run_result())
    with open_store(own_web.settings.paths.store):
        own_web.start(until_ready=False)
        answer = own_web.client.get("/v1/vitals")
        assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
        assert answer.json()["type"] == "urn:leadline:store-unavailable"
        assert answer.headers["retry-after"] == "1"
        incident = own_web.client.get("/v1/incidents").json()[0]
        assert own_web.client.post(f"/v1/incidents/{incident['incident_id']}/ack").json()["state"] == "acknowledged"
        assert own_web.client.get("/readyz").status_code == 503
        page = own_web.client.get("/v1/journeys")
        assert page.status_code == 200
    wait(lambda: own_web.client.get("/v1/vitals").status_code == 200)
    assert own_web.client.get("/readyz").status_code == 200


def test_queries_run_beside_one_another_and_a_slow_one_is_ended(web: Any) -> None:
    slow = "SELECT count(*) FROM range(1000000000000) t(i) WHERE i % 7 = 3"
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(2) as pool:
        asked = pool.submit(web.client.post, "/v1/query", json={"sql": slow, "timeout_s": 2})
        assert web.rows("SELECT 1 AS one") == [{"one": 1}]
        answer = asked.result()
    assert (answer.status_code, answer.json()["field"]) == (400, "sql")
    assert "longer than 2 s" in answer.json()["detail"]


def test_a_record_that_can_not_be_loaded_is_quarantined_alone(
    own_web: Any, append: Any, beacon: Any, monkeypatch: pytest.MonkeyPatch
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
    with open_home(own_web.settings) as home:
        views = home.query("SELECT page_view_id FROM page_views").table["page_view_id"].to_pylist()
        assert sorted(views) == sorted(f"v{n}" for n in range(40) if n != 13)
        assert home.query("SELECT reason, amount FROM load_reports").table.to_pylist() == [
            {"reason": "quarantined", "amount": 1}
        ]
