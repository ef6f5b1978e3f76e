"""What the figures of pages are taken in: sites that fail at one moment, a receiver, and the real scheduler process."""

from __future__ import annotations

import asyncio
import http.server
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from leadline import clock
from leadline.model import Notification
from leadline.records import Records
from leadline.settings.run_requests import RunRequest, ask_for_runs

START = (
    "import sys; from pathlib import Path; from leadline.settings import load_settings; "
    "from leadline_scheduler.service import main; sys.exit(main(load_settings(Path(sys.argv[1]))))"
)
PATIENCE_S = 120.0
_ANSWERS = {
    status: b"HTTP/1.1 %d Said\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok" % status for status in (200, 500)
}


class Sites:
    """Answers 200 on every host, or 500 while `broken` and at the paths in `failing`; after `die` nobody listens."""

    def __init__(self, hosts: list[str]) -> None:
        self.broken = False
        self.failing: set[str] = set()
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        started = [self._on_loop(asyncio.start_server(self._serve, host, 0, backlog=1024)) for host in hosts]
        self._servers = started
        self.urls = [
            f"http://{host}:{one.sockets[0].getsockname()[1]}" for host, one in zip(hosts, started, strict=True)
        ]

    def _on_loop(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            path = (await reader.readuntil(b"\r\n\r\n")).split()[1].decode("latin-1")
            writer.write(_ANSWERS[500 if self.broken or path in self.failing else 200])
            await writer.drain()
            writer.close()
        except (OSError, asyncio.IncompleteReadError):
            writer.close()

    def die(self) -> None:
        """Every connection is refused from now on."""
        self._on_loop(self._die())

    async def _die(self) -> None:
        for server in self._servers:
            server.close()


class DeepQueueServer(http.server.ThreadingHTTPServer):
    """Accepts hundreds of connections at once: a full queue would be measured as the sender's delay."""

    request_queue_size = 1024
    daemon_threads = True


@dataclass
class Receiver:
    """A json:// target that takes what it is sent, as often as `refuses_every` lets it."""

    refuses_every: int = 0
    # When, title, idempotency key, transition, and the incidents that it tells of.
    messages: list[tuple[float, str, str, str, list[str]]] = field(default_factory=list)
    tried: int = 0

    def __post_init__(self) -> None:
        lock, receiver = threading.Lock(), self

        class Answering(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with lock:
                    receiver.tried += 1
                    is_refused = bool(receiver.refuses_every) and receiver.tried % receiver.refuses_every == 0
                    if not is_refused:
                        said = json.loads(body)
                        key = self.headers.get("Idempotency-Key") or ""
                        told = (said.get("title") or "", key, said["transition"], said["incident_ids"])
                        receiver.messages.append((time.monotonic(), *told))
                self.send_response(503 if is_refused else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: object) -> None:
                """Says nothing."""

        server = DeepQueueServer(("127.0.0.1", 0), Answering)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.address = f"127.0.0.1:{server.server_address[1]}"


class Watching:
    """The scheduler as a process of its own, on a home of its own."""

    def __init__(self, folder: Path, config: str) -> None:
        self.config = folder / "leadline.toml"
        self.config.write_text(config)
        self.records_file = folder / ".leadline" / "records.sqlite"
        self._state_file = folder / ".leadline" / "run" / "scheduler.json"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        log = (self.config.parent / "scheduler.log").open("ab")
        command = [sys.executable, "-c", START, str(self.config)]
        self.process = subprocess.Popen(command, cwd=self.config.parent, stdout=log, stderr=log)
        log.close()

    def wait_until_running(self) -> None:
        wait_until(self._is_running, "the scheduler runs")

    def _is_running(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (self.config.parent / "scheduler.log").read_text()[-2000:]
        try:
            said = json.loads(self._state_file.read_bytes())
        except (OSError, ValueError):
            return False
        return said["pid"] == self.process.pid and said["state"] == "running"

    def run_all_now(self) -> None:
        """As `leadline trigger` does."""
        ask_for_runs(self._state_file.parent, RunRequest(app="shop", asked_at=clock.now(), reason="all at one moment"))

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(15)

    def ledger(self) -> list[Notification]:
        """Every row, the oldest first."""
        with closing(Records.open(self.records_file)) as records:
            return sorted(records.notifications(limit=10_000), key=lambda row: row.created_at)

    def judged(self) -> int:
        """How many monitors have a result."""
        with closing(Records.open(self.records_file)) as records:
            return len(records.last_results())


def wait_until(
    condition: Callable[[], Any], what: str, *, within_s: float = PATIENCE_S, look_every_s: float = 0.02
) -> None:
    give_up_at = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > give_up_at:
            raise TimeoutError(f"not within {within_s:g} s: {what}")
        time.sleep(look_every_s)


def write_config(urls: list[str], target: str, *, every: str, notify: str = "") -> str:
    """One check for each address."""
    checks = "".join(
        f'[[check]]\nname = "c{number}"\napp = "shop"\nurl = "{url}"\nevery = "{every}"\ntimeout = "60s"\n'
        for number, url in enumerate(urls)
    )
    return f'[[app]]\nname = "shop"\n[notify]\ntargets = {{ oncall = "json://{target}/" }}\n{notify}\n{checks}'
