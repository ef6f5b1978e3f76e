"""One request and the head of its answer. The caller handles redirects, marks and judgement."""

from __future__ import annotations

import re
import ssl
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from leadline import clock
from leadline.model.web_origins import WebOrigin, host_with_port
from leadline_probes.http.bodies import has_body, read_pieces
from leadline_probes.http.connections import Connection, Way, open_connection
from leadline_probes.http.heads import (
    MOST_HEAD_BYTES,
    Head,
    NoHttpAnswer,
    find_end,
    looks_like_http,
    read_head,
)

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# Characters that an address may contain; all others are percent-encoded, except `%` itself.
_SAFE_IN_ADDRESS = "%/:=&?~#+!$,;'@()*[]|"
_READ_BYTES = 64 * 1024


class ServerClosed(Exception):
    """The server closed the connection without one byte of an answer."""


class HeadTooLarge(Exception):
    """We stopped reading, as browsers do."""


class BadRequest(Exception):
    """The configured request can't be sent: our fault."""


@dataclass(slots=True)
class Exchange:
    """`head` is read; `body` reads on demand; `close` in any case."""

    head: Head
    _method: str
    _connection: Connection
    _first: bytes

    @property
    def certificate(self) -> dict[str, Any] | None:
        return self._connection.certificate

    async def body(self) -> AsyncIterator[bytes]:
        if has_body(self.head, self._method):
            async for piece in read_pieces(self.head, self._first, self._connection.reader):
                yield piece

    def close(self) -> None:
        self._connection.close()


async def start_exchange(
    way: Way, method: str, url: str, origin: WebOrigin, headers: Sequence[tuple[str, str]], *, tls: ssl.SSLContext
) -> Exchange:
    """Send it on a new connection and read the head of the answer."""
    request = write_request(method, url, origin, headers)
    connection = await open_connection(way, origin, tls)
    try:
        connection.writer.write(request)
        started_s = clock.monotonic_s()
        head, first = await _read_head(way, connection, started_s)
    except BaseException:
        connection.close()
        raise
    return Exchange(head, method, connection, first)


def write_request(method: str, url: str, origin: WebOrigin, headers: Sequence[tuple[str, str]]) -> bytes:
    """The bytes of a request without a body. BadRequest for an invalid header."""
    lines = [f"{method} {target_of(url)} HTTP/1.1".encode("ascii")]
    names = set()
    for name, value in headers:
        if not _TOKEN.fullmatch(name) or "\r" in value or "\n" in value or "\0" in value:
            raise BadRequest(f"the header {name!r} can't be sent: its name or value has characters that HTTP has not")
        names.add(name.lower())
        lines.append(name.encode("ascii") + b": " + _header_bytes(value))
    if "host" not in names:
        port = None if origin.is_default_port else origin.port
        lines.insert(1, f"Host: {host_with_port(origin.host, port, scheme=origin.scheme)}".encode("ascii"))
    if method in {"POST", "PUT", "PATCH"} and "content-length" not in names:
        lines.append(b"Content-Length: 0")
    lines.append(b"Connection: close")
    return b"\r\n".join(lines) + b"\r\n\r\n"


def target_of(url: str) -> str:
    """Path and query as they go on the wire."""
    parts = urlsplit(url)
    path = quote(parts.path, safe=_SAFE_IN_ADDRESS) or "/"
    return f"{path}?{quote(parts.query, safe=_SAFE_IN_ADDRESS)}" if parts.query else path


def _header_bytes(value: str) -> bytes:
    """Latin-1 where that is enough, else UTF-8, as browsers send what scripts set."""
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode("utf-8", errors="replace")


async def _read_head(way: Way, connection: Connection, started_s: float) -> tuple[Head, bytes]:
    received = bytearray()
    is_first = True
    while True:
        looked = len(received)
        piece = await connection.reader.read(_READ_BYTES)
        if is_first and piece:
            way.timing.add("first_byte_ms", started_s)
            is_first = False
        received += piece
        if not looks_like_http(received):
            raise NoHttpAnswer(f"no HTTP answer: it begins with {bytes(received[:40])!r}")
        while (end := find_end(received, looked)) is not None:
            if end > MOST_HEAD_BYTES:
                raise HeadTooLarge
            head = read_head(bytes(received[:end]))
            if head.status >= 200 or head.status == 101:
                return head, bytes(received[end:])
            del received[:end]  # an interim answer (100, 103): the real one follows
            looked = 0
        if not piece:
            if not received:
                raise ServerClosed
            # Browsers accept a head that ends with the connection, if it has a status line.
            return read_head(bytes(received)), b""
        if len(received) > MOST_HEAD_BYTES:
            raise HeadTooLarge
