"""A real collector process, and what it has acknowledged: the only thing that counts as told."""

from __future__ import annotations

import copy
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from warm import Warm

from leadline.beaconlog import LogReader
from leadline.wire import Beacon, LoggedBeacon, decode_logged

SETTINGS = """
[collector]
listen = "127.0.0.1:0"
rate_per_address = 100000
[[app]]
name = "shop"
keys = ["pk_shop"]
origins = ["*"]
query_allow = ["page", "sort"]
"""
SERVE = """
import sys
from pathlib import Path
from leadline.settings import load_settings
from leadline_collector.service import main
sys.exit(main(load_settings(Path(sys.argv[1]))))
"""


@dataclass
class Collecting:
    url: str
    folder: Path
    ports: set[int] = field(default_factory=set)
    _read: list[LoggedBeacon] = field(default_factory=list)
    _upto: dict[str, int] = field(default_factory=dict)

    def beacons(self) -> list[Beacon]:
        """All that was acknowledged, in order."""
        return [copy.copy(logged.beacon) for logged in self.logged()]

    def logged(self) -> list[LoggedBeacon]:
        """The same with what the collector saw; reads what is new, because tests ask every few milliseconds."""
        reader = LogReader(self.folder / ".leadline" / "beacons")
        for file in reader.files():
            page = reader.read(file.name, after=self._upto.get(file.name, 0), limit=1_000_000)
            self._read += [decode_logged(record.body) for record in page.records]
            self._upto[file.name] = page.upto
        return self._read


@contextmanager
def run_collector(folder: Path) -> Iterator[Collecting]:
    (folder / "leadline.toml").write_text(SETTINGS)
    said = folder / "collector.log"
    said.write_bytes(b"")
    process = Warm(SERVE, str(folder / "leadline.toml"), log=said)
    deadline = time.monotonic() + 60
    while not (found := re.search(r"listening on \S+ port (\d+)", said.read_text())):
        assert process.poll() is None, said.read_text()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    yield Collecting(f"http://127.0.0.1:{found[1]}", folder)
    process.terminate()
    process.wait(timeout=15)
