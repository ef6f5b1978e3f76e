"""Kills a collector under load again and again, and asks the store whether it has every acknowledged beacon once.

Senders are plain connections that note a beacon only after its 204. The next collector seals what a
killed one leaves; all of it is loaded into a store of its own.
"""

from __future__ import annotations

import random
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from leadline.beaconlog import LogReader
from leadline.store import Loader, Store, open_store

SETTINGS = '[collector]\nlisten = "127.0.0.1:0"\n[[app]]\nname = "shop"\nkeys = ["pk_shop"]\norigins = ["*"]\n'
SERVE = (
    "import sys; from pathlib import Path; from leadline.settings import load_settings; "
    "from leadline_collector.service import main; sys.exit(main(load_settings(Path(sys.argv[1]))))"
)
SENDERS = 12
MOST_BEACONS = 1500
BATCH = 5000


@dataclass
class Killed:
    """Counts of one run. `lost`: acknowledged but not in the store; `doubled`: there twice."""

    kills: int = 0
    acknowledged: int = 0
    stored: int = 0
    lost: int = 0
    doubled: int = 0

    @property
    def holds(self) -> bool:
        return self.kills > 0 and self.acknowledged > 0 and not self.lost and not self.doubled


def kill_often(folder: Path, *, kills: int, is_over: Callable[[], bool], advance: Callable[[], None]) -> Killed:
    """`kills` of them, or as many as there are until `is_over`."""
    chance = random.Random(20261124)
    acknowledged: list[str] = []
    told = Killed()
    (folder / "leadline.toml").write_text(SETTINGS)
    while told.kills < kills and not is_over():
        acknowledged += _kill_once(folder, told.kills, after=chance.randint(1, MOST_BEACONS))
        told.kills += 1
        advance()
    with open_store(folder / "store.duckdb", wait_s=0) as store:
        _load_all(folder / ".leadline" / "beacons", store)
        stored = dict(store.cursor().execute("SELECT page_view_id, count(*) FROM facts.beacons GROUP BY 1").fetchall())
    told.acknowledged, told.stored = len(acknowledged), len(stored)
    told.lost = sum(view not in stored for view in acknowledged)
    told.doubled = sum(times > 1 for times in stored.values())
    return told


def _kill_once(folder: Path, number: int, *, after: int) -> list[str]:
    acknowledged: list[str] = []
    log = folder / "collector.log"
    with log.open("wb") as sink:
        process = subprocess.Popen([sys.executable, "-c", SERVE, str(folder / "leadline.toml")], stderr=sink)
    try:
        port = _wait_for_port(process, log)
        senders = [
            threading.Thread(target=_send, args=(port, f"{number}-{sender}", acknowledged)) for sender in range(SENDERS)
        ]
        for sender in senders:
            sender.start()
        while len(acknowledged) < after and process.poll() is None:
            time.sleep(0.001)
    finally:
        process.kill()
        process.wait()
    for sender in senders:
        sender.join()
    return acknowledged


def _wait_for_port(process: subprocess.Popen[bytes], log: Path) -> int:
    while process.poll() is None:
        if found := re.search(r"listening on \S+ port (\d+)", log.read_text(errors="replace")):
            return int(found[1])
        time.sleep(0.01)
    raise RuntimeError(f"the collector did not start: {log.read_text(errors='replace')[-2000:]}")


def _send(port: int, name: str, acknowledged: list[str]) -> None:
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        for number in range(10**9):
            view = f"{name}-{number}"
            body = f'{{"key":"pk_shop","page_view_id":"{view}","route":"/{"x" * 400}"}}'
            connection.request("POST", "/v1/b", body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
            if answer.status == 204:
                acknowledged.append(view)
    except (OSError, HTTPException):
        pass  # the collector was killed
    finally:
        connection.close()


def _load_all(log: Path, store: Store) -> None:
    reader, loader = LogReader(log), Loader(store)
    for file in reader.files():
        for after, upto, records in _pages(reader, loader, file.name):
            loader.load_beacons(file.name, after=after, upto=upto, records=records, bad=[], now=datetime.now(UTC))
    loader.close()


def _pages(reader: LogReader, loader: Loader, name: str) -> Iterator[tuple[int, int, list[tuple[int, bytes]]]]:
    after = loader.progress(name)
    while (page := reader.read(name, after=after, limit=BATCH)).records or page.bad:
        if page.bad:
            raise RuntimeError(f"bad records in {name}: {page.bad[:3]}")
        yield after, page.upto, [(record.position, record.body) for record in page.records]
        after = page.upto
