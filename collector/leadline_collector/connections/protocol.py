"""Adds bounds that uvicorn with httptools lacks: the size of a head and of trailers, the duration of a request.

Without it a header of 100 MB is accepted, and a half-sent one stays open for ever (docs/decisions/0002).
Counting in the ASGI callable would come after the memory is spent. It also offers a short request to a `Shortcut`
before uvicorn makes a scope, a cycle and a task for it, which together cost as much as all of a beacon's steps.
A connection that has to end first sends its outstanding answers.
"""

from __future__ import annotations

import asyncio
from typing import Any

import httptools
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from leadline_collector.connections.guard import SWEEP_EVERY_S
from leadline_collector.connections.guard import ConnectionGuard as ConnectionGuard
from leadline_collector.connections.refusals import write_refusal
from leadline_collector.connections.whole_request import WholeRequest
from leadline_collector.intake.arrival import merge_headers

# nginx takes 32 kB of head in all (large_client_header_buffers), Node 16; 100 lines is Apache's LimitRequestFields.
MOST_HEAD_BYTES = 32 * 1024
MOST_HEADERS = 100
# One read can bring 8,000 small requests, which uvicorn would keep at 5 kB each. Browsers pipeline none.
MOST_PIPELINED = 256
_UPGRADES = frozenset({b"upgrade", b"connection", b"http2-settings"})


class _Trailers(list[tuple[bytes, bytes]]):
    """Header lines behind a chunked body: not read, lest they overwrite those in front (RFC 9110 6.5.1)."""

    def append(self, _line: tuple[bytes, bytes], /) -> None:
        pass


class _Deaf:
    """Replaces the parser on a connection that only waits for its last answers."""

    def feed_data(self, data: bytes) -> None:
        pass


class BoundedProtocol(HttpToolsProtocol):
    """HttpToolsProtocol that answers 431 to a flood of headers and knows when its request began."""

    guard: ConnectionGuard  # set by `guarded`
    is_in_head = True
    is_in_trailers = False
    flood = ""
    is_upgrade = False
    # Of the head or the trailers, in pieces behind the one in which they began; below zero while that one is looked at.
    head_bytes = 0
    piece_bytes = 0
    url = b""
    begun_sweep = 0
    answering: Any = None  # the cycle that the app is at; `cycle` is the newest

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in the base
        super().connection_made(transport)
        self.begun_sweep = self.guard.sweeps

    def connection_lost(self, exc: Exception | None) -> None:
        if self.answering is not None:  # uvicorn tells the newest only, and the others would write to a closed socket
            self.answering.disconnected = True
            self.answering = None
        self.pipeline.clear()
        super().connection_lost(exc)
        self.cycle = None  # type: ignore[assignment]  # each holds the other: garbage that waits long

    def data_received(self, data: bytes) -> None:
        self.piece_bytes = len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._stay_with_http_1(data[upgrade.args[0] :])
            return
        except httptools.HttpParserError:
            self.send_400_response("")
            return
        if self.is_in_head or self.is_in_trailers:
            self.head_bytes += self.piece_bytes
            if self.head_bytes > MOST_HEAD_BYTES:
                self.refuse("header_flood")

    def eof_received(self) -> bool:  # type: ignore[override]  # True keeps our half open
        """A sender that closed only its own half still gets its answers."""
        if self._owes_answers():
            return self._end_after_answers()
        has_begun = bool(self.url) if self.is_in_head else not self.cycle.response_complete
        if has_begun:
            self.refuse("half_sent")
        return False

    def on_message_begin(self) -> None:
        self.is_in_head = True
        self.is_in_trailers = False
        self.head_bytes = -self.piece_bytes
        self.begun_sweep = self.guard.sweeps
        self.url = b""
        self.headers = []

    def on_header(self, name: bytes, value: bytes) -> None:
        """Called a dozen times for each request: what the base looks for here, `_go_the_asgi_way` looks for once."""
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        headers = self.headers
        if len(headers) > MOST_HEADERS or (
            (self.head_bytes >= 0 or self.piece_bytes > MOST_HEAD_BYTES) and self._measure_head() > MOST_HEAD_BYTES
        ):
            self.flood = "header_flood"
            raise OverflowError("too many headers")  # the parser stops and asks for `send_400_response`
        self.is_in_head = False
        if self.parser.should_upgrade():
            self.is_upgrade = True
            return
        cycle = self.cycle
        if (cycle is None or cycle.response_complete) and self.guard.shortcut.offers(self.url) and self._begin_whole():
            return
        self._go_the_asgi_way()

    def _begin_whole(self) -> bool:
        """Replaces the cycle by a WholeRequest if the request can be handled at once when its body is complete.

        Else False, and nothing has changed.
        """
        headers = dict(self.headers)
        length = int(headers.get(b"content-length", 0))  # the parser accepts only digits
        if (
            not 0 < length <= HIGH_WATER_LIMIT  # where uvicorn stops reading ahead
            or b"expect" in headers
            or self.parser.get_method() != b"POST"
            or not self.parser.should_keep_alive()
            or self.flow.write_paused
        ):
            return False
        if len(headers) != len(self.headers):
            headers = merge_headers(self.headers)
        self.cycle = WholeRequest(self, self.url, headers)  # type: ignore[assignment]  # what uvicorn asks of a cycle
        return True

    def on_chunk_header(self) -> None:
        """After the last chunk's come the trailers."""
        self.is_in_trailers = True
        self.head_bytes = -self.piece_bytes
        self.headers = _Trailers()

    def on_body(self, body: bytes) -> None:
        cycle: object = self.cycle
        if isinstance(cycle, WholeRequest):
            cycle.body += body
        else:
            self.is_in_trailers = False
            super().on_body(body)

    def on_message_complete(self) -> None:
        if self.is_upgrade:
            return
        request: object = self.cycle
        if not isinstance(request, WholeRequest):
            self.is_in_trailers = False
            super().on_message_complete()
            return
        request.more_body = False
        if self.guard.shortcut.take(request):
            return
        request.response_complete = True  # the next cycle answers
        self._go_the_asgi_way()
        super().on_body(request.body)
        super().on_message_complete()

    def _go_the_asgi_way(self) -> None:
        if len(self.pipeline) >= MOST_PIPELINED:
            self.flood = "pipeline_flood"
            raise OverflowError("too many requests at once")
        url, headers = self.url, self.headers
        expects = any(name == b"expect" and said.lower() == b"100-continue" for name, said in headers)
        super().on_message_begin()
        self.url, self.expect_100_continue = url, expects
        self.headers = self.scope["headers"] = headers
        super().on_headers_complete()

    def _stay_with_http_1(self, rest: bytes) -> None:
        """Ignores an offer of another protocol in a request, as Java's client always sends (RFC 9110 7.8).

        httptools reads no body of such a request, so it gets the same head once more, without the offer.
        """
        method = self.parser.get_method()
        if method == b"CONNECT":
            self.send_400_response("")
            return
        lines = [b"%s: %s\r\n" % line for line in self.headers if line[0] not in _UPGRADES]
        if not self.parser.should_keep_alive():
            lines.append(b"connection: close\r\n")
        head = b"%s %s HTTP/1.1\r\n%s\r\n" % (method, self.url, b"".join(lines))
        self.is_upgrade = False
        self.parser = httptools.HttpRequestParser(self)
        self.data_received(head + rest)

    def _start_asgi_task(self, cycle: Any, app: Any) -> None:
        self.answering = cycle
        super()._start_asgi_task(cycle, app)

    def on_response_complete(self) -> None:
        """As in the base, but reads nothing before all requests are answered, and the sweep ends idle connections."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        else:
            if self.flow.read_paused:
                self.flow.resume_reading()
            self.begun_sweep = self.guard.sweeps

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  # the name that the base gives it
        self.refuse(self.flood or "not_http")

    def shutdown(self) -> None:
        """A half-sent request gets one or two of the drain's seconds, so that it is answered instead of cancelled."""
        self.guard.late_after = 1
        super().shutdown()

    def is_late(self) -> bool:
        """Whether a request (or a new connection's first one) began long ago and is still incomplete."""
        if not self._is_old():
            return False
        return self.is_in_head or (self.cycle.more_body and not self.cycle.response_complete)

    def is_unread(self) -> bool:
        """Whether answers wait for a sender that does not read them."""
        return self._is_old() and self.flow.write_paused

    def is_idle(self) -> bool:
        """Whether its last answer is older than uvicorn's keep-alive time, and nothing came since."""
        if self.is_in_head or self.cycle is None or not self.cycle.response_complete:
            return False
        return self.guard.sweeps - self.begun_sweep > self.timeout_keep_alive / SWEEP_EVERY_S

    def close(self) -> None:
        """Closes at once; data that waits to be written may be lost."""
        if self.flow.write_paused:
            self.transport.abort()
        else:
            self.transport.close()

    def refuse(self, why: str) -> None:
        """Closes after an answer, or after outstanding ones: there is no room for one more."""
        if self.transport.is_closing():
            return
        self.guard.tell(why)
        if self._owes_answers():
            self._end_after_answers()
            return
        cycle = self.cycle
        if not self.pipeline and (cycle is None or cycle.response_complete or not cycle.response_started):
            self.transport.write(write_refusal(why))
        self.transport.close()

    def _owes_answers(self) -> bool:
        """Whether complete requests wait for their answers, and no other request has begun."""
        cycle = self.cycle
        return cycle is not None and not cycle.response_complete and not cycle.more_body

    def _end_after_answers(self) -> bool:
        self.cycle.keep_alive = False
        self.parser = _Deaf()  # type: ignore[assignment]  # nothing that comes now is heard
        self.is_in_head = False
        return True

    def _is_old(self) -> bool:
        return self.guard.sweeps - self.begun_sweep > self.guard.late_after

    def _measure_head(self) -> int:
        return len(self.url) + sum(len(name) + len(text) for name, text in self.headers)


def guarded(guard: ConnectionGuard) -> type[BoundedProtocol]:
    """The protocol class that reports to `guard`; uvicorn makes one instance per connection."""
    return type("GuardedProtocol", (BoundedProtocol,), {"guard": guard})
