"""A receiver on a real socket whose behaviour the test decides."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from leadline.incidents import PageText
from leadline.model import Receipt, Target
from leadline.notify import send_page

PAGE = PageText("shop checkout fails", "pay: expected it\nSince 14:02 UTC\n\nWhat: <b>checkout</b>")


class Receiver:
    """Answers every POST with `status`, or for ever, a byte at a time, where `is_trickling`; every GET with 200."""

    def __init__(self) -> None:
        self.status = 200
        self.refuses_attachments = False
        self.is_trickling = False
        self.answers_after_s = 0.0
        self.answer_headers: dict[str, str] = {}
        self.answer = b""
        self.refused_words = ""
        self.posted: list[str] = []
        self.asked: list[str] = []
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.closing = threading.Event()
        receiver = self

        class Answering(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                receiver.bodies.append(body)
                receiver.posted.append(self.path)
                receiver.headers.append(dict(self.headers))
                self.close_connection = True
                if receiver.is_trickling:
                    self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
                    try:
                        while not receiver.closing.wait(0.05):
                            self.wfile.write(b".")
                    except OSError:
                        return
                    return
                receiver.closing.wait(receiver.answers_after_s)
                refused = receiver.refuses_attachments and body["attachments"]
                refused = refused or (receiver.refused_words and receiver.refused_words in json.dumps(body))
                self.send_response(413 if refused else receiver.status)
                for name, value in receiver.answer_headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(receiver.answer)))
                self.end_headers()
                self.wfile.write(receiver.answer)

            def do_GET(self) -> None:
                receiver.asked.append(self.path)
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: object) -> None:
                """Says nothing."""

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answering)
        self.http.daemon_threads = True
        self.port = self.http.server_address[1]
        threading.Thread(target=self.http.serve_forever, args=(0.05,), daemon=True).start()

    def target(self, rest: str = "/hook", *, name: str = "oncall", user: str = "") -> Target:
        return Target(name=name, url=f"json://{user}127.0.0.1:{self.port}{rest}")

    def close(self) -> None:
        self.closing.set()
        self.http.shutdown()
        self.http.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def send() -> Callable[..., Awaitable[Receipt]]:
    async def send_one(
        target: Target, *, attachments: tuple[Path, ...] = (), transition: str = "open", timeout_s: float = 20.0
    ) -> Receipt:
        return await send_page(
            target,
            PAGE,
            attachments=attachments,
            idempotency_key=f"01JINCIDENT/{transition}/{target.name}",
            incident_id="01JINCIDENT",
            transition=transition,
            timeout_s=timeout_s,
        )

    return send_one


@pytest.fixture
def screenshot(tmp_path: Path) -> Path:
    file = tmp_path / "what is this?#1.png"
    file.write_bytes(b"\x89PNG" + b"x" * 5000)
    return file
