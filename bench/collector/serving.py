"""The measured servers, each a process pinned to core 0: what they cost and how much memory they take."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil

HERE = Path(__file__).parent
START_S = 20.0
NGINX = """
daemon off; worker_processes 1; pid %(folder)s/pid; error_log stderr crit;
events {}
http { access_log off; keepalive_requests 100000000; client_body_temp_path %(folder)s; proxy_temp_path %(folder)s;
fastcgi_temp_path %(folder)s; uwsgi_temp_path %(folder)s; scgi_temp_path %(folder)s;
server { listen 127.0.0.1:%(port)d; location / { return 204; } } }
"""


class Server:
    """One server; `port` is where it answers."""

    def __init__(self, name: str, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        if name == "nginx_204":
            self.port = free_port()
            (folder / "nginx.conf").write_text(NGINX % {"folder": folder, "port": self.port})
            command = ["nginx", "-c", str(folder / "nginx.conf"), "-p", str(folder)]
        else:
            self.port = 0
            command = [sys.executable, str(HERE / "variants.py"), name, str(folder)]
        self._process = subprocess.Popen(
            ["taskset", "-c", "0", *command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        if not self.port:
            assert self._process.stdout is not None
            self.port = json.loads(self._process.stdout.readline())["port"]

    @classmethod
    def at(cls, port: int, command: list[str], environment: dict[str, str]) -> Server:
        """A server whose command names its port; returns once it answers there."""
        server = cls.__new__(cls)
        server.port = port
        server._process = subprocess.Popen(["taskset", "-c", "0", *command], env=environment)
        deadline_s = time.monotonic() + START_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
            except OSError:
                if server._process.poll() is not None or time.monotonic() > deadline_s:
                    raise
                time.sleep(0.05)
            else:
                return server

    def _tree(self) -> list[psutil.Process]:
        own = psutil.Process(self._process.pid)
        return [own, *own.children(recursive=True)]

    def cpu_s(self) -> float:
        times = [each.cpu_times() for each in self._tree()]
        return sum(each.user + each.system for each in times)

    def rss_bytes(self) -> int:
        return sum(int(each.memory_info().rss) for each in self._tree())

    def end(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=20)


def variants() -> list[str]:
    """The empty 204 first: it is what the others are divided by."""
    own = ["empty_204", "collector", "fastapi_pydantic"]
    return [*own, "nginx_204"] if shutil.which("nginx") else own


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])
