"""kill -9 under load: what was answered 204 is in the log and in the store, once."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import psutil
import pytest

from leadline.beaconlog import LogReader
from leadline.store import Loader, open_store

# A collector that acknowledges before the commit: the test below must see it lose.
ACKNOWLEDGES_EARLY = """
import asyncio, sys
from pathlib import Path
from leadline.beaconlog import LogWriter
from leadline.settings import load_settings
from leadline_collector.service import main

append = LogWriter.append

def acknowledge_early(self, body):
    append(self, body)
    done = asyncio.get_running_loop().create_future()
    done.set_result(None)
    return done

LogWriter.append = acknowledge_early
sys.exit(main(load_settings(Path(sys.argv[1]))))
"""
SENDERS = 12


class Load:
    """Senders that post one beacon after the other until the connection breaks."""

    def __init__(self, port: int, round_number: int) -> None:
        self.acknowledged: list[str] = []
        self._threads = [
            threading.Thread(target=self._send, args=(port, f"{round_number}-{sender}")) for sender in range(SENDERS)
        ]
        for thread in self._threads:
            thread.start()

    def _send(self, port: int, name: str) -> None:
        connection = HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            for number in range(10**9):
                view = f"{name}-{number}"
                body = f'{{"key":"pk_shop","page_view_id":"{view}","route":"/{"x" * 400}"}}'
                connection.request("POST", "/v1/b", body, {"Content-Type": "application/json"})
                answer = connection.getresponse()
                answer.read()
                assert answer.status == 204
                self.acknowledged.append(view)
        except (OSError, HTTPException):
            pass  # the collector was killed
        finally:
            connection.close()

    def wait(self) -> list[str]:
        for thread in self._threads:
            thread.join()
        return self.acknowledged


def kill_under_load(running: Any, round_number: int, beacons: int) -> list[str]:
    load = Load(running.port, round_number)
    while len(load.acknowledged) < beacons:
        time.sleep(0.001)
    running.kill()
    return load.wait()


@pytest.mark.kill
@pytest.mark.timeout(600)  # twenty starts; on a busy machine some seconds each
def test_kill_9_loses_no_acknowledged_beacon_and_doubles_none_in_the_store(
    collector: Callable[..., Any], load_log: Callable[..., None], tmp_path: Path
) -> None:
    chance = random.Random(20261124)
    acknowledged: list[str] = []
    for round_number in range(20):  # every round on the same home: what a killed one leaves is sealed by the next
        running = collector()
        acknowledged += kill_under_load(running, round_number, chance.randint(1, 1500))
        running.client.close()
    with open_store(tmp_path / "store.duckdb", wait_s=0) as store:
        load_log(running.folder / ".leadline" / "beacons", Loader(store))
        counted = "SELECT page_view_id, count(*) FROM facts.beacons GROUP BY 1"
        stored: dict[str, int] = dict(store.cursor().execute(counted).fetchall())
    assert len(acknowledged) > 1000
    assert set(acknowledged) - set(stored) == set()
    assert set(stored.values()) == {1}


@pytest.mark.kill
def test_the_kill_test_sees_the_loss_of_a_collector_that_acknowledges_early(
    collector: Callable[..., Any], tmp_path: Path
) -> None:
    lost = 0
    for round_number in range(10):
        running = collector(folder=tmp_path / str(round_number), launcher=ACKNOWLEDGES_EARLY)
        acknowledged = kill_under_load(running, round_number, 300)
        lost += len(set(acknowledged) - {logged.beacon.page_view_id for logged in running.logged()})
        if lost:
            break
    assert lost > 0


@pytest.mark.kill
def test_one_of_two_workers_is_killed_under_load_and_the_other_goes_on(collector: Callable[..., Any]) -> None:
    running = collector("workers = 2")
    load = Load(running.port, 0)
    while len(load.acknowledged) < 300:
        time.sleep(0.001)
    psutil.Process(running.process.pid).children()[0].kill()  # its senders give up
    again = Load(running.port, 1)
    while len(again.acknowledged) < 300:
        time.sleep(0.001)
    assert running.stop() == 0
    acknowledged = load.wait() + again.wait()
    stored = [logged.beacon.page_view_id for logged in running.logged()]
    assert set(acknowledged) - set(stored) == set()
    assert len(stored) == len(set(stored))
    assert all(file.is_sealed for file in LogReader(running.folder / ".leadline" / "beacons").files())


def test_sigterm_answers_what_is_under_way_seals_the_log_and_ends_with_0(collector: Callable[..., Any]) -> None:
    running = collector()
    load = Load(running.port, 0)
    while len(load.acknowledged) < 200:
        time.sleep(0.001)
    assert running.stop() == 0
    acknowledged = load.wait()
    assert set(acknowledged) <= {logged.beacon.page_view_id for logged in running.logged()}
    assert not list((running.folder / ".leadline" / "beacons").glob("*.lock"))


def test_sigterm_waits_for_no_sender_that_stalls(collector: Callable[..., Any]) -> None:
    running = collector()
    assert running.post({"key": "pk_shop", "page_view_id": "kept"}).status_code == 204
    with running.connect() as connection:
        connection.sendall(b"POST /v1/b HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        assert running.get("/healthz").status_code == 200  # it has been seen by now
        assert running.stop() == 0
    assert running.logged_as("kept")
    assert "Traceback" not in running.log
