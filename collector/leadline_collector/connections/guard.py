"""Ends connections whose request does not arrive completely, whose sender does not read, or that are idle.

One sweep a second checks all of them, so that a request needs no timer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol, cast

from uvicorn.server import ServerState

from leadline_collector.connections.whole_request import Shortcut

# A request that is incomplete after this long is ended: Apache's RequestReadTimeout begins at 10 to 20 s.
SLOWEST_REQUEST_S = 15
SWEEP_EVERY_S = 1.0


class Swept(Protocol):
    """What the guard asks of a connection."""

    def is_late(self) -> bool: ...
    def is_unread(self) -> bool: ...
    def is_idle(self) -> bool: ...
    def refuse(self, why: str) -> None: ...
    def close(self) -> None: ...


class ConnectionGuard:
    """Counts sweeps (a clock without cost per request) and closes late or idle connections. `tell` gets the reason."""

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
                self._look_at(cast(Swept, connection))  # each is of the class that `guarded` made

    def _look_at(self, connection: Swept) -> None:
        if connection.is_late():
            connection.refuse("slow_request")
        elif connection.is_unread():
            connection.close()
            self.tell("slow_reader")
        elif connection.is_idle():
            connection.close()
