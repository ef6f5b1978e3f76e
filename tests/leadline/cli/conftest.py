"""Homes, free ports, stand-in services for the supervisor, and `leadline` as a real process."""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

# A service that is nothing but what the supervisor sees of one: it answers /readyz or notes that it is ready, ends with
# 0 on SIGTERM, and does what the file `<name>.mood` in its folder says.
STAND_IN = """
import http.server, json, os, signal, socketserver, sys, threading, time
from pathlib import Path

NAME = {name!r}
HERE = Path(__file__).parent

class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path in ("/readyz", "/status") else 404)
        self.end_headers()
        self.wfile.write(json.dumps({{"pid": os.getpid(), "state": "ready"}}).encode())
    def log_message(self, *args):
        pass

def main(settings):
    mood = HERE.parent / (NAME + ".mood")
    said = mood.read_text() if mood.exists() else ""
    if said == "refuse":
        print(NAME + ": leadline.toml:3:1: this can't be used", file=sys.stderr)
        return 2
    if said == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    else:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    (HERE.parent / (NAME + ".pids")).open("a").write(str(os.getpid()) + "\\n")
    print("hello \\x1b[31mfrom " + NAME)
    if NAME == "scheduler":
        note = settings.paths.run / "scheduler.json"
        note.write_text(json.dumps({{"pid": os.getpid(), "state": "running"}}))
        while True:
            time.sleep(60)
    if NAME == "store":
        socket = settings.paths.run / "store.sock"
        socket.unlink(missing_ok=True)
        socketserver.ThreadingUnixStreamServer(str(socket), Answer).serve_forever()
    host, _, port = getattr(settings, NAME).listen.rpartition(":")
    http.server.ThreadingHTTPServer.allow_reuse_address = True
    http.server.ThreadingHTTPServer((host, int(port)), Answer).serve_forever()
"""


def find_ports() -> Callable[[], int]:
    """Finds ports of loopback that nobody had a moment ago; never the same twice."""
    given: set[int] = set()

    def find() -> int:
        while True:
            with contextlib.closing(socket.socket()) as trial:
                trial.bind(("127.0.0.1", 0))
                port = int(trial.getsockname()[1])
            if port not in given:
                given.add(port)
                return port

    return find


@pytest.fixture
def free_port() -> Callable[[], int]:
    """A port of loopback that nobody had a moment ago; never the same twice in a test."""
    return find_ports()


def write_home(folder: Path, free_port: Callable[[], int], more: str = "", *, home: str = "./.leadline") -> Path:
    file = folder / "leadline.toml"
    file.write_text(
        f'[home]\npath = "{home}"\n[collector]\nlisten = "127.0.0.1:{free_port()}"\n'
        f'[web]\nlisten = "127.0.0.1:{free_port()}"\n{more}'
    )
    return file


@pytest.fixture
def write_settings(tmp_path: Path, free_port: Callable[[], int]) -> Callable[..., Path]:
    """Writes a leadline.toml with a home and two free ports, and `more` below."""
    return partial(write_home, tmp_path, free_port)


def write_stand_ins(folder: Path) -> Path:
    for name in ("collector", "scheduler", "store", "web"):
        package = folder / f"leadline_{name}"
        package.mkdir(parents=True)
        (package / "__init__.py").write_text("")
        (package / "service.py").write_text(STAND_IN.format(name=name))
    return folder


@pytest.fixture
def stand_ins(tmp_path: Path) -> Path:
    """A folder of stand-in services; put it first on a process's import path."""
    return write_stand_ins(tmp_path / "stand_ins")


@pytest.fixture(scope="module")
def standing_up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Command]:
    """`leadline up` with stand-in services, ready; for tests that leave every service running."""
    folder = tmp_path_factory.mktemp("up")
    file, stand_ins = write_home(folder, find_ports()), write_stand_ins(folder / "stand_ins")
    running = Command("up", "-c", str(file), folder=folder, environ={"PYTHONPATH": str(stand_ins)})
    try:
        running.wait_for("ready:", within_s=120)
        yield running
    finally:
        running.end()


class Command:
    """`leadline ...` as a process of its own, its output read as it comes."""

    def __init__(self, *words: str, folder: Path, environ: dict[str, str]) -> None:
        self.output = folder / f"output-{os.urandom(4).hex()}.txt"
        with self.output.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "leadline", *words],
                cwd=folder,
                env=os.environ | environ,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    @property
    def said(self) -> str:
        return self.output.read_text()

    def wait_for(self, text: str, *, within_s: float = 30) -> None:
        """Until it has said `text`."""
        poll(lambda: text in self.said or self.process.poll() is not None, within_s=within_s)
        assert text in self.said, self.said

    def ends(self, *, within_s: float = 30) -> int:
        """Its exit code."""
        return self.process.wait(within_s)

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(12)
        self.process.kill()
        self.process.wait()


def poll(is_so: Callable[[], bool], *, within_s: float = 30) -> None:
    """Looks until it is so; fails after `within_s`."""
    give_up_at = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < give_up_at, f"not within {within_s} s"
        time.sleep(0.02)


@pytest.fixture
def until() -> Callable[..., None]:
    return poll


@pytest.fixture
def leadline(tmp_path: Path) -> Iterator[Callable[..., Command]]:
    """Starts `leadline ...`; what still runs at the end of the test is ended."""
    started: list[Command] = []

    def start(*words: str, folder: Path = tmp_path, **environ: str) -> Command:
        command = Command(*words, folder=folder, environ=environ)
        started.append(command)
        return command

    yield start
    for command in started:
        command.end()


class Site:
    """A web site of one page on loopback. `pages` maps a path to (status, headers, body)."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.pages: dict[str, tuple[int, dict[str, str], str]] = {"/": (200, {}, SHOP_PAGE)}
        pages = self.pages

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, headers, body = pages.get(self.path, (404, {}, "nothing here"))
                self.send_response(status)
                for name, value in ({"Content-Type": "text/html; charset=utf-8"} | headers).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        if context is not None:
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        scheme = "http" if context is None else "https"
        self.url = f"{scheme}://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


SHOP_PAGE = "<title>The Shop</title><h1>Welcome,\n  dear guest</h1>"


@pytest.fixture
def site() -> Iterator[Site]:
    """A site that answers."""
    running = Site()
    yield running
    running.close()
