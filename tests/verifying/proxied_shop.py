"""A shop whose web server passes `/_l/` on to a collector, and which can be broken in each way that hides a beacon."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@dataclass
class Shop:
    """A site whose `/_l/` goes on to a collector; `broken` answers a path itself instead."""

    port: int
    collector: str
    file: Path
    page: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    broken: dict[str, tuple[int, str]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}/"

    def show(self, tag: str = 'src="/_l/b.js" data-key="pk_shop" data-version="1.5.0"', *, head: str = "") -> str:
        include = f"<script async {tag}></script>" if tag else ""
        self.page = f"<!doctype html><html><head><title>shop</title>{head}{include}</head><body>shop</body></html>"
        return self.url


def serve_shop(shop: Shop) -> ThreadingHTTPServer:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if self.path in shop.broken:
                self._say(shop.broken[self.path][0], {"Content-Type": "text/html"}, shop.broken[self.path][1].encode())
            elif self.path.startswith("/_l/"):
                self._pass_on(body)
            elif self.path == "/":
                self._say(200, {"Content-Type": "text/html; charset=utf-8", **shop.headers}, shop.page.encode())
            else:
                self._say(404, {"Content-Type": "text/html"}, b"nothing here")

        def _pass_on(self, body: bytes) -> None:
            address = shop.collector + self.path.removeprefix("/_l")
            kept = {
                name: said for name, said in self.headers.items() if name in {"Origin", "Content-Type", "User-Agent"}
            }
            asked = urllib.request.Request(address, data=body or None, headers=kept, method=self.command)
            try:
                with urllib.request.urlopen(asked, timeout=20) as answer:
                    self._say(answer.status, dict(answer.headers), answer.read())
            except urllib.error.HTTPError as error:
                self._say(error.code, dict(error.headers), error.read())
            except OSError:
                self._say(502, {"Content-Type": "text/html"}, b"bad gateway")

        def _say(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, said in headers.items():
                if name.lower() not in {"content-length", "connection", "transfer-encoding", "date", "server"}:
                    self.send_header(name, said)
            if status != 204:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", shop.port), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
