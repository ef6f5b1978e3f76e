"""A site, a receiver and a whole Leadline, as processes on real sockets and a real disk.

Nothing here reaches into Leadline's code: what is asserted is what its command, its endpoints and its targets show.
"""

from __future__ import annotations

import http.server
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import psutil
from warm import Ran, run_command

COMMAND = [sys.executable, "-m", "leadline"]


def wait_until(claim: str, ask: Callable[[], Any], *, within_s: float = 60) -> Any:
    """Polls until `ask` is truthy; fails with the claim and the last answer."""
    deadline = time.monotonic() + within_s
    answer: Any = None
    while time.monotonic() < deadline:
        try:
            answer = ask()
        except (OSError, subprocess.SubprocessError, ValueError) as error:
            answer = error
        else:
            if answer:
                return answer
        time.sleep(0.1)
    raise AssertionError(f"{claim}: not within {within_s} s; last answer: {answer!r}")


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


class Server:
    """A small threaded HTTP server whose answers the test decides."""

    def __init__(self, answer: Callable[[http.server.BaseHTTPRequestHandler], None]) -> None:
        class Answering(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                answer(self)

            def do_POST(self) -> None:
                answer(self)

            def log_message(self, *args: object) -> None:
                """Says nothing."""

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answering)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.http.shutdown()
        self.http.server_close()


def send(request: http.server.BaseHTTPRequestHandler, body: str, *, status: int = 200, **headers: str) -> None:
    encoded = body.encode()
    request.send_response(status)
    request.send_header("Content-Length", str(len(encoded)))
    request.send_header("Content-Type", headers.pop("content_type", "text/html; charset=utf-8"))
    for name, value in headers.items():
        request.send_header(name.replace("_", "-"), value)
    request.end_headers()
    request.wfile.write(encoded)


@dataclass
class Site:
    """A library that lends books: two versions by cookie, and a fault that answers 200 everywhere."""

    collector_url: str
    broken_versions: set[str] = field(default_factory=set)
    marked_requests: int = 0

    def __post_init__(self) -> None:
        self.server = Server(self._answer)
        self.url = self.server.url

    def _answer(self, request: http.server.BaseHTTPRequestHandler) -> None:
        version = "2.1.0" if "ring=new" in (request.headers.get("Cookie") or "") else "2.0.3"
        self.marked_requests += request.headers.get("X-Leadline-Synthetic") == "1"
        if request.path == "/health":
            return send(request, "ok", content_type="text/plain", X_App_Version=version)
        works = version not in self.broken_versions
        page = f"""<!doctype html><title>Library</title><h1>Books</h1>
<script async src="{self.collector_url}/b.js" data-app="library" data-key="pk_library"
  data-version="{version}"></script>
<button>Lend</button><p id="said"></p>
<script>document.querySelector("button").onclick = () => {{
  if (!{str(works).lower()}) return;
  document.querySelector("#said").textContent = "It is yours";
  window.leadline && window.leadline.event("lent", {{ value: 1 }});
}};</script>"""
        return send(request, page, X_App_Version=version)


