"""`python bench/rooms/run.py`: through how many files a beacon and a failed run pass.

Each way is walked twice by the real processes, once with nothing on it and once with one thing. A file counts where a
function of it was called the second time only; what starts, looks and waits is called both times. One JSON line.
"""

from __future__ import annotations

import http.server
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from urllib.request import Request, urlopen

ROOT = Path(__file__).parents[2]
TRACING = Path(__file__).parent / "tracing"
LEADLINE = [sys.executable, "-m", "leadline"]
WITHIN_S = 120


class World(http.server.ThreadingHTTPServer):
    """A site that answers 500, and the target of its pages."""

    def __init__(self) -> None:
        self.pages = 0
        super().__init__(("127.0.0.1", 0), _Answering)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


class _Answering(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._answer(500)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        assert isinstance(self.server, World)
        self.server.pages += 1
        self._answer(200)

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        """Says nothing."""


class Walk:
    """One home, its settings, and what ran on it."""

    def __init__(self, folder: Path, settings: str) -> None:
        self.folder = folder
        self.config = folder / "leadline.toml"
        self.config.write_text(settings)
        self.noted = folder / "noted"
        paths = os.pathsep.join([str(TRACING), os.environ.get("PYTHONPATH", "")])
        self.environment = {**os.environ, "PYTHONPATH": paths, "LEADLINE_ROOMS": str(self.noted)}
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, *services: str) -> None:
        for service in services:
            log = (self.folder / f"{service}.log").open("wb")
            command = [*LEADLINE, service, "-c", str(self.config)]
            self.running.append(subprocess.Popen(command, env=self.environment, stdout=log, stderr=log))

    def ask(self, *words: str) -> str:
        ran = subprocess.run(
            [*LEADLINE, *words, "-c", str(self.config)], env=self.environment, capture_output=True, text=True
        )
        return ran.stdout

    def end(self) -> set[tuple[str, str]]:
        for process in self.running:
            process.send_signal(signal.SIGTERM)
        for process in self.running:
            process.wait(30)
        lines = self.noted.read_text(encoding="utf-8").splitlines()
        noted = [line.partition("\t") for line in lines if line.startswith(str(ROOT))]
        return {(file.removeprefix(f"{ROOT}/"), function) for file, _, function in noted}


def until(what: str, ask: Callable[[], object]) -> None:
    give_up_at = time.monotonic() + WITHIN_S
    while not ask():
        if time.monotonic() > give_up_at:
            raise SystemExit(f"{what}: not within {WITHIN_S} s")
        time.sleep(0.5)


def walk_beacon(folder: Path, *, with_one: bool) -> set[tuple[str, str]]:
    """From the bytes of a beacon to `leadline vitals` on the terminal."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    settings = f'[collector]\nlisten = "127.0.0.1:{port}"\n[[app]]\nname = "shop"\nkeys = ["pk_1"]\norigins = ["*"]\n'
    walk = Walk(folder, settings)
    walk.start("collector", "store")
    until("the collector answers", lambda: _answers(f"http://127.0.0.1:{port}/healthz"))
    until("the store answers", lambda: "n" in walk.ask("sql", "SELECT 1 AS n"))
    walk.ask("vitals")
    if with_one:
        beacon = b'{"key":"pk_1","page_view_id":"a","session_id":"b","service_version":"1.0","vitals":{"lcp_ms":900}}'
        headers = {
            "Content-Type": "text/plain",
            "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0.0.0 Safari/537.36",
        }
        urlopen(Request(f"http://127.0.0.1:{port}/v1/b", data=beacon, headers=headers)).close()
        until("the figure is shown", lambda: "1.0" in walk.ask("vitals"))
    return walk.end()


def walk_run(folder: Path, *, with_one: bool) -> set[tuple[str, str]]:
    """From the slot of a check that fails to the page that its target accepted."""
    world = World()
    check = (
        f'[[check]]\nname = "front"\napp = "shop"\nurl = "http://{world.address}/"\n'
        'every = "1s"\nconfirm_after = "100ms"\n'
    )
    target = f'[notify]\ntargets = {{ oncall = "json://{world.address}/" }}\n'
    walk = Walk(folder, f'[[app]]\nname = "shop"\n{check if with_one else ""}{target}')
    walk.start("scheduler")
    if with_one:
        until("the page arrives", lambda: world.pages)
    else:
        until(
            "the scheduler runs", lambda: '"state":"running"' in _read(folder / ".leadline" / "run" / "scheduler.json")
        )
        time.sleep(5)  # a few of its looks
    noted = walk.end()
    world.shutdown()
    return noted


def count(walk: Callable[..., set[tuple[str, str]]]) -> list[str]:
    """The files of one way."""
    with tempfile.TemporaryDirectory() as empty, tempfile.TemporaryDirectory() as full:
        before = walk(Path(empty), with_one=False)
        after = walk(Path(full), with_one=True)
    return sorted({file for file, _ in after - before})


def _answers(url: str) -> bool:
    try:
        urlopen(url, timeout=2).close()
    except OSError:
        return False
    return True


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError:
        return ""


def main() -> None:
    beacon, run = count(walk_beacon), count(walk_run)
    if "--files" in sys.argv:
        print("\n".join(["beacon:", *beacon, "failed run:", *run]))
    print(json.dumps({"beacon_files": len(beacon), "failed_run_files": len(run)}))


if __name__ == "__main__":
    main()
