"""A request that is handled at once when its last byte is here, and answered in one write: no scope, no cycle, no task.

uvicorn's protocol gives it to a `Shortcut`; a request that it does not take goes the ASGI way unchanged.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from leadline_collector.intake.answers import Answer
from leadline_collector.intake.arrival import Headers


class Connection(Protocol):
    """What a request needs of the connection that it came by."""

    client: tuple[str, int] | None
    transport: asyncio.Transport

    def on_response_complete(self) -> None: ...


class Shortcut(Protocol):
    """What may answer a request without ASGI."""

    def offers(self, url: bytes) -> bool:
        """Whether requests to `url` are worth offering."""

    def take(self, request: WholeRequest) -> bool:
        """True if it answers, now or later; False sends the request the ASGI way."""


class _Unheard:
    def set(self) -> None:
        """Does nothing: nobody waits for the body of such a request."""


class WholeRequest:
    """A short POST whose sender keeps its connection; replaces uvicorn's RequestResponseCycle."""

    body = b""
    more_body = True
    keep_alive = True
    response_started = False
    response_complete = False
    disconnected = False
    message_event = _Unheard()

    def __init__(self, connection: Connection, headers: Headers) -> None:
        self.connection = connection
        self.headers = headers

    @property
    def peer(self) -> str:
        client = self.connection.client
        return client[0] if client else ""

    def answer(self, answer: Answer) -> None:
        """Call it once. Closes the connection if the server is draining."""
        self.response_complete = True
        transport = self.connection.transport
        if transport.is_closing():
            return
        if self.keep_alive:
            transport.write(answer.raw or _write(answer))
        else:
            transport.write(_write(answer, b"connection: close\r\n"))
            transport.close()
        self.connection.on_response_complete()


def _write(answer: Answer, more: bytes = b"") -> bytes:
    head = b"".join(b"%s: %s\r\n" % header for header in answer.start["headers"])
    body: bytes = answer.body["body"]
    return STATUS_LINE[answer.status_code] + head + more + b"\r\n" + body
