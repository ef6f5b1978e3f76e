"""The scheduler as a process of its own, with a site that breaks and receivers that refuse, on real sockets."""

from __future__ import annotations

import http.server
import json
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from warm import Warm

from leadline.model import Notification, RunResult
from leadline.records import Records

START = """
import sys
from pathlib import Path
from leadline.settings import load_settings
from leadline_scheduler.service import main
sys.exit(main(load_settings(Path(sys.argv[1]))))
"""


class Endpoint:
    """A threaded HTTP server on loopback; `answer` gets each request and its body."""

    def __init__(self, answer: Callable[[http.server.BaseHTTPRequestHandler, bytes], int]) -> None:
        class Answering(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                status = answer(self, self.rfile.read(length))
                text = b"<!doctype html><title>Shop</title><h1>Shop</h1>"
                try:
                    self.send_response(status)
                    self.send_header("Content-Type", "text/html")
                    self.send_header("Content-Length", str(len(text)))
                    self.end_headers()
                    self.wfile.write(text)
                except OSError:
                    return  # whoever asked has been killed

            do_POST = do_GET

            def log_message(self, *args: object) -> None:
                """Says nothing."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answering)
        self._server.daemon_threads = True
        self.address = f"127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@dataclass
class Site:
    """Answers 200; 500 to the cohorts in `broken` (None: everybody); nothing at all while `holding` is not set."""

    broken: set[str | None] = field(default_factory=set)
    asked: int = 0
    flowing: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.flowing.set()
        self.endpoint = Endpoint(self._answer)
        self.url = f"http://{self.endpoint.address}/"

    def _answer(self, request: http.server.BaseHTTPRequestHandler, _: bytes) -> int:
        self.asked += 1
        self.flowing.wait(60)
        return 500 if {None, request.headers.get("X-Ring")} & self.broken else 200


@dataclass
class Receiver:
    """A json:// target. Refuses as often as `refuses` says; while `flowing` is not set, it takes a page in silence."""

    refuses: int = 0
    pages: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    tried: int = 0
    flowing: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.flowing.set()
        self.endpoint = Endpoint(self._answer)
        self.target = f"json://{self.endpoint.address}/"

    def _answer(self, request: http.server.BaseHTTPRequestHandler, body: bytes) -> int:
        self.tried += 1
        self.keys.append(request.headers.get("Idempotency-Key"))
        self.flowing.wait(60)
        if self.refuses > 0:
            self.refuses -= 1
            return 500
        self.pages.append(json.loads(body))
        return 200

    def titles(self) -> list[str]:
        return [page["title"] for page in self.pages]


@dataclass
class Service:
    """A scheduler on a home of its own."""

    folder: Path
    process: Warm | None = None
    _records: Records | None = None

    def write(self, text: str) -> None:
        (self.folder / "leadline.toml").write_text(text)

    def start(self) -> Warm:
        file, log = str(self.folder / "leadline.toml"), self.folder / "scheduler.log"
        self.process = Warm(START, file, cwd=self.folder, log=log)
        return self.process

    def start_and_wait(self) -> None:
        process = self.start()
        wait_until(lambda: self.state().get("state") == "running" or process.poll() is not None)
        assert process.poll() is None, self.log

    def refuse_to_start(self) -> str:
        """Starts it, expects exit code 2 and returns what it said."""
        assert self.start().wait(timeout=60) == 2, self.log
        return self.log

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=10)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def state(self) -> dict[str, Any]:
        file = self.folder / ".leadline" / "run" / "scheduler.json"
        said = json.loads(file.read_text()) if file.exists() else {}
        return said if self.process and said.get("pid") == self.process.pid else {}

    @property
    def records(self) -> Records:
        """Opened once the scheduler has made them, closed with the service."""
        if self._records is None:
            self._records = Records.open(self.folder / ".leadline" / "records.sqlite")
        return self._records

    def close(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.kill()
        if self._records is not None:
            self._records.close()

    def runs(self) -> list[RunResult]:
        """The newest first."""
        return self.records.runs(limit=1000)

    def notifications(self) -> list[Notification]:
        return self.records.notifications()

    @property
    def log(self) -> str:
        return (self.folder / "scheduler.log").read_text(errors="replace")


def wait_until(condition: Callable[[], Any], *, within_s: float = 40) -> None:
    """Polls; the claim is the caller's."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true"
        time.sleep(0.05)


@pytest.fixture(name="wait_until")
def wait_until_fixture() -> Callable[..., None]:
    return wait_until


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    yield site
    site.flowing.set()
    site.endpoint.close()


@pytest.fixture
def make_receiver() -> Iterator[Callable[[], Receiver]]:
    made: list[Receiver] = []

    def make() -> Receiver:
        made.append(Receiver())
        return made[-1]

    yield make
    for receiver in made:
        receiver.flowing.set()
        receiver.endpoint.close()


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    service = Service(tmp_path)
    yield service
    service.close()


@pytest.fixture
def write_check(service: Service, site: Site) -> Callable[..., None]:
    def write(*, every: str = "1s", timeout: str = "5s", cohorts: str = "", notify: str = "", **targets: str) -> None:
        named = ", ".join(f'{name} = "{url}"' for name, url in targets.items())
        service.write(
            f"""
[[app]]
name = "shop"
base_url = "{site.url}"
[[check]]
name = "front"
app = "shop"
url = "{site.url}"
every = "{every}"
timeout = "{timeout}"
{cohorts}
[notify]
targets = {{ {named} }}
timeout = "3s"
{notify}
"""
        )

    return write
