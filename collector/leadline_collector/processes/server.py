"""Serves one collector on a listening socket until it is stopped. uvicorn, for the reasons in docs/decisions/0002.

Proxy headers, server and date headers and the access log are off: they cost a tenth of a beacon's CPU, and
the collector reads X-Forwarded-For by its own rule.
"""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn

from leadline.settings import Settings
from leadline_collector.collector import Collector
from leadline_collector.connections.flag_shortcut import Shortcuts
from leadline_collector.connections.protocol import ConnectionGuard, guarded
from leadline_collector.front import Front
from leadline_collector.routes import create_app

# Of the ten seconds that a service has to end, senders get five; the rest is for closing the log.
DRAIN_S = 5
BACKLOG = 2048


class _Server(uvicorn.Server):
    """Ends with the caller's exit code instead of raising the signal again; sweeps late connections meanwhile."""

    def __init__(self, config: uvicorn.Config, guard: ConnectionGuard, collector: Collector) -> None:
        super().__init__(config)
        self._guard = guard
        self._collector = collector

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        before = {number: signal.signal(number, self._end) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        sweeping = asyncio.create_task(self._guard.sweep(self.server_state))
        try:
            await super().serve(sockets)
        finally:
            sweeping.cancel()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._collector.streams.end()  # they would otherwise last until the drain's end
        await super().shutdown(sockets)

    def _end(self, _number: int, _frame: FrameType | None) -> None:
        self.should_exit = True


def serve(settings: Settings, listening: socket.socket, *, worker: int = 0) -> int:
    """Blocks until SIGTERM or SIGINT; 0 once accepted beacons are on disk and the log is closed."""
    collector = Collector(settings, worker=worker)
    guard = ConnectionGuard(collector.counts.close_connection, Shortcuts(collector))
    config = uvicorn.Config(
        Front(collector, create_app(collector)),  # type: ignore[arg-type]  # ASGI by structure, uvicorn's TypedDicts
        http=guarded(guard),
        loop="uvloop",
        lifespan="on",
        ws="none",
        interface="asgi3",
        proxy_headers=False,
        server_header=False,
        date_header=False,
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=DRAIN_S,
        backlog=BACKLOG,
    )
    _Server(config, guard, collector).run(sockets=[listening])
    return 0
