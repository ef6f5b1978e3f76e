"""A real collector process on a real socket, and what its log holds."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from problem_contract import holding_client
from warm import Warm

from leadline.beaconlog import LogReader
from leadline.store import Loader
from leadline.wire import LoggedBeacon, decode_logged

APPS = """
[[app]]
name = "shop"
environment = "production"
keys = ["pk_shop", "pk_shop_next"]
revoked_keys = ["pk_old"]
origins = ["https://shop.example", "https://*.shop.example"]
query_allow = ["utm_source"]
[[app]]
name = "off"
keys = ["pk_off"]
on = false
[[app]]
name = "people"
keys = ["pk_people"]
origins = ["*"]
bots = "drop"
[[app]]
name = "few"
keys = ["pk_few"]
sample = 0.000001
"""
SERVE = """
import sys
from pathlib import Path
from leadline.settings import load_settings
from leadline_collector.service import main
sys.exit(main(load_settings(Path(sys.argv[1]))))
"""


def wait_until(ask: Callable[[], Any], *, within_s: float = 20) -> Any:
    """Polls until `ask` is truthy."""
    deadline = time.monotonic() + within_s
    while not (answer := ask()):
        assert time.monotonic() < deadline, f"not within {within_s} s"
        time.sleep(0.02)
    return answer


@dataclass
class Running:
    """`leadline collector` as its neighbours see it."""

    folder: Path
    settings: str
    environ: dict[str, str] = field(default_factory=dict)
    launcher: str = SERVE
    process: Warm | subprocess.Popen[bytes] | None = None
    port: int = 0
    client: httpx.Client = field(default_factory=lambda: holding_client(timeout=30))

    def start(self) -> Running:
        self.file.write_text(self.settings)
        log = self.folder / "collector.log"
        log.write_bytes(b"")
        if self.launcher is SERVE:
            self.process = Warm(SERVE, str(self.file), environ=self.environ, log=log)
        else:  # changes what is imported, so nothing may be imported yet
            with log.open("ab") as out:
                command = [sys.executable, "-c", self.launcher, str(self.file)]
                self.process = subprocess.Popen(command, stderr=out, env={**os.environ, **self.environ})
        self.port = int(wait_until(self._listening)[1])
        wait_until(self._is_ready)
        return self

    def _listening(self) -> re.Match[str] | None:
        assert self.process is not None
        assert self.process.poll() is None, self.log
        return re.search(r"listening on \S+ port (\d+)", self.log)

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/healthz", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    @property
    def file(self) -> Path:
        return self.folder / "leadline.toml"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        return (self.folder / "collector.log").read_text(errors="replace")

    def post(self, body: Any = None, path: str = "/v1/b", **headers: str) -> httpx.Response:
        """Sends `body` (bytes, text, or what becomes JSON); header names with _ for -."""
        content = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        sent = httpx.Headers({"content-type": "application/json", **named}, encoding="latin-1")
        return self.client.post(self.url + path, content=content, headers=sent)

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.client.get(self.url + path, headers={n.replace("_", "-"): t for n, t in headers.items()})

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def logged(self) -> list[LoggedBeacon]:
        """Every beacon in the log, in order, bad records excluded by their checksum."""
        reader = LogReader(self.folder / ".leadline" / "beacons")
        pages = [reader.read(file.name, after=0, limit=10_000_000) for file in reader.files()]
        assert not any(page.bad for page in pages)
        return [decode_logged(record.body) for page in pages for record in page.records]

    def logged_as(self, page_view_id: str) -> LoggedBeacon:
        """The one beacon of that view."""
        [found] = [each for each in self.logged() if each.beacon.page_view_id == page_view_id]
        return found

    def dropped(self, reason: str) -> int:
        return sum(each["count"] for each in self.get("/v1/drops").json() if each["reason"] == reason)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=15)

    def end(self) -> None:
        self.client.close()
        if self.process is not None and self.process.poll() is None:
            self.kill()


def settings_with(collector: str = "", apps: str = APPS) -> str:
    return f'[collector]\nlisten = "127.0.0.1:0"\n{collector}\n{apps}'


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One collector for a module's tests; each sends beacons of its own page views."""
    running = Running(tmp_path_factory.mktemp("standing"), settings_with()).start()
    yield running
    running.end()
    assert "Traceback" not in running.log


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Starts collectors of the test's own: `collector('rate_per_key = 5')`."""
    started: list[Running] = []

    def start(said: str = "", *, apps: str = APPS, folder: Path = tmp_path, **options: Any) -> Running:
        folder.mkdir(parents=True, exist_ok=True)
        started.append(Running(folder, settings_with(said, apps), **options).start())
        return started[-1]

    yield start
    for running in started:
        running.end()


@pytest.fixture
def wait() -> Callable[..., Any]:
    """Polls until what it is given is truthy."""
    return wait_until


@pytest.fixture
def load_log() -> Callable[[Path, Loader], None]:
    """Loads a whole log, as `web` does piece by piece."""

    def load(folder: Path, loader: Loader) -> None:
        reader = LogReader(folder)
        for file in reader.files():
            page = reader.read(file.name, after=0, limit=10_000_000)
            assert not page.bad
            after = loader.progress(file.name)
            records = [(record.position, record.body) for record in page.records]
            if records:
                loader.load_beacons(
                    file.name, after=after, upto=page.upto, records=records, bad=[], now=datetime.now(UTC)
                )
        loader.close()

    return load


_views = iter(range(10**9))


@pytest.fixture
def beacon() -> Callable[..., dict[str, Any]]:
    """A beacon of a view of its own; shows only the field that matters."""

    def make(**fields: Any) -> dict[str, Any]:
        return {"key": "pk_shop", "page_view_id": f"view-{next(_views)}", **fields}

    return make
