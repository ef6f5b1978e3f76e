"""A web server of one page, whose `/_l/` goes on to the collector as it stands, streams included: one line of nginx."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@contextmanager
def proxied_site(pages: dict[str, tuple[str, bytes]], *, port: int) -> Iterator[str]:
    """`pages` maps a path to its type and body; yields the origin. `port` is the collector's."""

    class Answering(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if self.path.startswith("/_l/"):
                self._pass_on()
                return
            kind, body = pages.get(self.path, ("text/plain", b""))
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def _pass_on(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            with closing(HTTPConnection("127.0.0.1", port, timeout=60)) as going_on:
                self._pass_on_to(going_on, sent)

        def _pass_on_to(self, going_on: HTTPConnection, sent: bytes) -> None:
            kept = {name: value for name, value in self.headers.items() if name.lower() not in {"host", "connection"}}
            going_on.request(self.command, self.path, sent or None, kept)
            answer = going_on.getresponse()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in {"transfer-encoding", "connection"}:
                    self.send_header(name, value)
            self.send_header("Connection", "close")
            self.end_headers()
            self.close_connection = True
            with answer, suppress(OSError, HTTPException):  # the browser or the collector has gone
                while piece := answer.read1(4096):
                    self.wfile.write(piece)
                    self.wfile.flush()

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = False  # closing waits for them: end the collector first

        def handle_error(self, *_: object) -> None:
            pass  # a browser that closes leaves its connections

    server = Server(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
