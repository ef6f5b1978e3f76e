"""`leadline validate --send`: a real test page to each target, and what each of them answered."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from leadline.cli import main

# Apprise's plugins import what Python 3.13 drops.
pytestmark = pytest.mark.filterwarnings("ignore:'(imghdr|cgi|telnetlib)' is deprecated:DeprecationWarning")

APP = '[[app]]\nname = "shop"\nbase_url = "http://127.0.0.1:9"\n'
CHECK = '[[check]]\nname = "api"\napp = "shop"\nurl = "http://127.0.0.1:9/"\nevery = "30s"\n'


@pytest.fixture
def receiver() -> Iterator[tuple[int, list[bytes]]]:
    """A json:// target that accepts."""
    bodies: list[bytes] = []

    class Accept(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Accept)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_address[1], bodies
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_test_page_is_really_sent_once_to_each_recipient_and_its_receipt_is_shown(
    write_settings: Callable[..., Path], receiver: tuple[int, list[bytes]], capsys: pytest.CaptureFixture[str]
) -> None:
    port, bodies = receiver
    targets = f'oncall = "json://127.0.0.1:{port}/", phones = "ntfy://127.0.0.1:{port}/ada/bo"'
    file = write_settings(APP + CHECK + f"[notify]\ntargets = {{ {targets} }}\n")
    assert main(["validate", "--send", "--format", "json", "-c", str(file)]) == 0
    rows = json.loads(capsys.readouterr().out)
    told = [(row["target"], row["accepted"]) for row in rows]
    assert told == [("oncall", True), ("phones/ada", True), ("phones/bo", True)]
    assert [json.loads(body)["title"] for body in bodies] == ["Leadline: a test page, nothing is broken"] * 3


def test_a_target_that_does_not_accept_the_test_page_is_a_no(
    write_settings: Callable[..., Path], free_port: Callable[[], int], capsys: pytest.CaptureFixture[str]
) -> None:
    file = write_settings(APP + CHECK + f'[notify]\ntargets = {{ oncall = "json://127.0.0.1:{free_port()}/" }}\n')
    assert main(["validate", "--send", "--format", "json", "-c", str(file)]) == 1
    [row] = json.loads(capsys.readouterr().out)
    assert row["accepted"] is False
    assert row["reason"]
