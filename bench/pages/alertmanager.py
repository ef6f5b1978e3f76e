"""The reference of pages: Alertmanager of the same machine, told of as many alerts at the same moment.

It is given the alerts by its API, as Prometheus does, so what it takes is grouping and sending alone. It waits as long
for others of a group as Leadline does (2 s, its own default is 30 s).
"""

from __future__ import annotations

import http.server
import json
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

from world import DeepQueueServer, wait_until

NAMES = ("prometheus-alertmanager", "alertmanager")


def find_alertmanager() -> str | None:
    """`LEADLINE_ALERTMANAGER`, else what is installed (Debian: `apt-get install prometheus-alertmanager`)."""
    named = os.environ.get("LEADLINE_ALERTMANAGER")
    return named or next((found for name in NAMES if (found := shutil.which(name))), None)


class Hook:
    """Its webhook: when each message came, and how many alerts it told of."""

    def __init__(self) -> None:
        hook, self.told = self, list[tuple[float, int, int]]()

        class Answering(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                firing = sum(one["status"] == "firing" for one in said["alerts"])
                hook.told.append((time.monotonic(), firing, len(said["alerts"]) - firing))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: object) -> None:
                """Says nothing."""

        server = DeepQueueServer(("127.0.0.1", 0), Answering)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.address = f"127.0.0.1:{server.server_address[1]}"


class Alertmanager:
    """One process on a folder of its own; `group_by` and `group_wait` are its route's."""

    def __init__(self, program: str, folder: Path, hook: Hook, *, group_by: str, group_wait: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._program, self._folder = program, folder
        (folder / "alertmanager.yml").write_text(
            f"route:\n  receiver: hook\n  group_by: [{group_by}]\n  group_wait: {group_wait}\n  group_interval: 5m\n"
            f"receivers:\n- name: hook\n  webhook_configs:\n  - url: http://{hook.address}/\n    max_alerts: 0\n"
        )
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._listen = f"127.0.0.1:{free.getsockname()[1]}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(
            [
                self._program,
                f"--config.file={self._folder / 'alertmanager.yml'}",
                f"--storage.path={self._folder / 'data'}",
                f"--web.listen-address={self._listen}",
                "--cluster.listen-address=",
            ],
            stdout=subprocess.DEVNULL,
            stderr=(self._folder / "log").open("wb"),
        )
        wait_until(self._is_ready, "Alertmanager is ready")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def post(self, labels: list[dict[str, str]], *, ends_at: str | None = None) -> None:
        alerts: list[dict[str, Any]] = [{"labels": one} | ({"endsAt": ends_at} if ends_at else {}) for one in labels]
        body = json.dumps(alerts).encode()
        headers = {"Content-Type": "application/json"}
        urlopen(Request(f"http://{self._listen}/api/v2/alerts", data=body, headers=headers), timeout=10).close()

    def _is_ready(self) -> bool:
        if self._process is not None and self._process.poll() is not None:
            raise RuntimeError(f"Alertmanager ended: {(self._folder / 'log').read_text()[-500:]}")
        try:
            urlopen(f"http://{self._listen}/-/ready", timeout=2).close()
        except (URLError, OSError):
            return False
        return True


@contextmanager
def running(program: str, folder: Path, hook: Hook, *, group_by: str, group_wait: str) -> Iterator[Alertmanager]:
    one = Alertmanager(program, folder, hook, group_by=group_by, group_wait=group_wait)
    try:
        one.start()
        yield one
    finally:
        one.kill()