@dataclass
class Receiver:
    """A `json://` target. `is_down` makes it answer 500."""

    is_down: bool = False
    pages: list[dict[str, Any]] = field(default_factory=list)
    refused: int = 0

    def __post_init__(self) -> None:
        self.server = Server(self._answer)
        self.target = self.server.url.replace("http://", "json://") + "/"

    def _answer(self, request: http.server.BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        if self.is_down:
            self.refused += 1
            return send(request, "down", status=500)
        self.pages.append(json.loads(body))
        return send(request, "")

    def titles(self) -> list[str]:
        return [page["title"] for page in self.pages]


JOURNEY = """
from leadline import expect, journey


@journey(every="4s", budget="15s")
async def lend(run, page):
    async with run.step("shelf"):
        await page.goto("/")
        await expect(page.get_by_role("heading")).to_have_text("Books")
    async with run.step("lend"):
        await page.get_by_role("button").click()
        await expect(page.locator("#said")).to_have_text("It is yours", timeout=1500)
"""


@dataclass
class Leadline:
    """`leadline up` on a home of its own, and the commands a person would type at it."""

    folder: Path
    web_port: int
    collector_port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def web_url(self) -> str:
        return f"http://127.0.0.1:{self.web_port}"

    @property
    def collector_url(self) -> str:
        return f"http://127.0.0.1:{self.collector_port}"

    def write(self, site: Site, targets: dict[str, str]) -> None:
        named = ", ".join(f'{name} = "{url}"' for name, url in targets.items())
        (self.folder / "journeys").mkdir(exist_ok=True)
        (self.folder / "journeys" / "lend.py").write_text(JOURNEY)
        (self.folder / "leadline.toml").write_text(
            f"""
[collector]
listen = "127.0.0.1:{self.collector_port}"
[web]
listen = "127.0.0.1:{self.web_port}"
[[app]]
name = "library"
base_url = "{site.url}"
keys = ["pk_library"]
origins = ["{site.url}"]
kpis = ["lent"]
[[journeys]]
path = "./journeys"
app = "library"
cohorts = {{ baseline = {{ cookies = {{ ring = "old" }} }}, canary = {{ cookies = {{ ring = "new" }} }} }}
[[check]]
name = "health"
app = "library"
url = "{site.url}/health"
every = "3s"
[notify]
targets = {{ {named} }}
"""
        )

    def start(self) -> None:
        log = (self.folder / "up.log").open("ab")
        self.process = subprocess.Popen([*COMMAND, "up"], cwd=self.folder, stdout=log, stderr=log)
        log.close()
        wait_until("web is ready", lambda: self.get("/readyz") is not None, within_s=120)

    def run(self, *arguments: str) -> Ran:
        return run_command(*arguments, cwd=self.folder)

    def rows(self, *arguments: str) -> list[dict[str, Any]]:
        """What a command prints; asked again, as it says, while a killed store is starting."""

        def answered() -> Ran | None:
            ran = self.run(*arguments, "--format", "json")
            return None if "the store service is starting" in ran.stderr else ran

        ran: Ran = wait_until("the store has started", answered)
        assert ran.returncode == 0, f"{arguments}: {ran.returncode}\n{ran.stdout}\n{ran.stderr}"
        return json.loads(ran.stdout)

    def get(self, path: str) -> Any:
        with urlopen(self.web_url + path, timeout=10) as answer:
            text = answer.read().decode()
        return json.loads(text) if text.startswith(("{", "[")) else text

    def post_beacon(self, beacon: dict[str, Any]) -> int:
        request = Request(
            self.collector_url + "/v1/b",
            data=json.dumps(beacon).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urlopen(request, timeout=10) as answer:
            return answer.status

    def processes(self) -> list[psutil.Process]:
        assert self.process is not None
        return psutil.Process(self.process.pid).children(recursive=True)

    def process_of(self, word: str) -> psutil.Process:
        """The first process below `up` that has the word as an argument."""

        def find() -> psutil.Process | None:
            return next((p for p in self.processes() if word in _command_line(p)), None)

        return wait_until(f"a process of {word}", find, within_s=30)

    def kill(self, word: str) -> None:
        self.process_of(word).send_signal(signal.SIGKILL)

    def stop(self) -> int:
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(timeout=15)

    def kill_up(self) -> list[psutil.Process]:
        """kill -9 of the supervisor; returns the processes that were below it."""
        assert self.process is not None
        below = self.processes()
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()
        return below

    @property
    def log(self) -> str:
        return (self.folder / "up.log").read_text(errors="replace")


def still_running_after(processes: list[psutil.Process], *, seconds: float) -> list[psutil.Process]:
    """Those that still run after that time. One that only waits to be reaped by init does not run."""
    _, alive = psutil.wait_procs(processes, timeout=seconds)
    return [process for process in alive if _is_running(process)]


def _is_running(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _command_line(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []
