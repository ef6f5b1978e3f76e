"""Bounds what uvicorn with httptools does not: the size of an unfinished head, and how long a request may take to come.

Without it a header of 100 MB is taken, and a half-sent one stays open for ever (FACTS E, measured on uvicorn 0.54).
Counting in the ASGI callable would come after the memory is spent. It also offers a short request to a `Shortcut`
before uvicorn makes a scope, a cycle and a task for it, which together cost as much as all of a beacon's steps.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.server import ServerState

from leadline_collector.whole import Shortcut, WholeRequest

# nginx takes 32 kB of head in all (large_client_header_buffers), Node 16; 100 lines is Apache's LimitRequestFields.
MOST_HEAD_BYTES = 32 * 1024
MOST_HEADERS = 100
# A request that has not come whole after this long is ended: Apache's RequestReadTimeout begins at 10 to 20 s.
SLOWEST_REQUEST_S = 15
SWEEP_EVERY_S = 1.0


class ConnectionGuard:
    """Counts sweeps (a clock that costs a request nothing) and closes what is late or idle. `tell` hears why."""

    def __init__(
        self, tell: Callable[[str], None], shortcut: Shortcut, *, slowest_s: float = SLOWEST_REQUEST_S
    ) -> None:
        self.tell = tell
        self.shortcut = shortcut
        self.sweeps = 0
        self.late_after = max(1, round(slowest_s / SWEEP_EVERY_S))

    async def sweep(self, state: ServerState) -> None:
        """For ever."""
        while True:
            await asyncio.sleep(SWEEP_EVERY_S)
            self.sweeps += 1
            for connection in list(state.connections):
                if not isinstance(connection, BoundedProtocol):
                    continue
                if connection.is_late():
                    connection.refuse(408, "slow_request")
                elif connection.is_idle():
                    connection.transport.close()


class BoundedProtocol(HttpToolsProtocol):
    """HttpToolsProtocol that answers 431 to a flood of headers and knows since when its request has been coming."""

    guard: ConnectionGuard  # set by `guarded`
    is_in_head = True
    is_flood = False
    head_bytes = 0
    chunk_bytes = 0
    begun_sweep = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in the base
        super().connection_made(transport)
        self.begun_sweep = self.guard.sweeps

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.cycle = None  # type: ignore[assignment]  # each holds the other: garbage that waits long

    def data_received(self, data: bytes) -> None:
        self.chunk_bytes = len(data)
        super().data_received(data)
        if self.is_in_head:
            self.head_bytes += len(data)
            if self.head_bytes > MOST_HEAD_BYTES:
                self.refuse(431, "header_flood")

    def on_message_begin(self) -> None:
        self.is_in_head = True
        self.head_bytes = 0
        self.begun_sweep = self.guard.sweeps
        self.url = b""
        self.headers = []
        self.expect_100_continue = False

    def on_headers_complete(self) -> None:
        if len(self.headers) > MOST_HEADERS or (
            self.head_bytes + self.chunk_bytes > MOST_HEAD_BYTES and self._measure_head() > MOST_HEAD_BYTES
        ):
            self.is_flood = True
            raise OverflowError("too many headers")  # the parser stops and asks for `send_400_response`
        self.is_in_head = False
        cycle = self.cycle
        if (cycle is None or cycle.response_complete) and self.guard.shortcut.offers(self.url) and self._is_plain():
            return
        self._go_the_asgi_way()

    def _is_plain(self) -> bool:
        """Whether the request can be taken whole, once its body is here; keeps a WholeRequest for it if so."""
        headers = dict(self.headers)
        length = int(headers.get(b"content-length", 0))  # the parser lets digits through only
        if (
            not 0 < length <= HIGH_WATER_LIMIT  # where uvicorn stops reading ahead
            or self.expect_100_continue
            or self.parser.get_method() != b"POST"
            or not self.parser.should_keep_alive()
            or self.parser.should_upgrade()
            or self.flow.write_paused
        ):
            return False
        self.cycle = WholeRequest(self, headers)  # type: ignore[assignment]  # what uvicorn asks of a cycle
        return True

    def on_body(self, body: bytes) -> None:
        cycle: object = self.cycle
        if isinstance(cycle, WholeRequest):
            cycle.body += body
        else:
            super().on_body(body)

    def on_message_complete(self) -> None:
        request: object = self.cycle
        if not isinstance(request, WholeRequest):
            super().on_message_complete()
            return
        request.more_body = False
        if self.guard.shortcut.take(request):
            return
        request.response_complete = True  # its successor answers
        self._go_the_asgi_way()
        super().on_body(request.body)
        super().on_message_complete()

    def _go_the_asgi_way(self) -> None:
        url, headers, expects = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.expect_100_continue = url, expects
        self.headers = self.scope["headers"] = headers
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        """As in the base, but the sweep ends idle connections instead of a timer for each answer."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        else:
            self.begun_sweep = self.guard.sweeps

    def send_400_response(self, msg: str) -> None:
        if self.is_flood:
            self.refuse(431, "header_flood")
        elif not self.transport.is_closing():
            self.guard.tell("not_http")
            super().send_400_response(msg)

    def shutdown(self) -> None:
        """Of the drain's seconds a half-sent request gets one or two, so that it is told instead of cancelled."""
        self.guard.late_after = 1
        super().shutdown()

    def is_late(self) -> bool:
        """Whether a request (or a new connection's first one) began long ago and is still not whole."""
        if self.guard.sweeps - self.begun_sweep <= self.guard.late_after:
            return False
        return self.is_in_head or (self.cycle.more_body and not self.cycle.response_complete)

    def is_idle(self) -> bool:
        """Whether its last answer is older than uvicorn's keep-alive time, and nothing came since."""
        if self.is_in_head or self.cycle is None or not self.cycle.response_complete:
            return False
        return self.guard.sweeps - self.begun_sweep > self.timeout_keep_alive / SWEEP_EVERY_S

    def refuse(self, status_code: int, why: str) -> None:
        """Closes, after an answer where one can still be given without the app."""
        if self.transport.is_closing():
            return
        cycle = self.cycle
        if cycle is None or cycle.response_complete or not (self.is_in_head or cycle.response_started):
            self.transport.write(STATUS_LINE[status_code] + b"connection: close\r\ncontent-length: 0\r\n\r\n")
        self.transport.close()
        self.guard.tell(why)

    def _measure_head(self) -> int:
        return len(self.url) + sum(len(name) + len(text) for name, text in self.headers)


def guarded(guard: ConnectionGuard) -> type[BoundedProtocol]:
    """The protocol class that reports to `guard`; uvicorn makes one instance per connection."""
    return type("GuardedProtocol", (BoundedProtocol,), {"guard": guard})
