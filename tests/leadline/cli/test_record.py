"""What was recorded becomes a journey that runs; nothing that was typed is lost, and no password is kept."""

from __future__ import annotations

import ast
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from leadline.cli import main
from leadline.cli.recorder import write_journey
from leadline.errors import ConfigurationError

PAGE = b"""<!doctype html><title>Shop</title>
<style>html, body { margin: 0 } a { position: fixed; inset: 0; font-size: 9rem } input { display: block }</style>
<h1>Shop</h1><a href="#inside">Enter</a>"""


@pytest.fixture
def site() -> Iterator[str]:
    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(PAGE)

        def log_message(self, *args: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


def test_without_a_display_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    assert main(["record", "https://shop.example", "-o", str(tmp_path / "buy.py")]) == 2
    assert "there is no display here" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_exists_is_not_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "buy.py"
    file.write_text("mine")
    assert main(["record", "https://shop.example", "-o", str(file)]) == 2
    assert "already exists" in capsys.readouterr().err
    assert file.read_text() == "mine"


def test_an_address_without_a_scheme_is_refused_with_the_right_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["record", "shop.example", "-o", str(tmp_path / "buy.py")]) == 2
    assert "write https://shop.example" in capsys.readouterr().err


def test_what_cant_be_rewritten_is_kept_as_it_was_recorded(tmp_path: Path) -> None:
    file = tmp_path / "journeys" / "buy.py"
    with pytest.raises(ConfigurationError, match="does not parse") as refused:
        write_journey("this is no Python", url="https://shop.example", file=file, every="5m")
    kept = file.with_suffix(".recorded.txt")
    assert kept.read_text() == "this is no Python"
    assert str(kept) in refused.value.hint
    assert not file.exists()


@pytest.mark.browser
@pytest.mark.skipif(
    not all(map(shutil.which, ("Xvfb", "xdotool", "chromium"))), reason="needs Xvfb, xdotool and a full Chromium"
)
def test_a_click_in_the_real_recorder_becomes_a_step_of_a_journey(
    tmp_path: Path, short_folder: Path, site: str, display: Callable[..., str]
) -> None:
    file = tmp_path / "journeys" / "look.py"
    environ = {**os.environ, "DISPLAY": display(tmp_path), "TMPDIR": str(short_folder)}
    command = [sys.executable, "-m", "leadline", "record", site, "-o", str(file)]
    with subprocess.Popen(
        command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as recording:
        try:
            _until(lambda: _windows(environ, "Shop"), recording)
            at = ["--window", _windows(environ, "Shop")[0], "400", "500"]

            def click() -> bool:
                """The window is there before its page is: it is clicked until the recorder has seen it."""
                subprocess.run(["xdotool", "mousemove", *at, "click", "1"], env=environ, check=False)
                return any("click" in one.read_text() for one in short_folder.glob("*/recorded.py"))

            _until(click, recording)
            os.killpg(recording.pid, signal.SIGINT)
            said, trouble = recording.communicate(timeout=60)
        finally:
            if recording.poll() is None:
                os.killpg(recording.pid, signal.SIGKILL)
    assert file.exists(), trouble
    text = file.read_text()
    ast.parse(text)
    assert (
        """    async with run.step("home"):
        await page.goto('/')
    async with run.step("enter"):
        await page.get_by_role('link', name='Enter')."""
        in text
    )
    assert "async def look(run, page):" in text
    assert "leadline run" in said


def _windows(environ: dict[str, str], name: str) -> list[str]:
    found = subprocess.run(["xdotool", "search", "--name", name], env=environ, capture_output=True, text=True)
    return found.stdout.split()


def _until(condition: Callable[[], object], process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert process.poll() is None, process.stderr and process.stderr.read()
        assert time.monotonic() < deadline, "no window was opened"
        time.sleep(0.2)


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """Chromium keeps a socket in its profile, and a socket's path may have 107 characters: tmp_path can be too long."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture
def display() -> Iterator[Callable[[Path], str]]:
    started: list[subprocess.Popen[bytes]] = []

    def start(folder: Path) -> str:
        ready, ready_for_server = os.pipe()
        log = (folder / "xvfb.log").open("wb")
        started.append(
            subprocess.Popen(
                ["Xvfb", "-displayfd", str(ready_for_server), "-screen", "0", "1280x1024x24", "-nolisten", "tcp"],
                pass_fds=[ready_for_server],
                stderr=log,
            )
        )
        log.close()
        os.close(ready_for_server)
        with os.fdopen(ready) as number:
            return f":{number.readline().strip()}"

    yield start
    for server in started:
        server.terminate()
        server.wait(10)
