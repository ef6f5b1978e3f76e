"""A request that is handled at once when its last byte is here, and answered in one write: no scope, no cycle, no task.

uvicorn's protocol gives it to a `Shortcut`; a request that it does not take goes the ASGI way unchanged.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from leadline_collector.intake.answers import Answer, Header
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

    def __init__(self, connection: Connection, url: bytes, headers: Headers) -> None:
        self.connection = connection
        self.url = url
        self.headers = headers

    @property
    def peer(self) -> str:
        client = self.connection.client
        return client[0] if client else ""

    def answer(self, answer: Answer) -> None:
        """Call it once. Closes the connection if the server is draining."""
        if answer.raw and self.keep_alive:  # as `_end_with`, without a call
            self.response_complete = True
            connection = self.connection
            transport = connection.transport
            if not transport.is_closing():
                transport.write(answer.raw)
                connection.on_response_complete()
        else:
            self.answer_with(answer.status_code, answer.start["headers"], answer.body["body"])

    def answer_with(self, status: int, headers: Sequence[Header], body: bytes) -> None:
        """The same of an answer in its parts."""
        more = b"" if self.keep_alive else b"connection: close\r\n"
        lines = b"".join([b"%s: %s\r\n" % header for header in headers])
        self._end_with(b"%s%s%s\r\n%s" % (STATUS_LINE[status], lines, more, body))

    def _end_with(self, written: bytes) -> None:
        self.response_complete = True
        transport = self.connection.transport
        if transport.is_closing():
            return
        transport.write(written)
        if not self.keep_alive:
            transport.close()
        self.connection.on_response_complete()
