"""The page that every script is measured on, and the server that counts what it sends. One server for one script.

The page talks to `window.bench` alone, so that each script records the same purchase in its own way.
"""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from peers import ALL_AHEAD, read_script

BODY = """<h1 id="title">A shop with a heading</h1><div id="words"></div>
<button id="go" onclick="history.pushState({}, '', '/cart');
title.innerHTML = '<span>The cart, with more words</span>'">cart</button>
<button id="buy" onclick="const end = performance.now() + 60; while (performance.now() < end);
bench.bought?.(); this.textContent += '!'">buy</button>
<script>words.innerHTML = '<p>Some words about what is sold here.</p>'.repeat(40)</script>"""
OURS = """<script>Object.assign(bench, { bought: () => window.leadline?.event('bought', { value: 3 }),
tag: () => window.leadline?.tag('plan', 'gold') })</script>
<script async src="/script.js" data-key="pk_bench" data-version="1.0" data-to="COLLECTOR"></script>"""
BARE_FETCH_LATER = "<script>fetchLater(bench.collector + '/v1/b', {method: 'POST', body: 'lcp'.repeat(233)})</script>"


@dataclass(frozen=True)
class Post:
    """One request that carries measurements. `head_bytes`: its request line and headers as HTTP/1.1 writes them."""

    body: bytes
    head_bytes: int

    def text(self) -> str:
        body = self.body
        if body[:2] == b"\x1f\x8b":
            body = gzip.decompress(body)
        return body.decode(errors="replace").lower()


class Shop(ThreadingHTTPServer):
    """Serves the page with `script` in it, or with none, and keeps what is posted."""

    daemon_threads = True

    def __init__(self, script: str | None, *, is_cross_origin: bool = False) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.script = script
        self.posts: list[Post] = []
        self.preflights = 0
        self.address = f"http://localhost:{self.server_port}"
        self.collector = f"http://127.0.0.1:{self.server_port}" if is_cross_origin else self.address
        self._bytes = b"" if script in (None, "bare fetchLater") else read_script(script or "")

    def page(self) -> str:
        tag = f"<script>window.bench = {{ collector: '{self.collector}' }}</script>"
        if self.script in ("leadline", ALL_AHEAD):
            tag += OURS.replace("COLLECTOR", self.collector)
        elif self.script == "bare fetchLater":
            tag += BARE_FETCH_LATER
        elif self.script:
            tag += '<script async src="/script.js"></script>'
        return f"<!doctype html><title>shop</title>{tag}{BODY}"

    def script_bytes(self) -> bytes:
        return self._bytes

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # a browser that was closed leaves its connections


@contextmanager
def open_shop(script: str | None, *, is_cross_origin: bool = False) -> Iterator[Shop]:
    shop = Shop(script, is_cross_origin=is_cross_origin)
    threading.Thread(target=shop.serve_forever, daemon=True).start()
    yield shop
    shop.shutdown()
    shop.server_close()


class _Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Shop

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        path = self.path.split("?")[0]
        if path == "/script.js":
            self._answer(self.server.script_bytes(), "text/javascript")
        elif path in ("/", "/cart"):
            self._answer(self.server.page().encode(), "text/html; charset=utf-8")
        elif path == "/v1/b":
            self._keep(self.path.partition("?")[2].encode())  # boomerang falls back to an image's address
        else:
            self._answer(b"", "text/plain", 404)

    def do_OPTIONS(self) -> None:
        self.server.preflights += 1
        self._answer(b"", "text/plain")

    def do_POST(self) -> None:
        self._keep(self.rfile.read(int(self.headers.get("content-length", 0))))

    def _keep(self, body: bytes) -> None:
        head_bytes = len(self.requestline) + 2 + len(bytes(self.headers)) + 2 * len(self.headers)
        self.server.posts.append(Post(body, head_bytes))
        self._answer(b"", "text/plain", 204)

    def _answer(self, body: bytes, kind: str, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Access-Control-Allow-Origin", self.headers.get("Origin", "*"))
        self.send_header("Access-Control-Allow-Credentials", "true")
        self.send_header("Access-Control-Allow-Headers", self.headers.get("Access-Control-Request-Headers", "*"))
        self.end_headers()
        self.wfile.write(body)
