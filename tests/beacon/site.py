"""A site of a test's own, under an origin of its own, whose `/_l/` goes on to the collector as a web server's would."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
from beacon.collecting import Collecting

from leadline.wire import Beacon


@dataclass(frozen=True)
class Asked:
    """A request that reached the site, and what it was answered."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    status: int


@dataclass
class Site:
    """Pages under one origin. `answer` replaces the collector's answer to beacons; `is_down` breaks the connection."""

    collecting: Collecting
    origin: str = ""
    # A whole browser asks for the icon of every site.
    pages: dict[str, tuple[bytes, dict[str, str]]] = field(default_factory=lambda: {"/favicon.ico": (b"", {})})
    asked: list[Asked] = field(default_factory=list)
    answer: tuple[int, dict[str, str]] | None = None
    is_down: bool = False
    held: dict[str, threading.Event] = field(default_factory=dict)

    def serve(
        self,
        body: str = "",
        *,
        path: str = "/",
        tag: str = 'data-key="pk_shop"',
        head: str = "",
        headers: dict[str, str] | None = None,
        script: str = "/_l/b.js",
    ) -> str:
        """Puts a page at `path` that carries the tag, and returns its address."""
        include = f'<script async src="{script}" {tag}></script>' if script else ""
        text = f"<!doctype html><html><head><title>shop</title>{head}{include}</head><body>{body}</body></html>"
        self.put(path, text.encode(), {"Content-Type": "text/html; charset=utf-8", **(headers or {})})
        return self.origin + path

    def hold(self, path: str, until: threading.Event) -> None:
        """Requests to `path` get no answer before then."""
        self.held[path] = until

    def put(self, path: str, body: bytes, headers: dict[str, str]) -> None:
        self.pages[path] = (body, headers)

    def posts(self) -> list[Asked]:
        return [asked for asked in self.asked if asked.path.endswith("/v1/b") and asked.method == "POST"]

    def beacons(self) -> list[Beacon]:
        """What the collector has acknowledged of this site's pages."""
        return [each for each in self.collecting.beacons() if (each.url or "").startswith(self.origin + "/")]

    def views(self) -> list[Beacon]:
        """The state of each view, in the order of their start: the highest seq wins section by section, and what it
        leaves out stands."""
        states: dict[str, Beacon] = {}
        for beacon in sorted(self.beacons(), key=lambda each: each.seq):
            state = states.setdefault(beacon.page_view_id, beacon)
            for name in Beacon.__struct_fields__:
                if (said := getattr(beacon, name)) is not None:
                    left_out = getattr(beacon.from_, name, 0) if beacon is not state else 0
                    setattr(state, name, [*(getattr(state, name) or [])[:left_out], *said] if left_out else said)
        return sorted(states.values(), key=lambda state: state.started_at or 0)

    def view(self, path: str) -> Beacon | None:
        """The view of that path, if exactly one was told of."""
        found = [view for view in self.views() if view.url == self.origin + path]
        return found[0] if len(found) == 1 else None


@contextmanager
def open_site(collecting: Collecting) -> Iterator[Site]:
    site = Site(collecting)
    server = _make_server(site)
    # The system gives a port again after a while, and what an earlier site's pages told would be taken for this one's.
    while server.server_port in collecting.ports:
        server.server_close()
        server = _make_server(site)
    collecting.ports.add(server.server_port)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    # localhost is a secure context, as https is; fetchLater needs one.
    site.origin = f"http://localhost:{server.server_port}"
    yield site
    server.shutdown()
    server.server_close()


def _make_server(site: Site) -> ThreadingHTTPServer:
    client = httpx.Client(timeout=30)
    noting = threading.Lock()
    collecting_url = site.collecting.url

    class Answering(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None:
            pass

        def do_GET(self) -> None:
            self._answer(b"")

        def do_OPTIONS(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers.get("content-length", 0))))

        do_PUT = do_POST

        def _answer(self, sent: bytes) -> None:
            path = self.path.split("?")[0]
            # Noted before it is passed on: whoever sees the beacon in the log finds the request here, too.
            place = self._note(sent)
            if path in site.held:
                site.held[path].wait()
            if path.startswith("/_l/v1/"):
                if site.is_down:
                    self.close_connection = True
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                status, body, headers = self._pass_on(sent)
            elif path.startswith("/_l/"):
                reply = client.get(collecting_url + path[3:])
                headers = {"Content-Type": reply.headers["content-type"]}
                status, body = reply.status_code, reply.content
            elif path.startswith("/status/"):
                status, body, headers = int(path[8:]), b"{}", {"Content-Type": "application/json"}
            else:
                body, headers = site.pages.get(path, (b"", {}))
                status = 200 if path in site.pages else 404
            site.asked[place] = replace(site.asked[place], status=status)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _pass_on(self, sent: bytes) -> tuple[int, bytes, dict[str, str]]:
            if site.answer is not None:
                return site.answer[0], b"", site.answer[1]
            known = ("content-type", "user-agent", "origin", "content-encoding")
            kept = {name: value for name, value in self.headers.items() if name.lower() in known}
            reply = client.post(collecting_url + self.path[3:], content=sent, headers=kept)
            allowed = {name: value for name, value in reply.headers.items() if name.startswith("access-control-")}
            return reply.status_code, b"", allowed

        def _note(self, sent: bytes) -> int:
            with noting:
                site.asked.append(Asked(self.command, self.path, dict(self.headers), sent, 0))
                return len(site.asked) - 1

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass  # a browser that was killed leaves its connections

        def server_close(self) -> None:
            super().server_close()
            client.close()

    return Server(("127.0.0.1", 0), Answering)
