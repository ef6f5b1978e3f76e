"""Handles the usual beacon without an ASGI task: when its last byte is here, and answers it with the others of its
commit.

Steps and answers are the same as by ASGI; it only handles one plain JSON object sent to a path without a query.
For arrays, packed bodies and everything rare `take` returns False, and `front.py` handles them.
"""

from __future__ import annotations

import asyncio
import logging
from functools import partial

from leadline.errors import LogUnavailable
from leadline_collector.collector import Collector
from leadline_collector.connections.whole_request import WholeRequest
from leadline_collector.intake.answers import SERVER_ERROR
from leadline_collector.intake.arrival import Arrival
from leadline_collector.intake.requests import conclude, is_usual, refuse
from leadline_collector.steps import run_steps

# Without the prefix, if a proxy strips it, and with it.
BEACON_URLS = frozenset({b"/v1/b", b"/v1/beacon", b"/_l/v1/b", b"/_l/v1/beacon"})
_Waiting = list[tuple[WholeRequest, Arrival]]
_log = logging.getLogger("leadline.collector")


class BeaconShortcut:
    """Given to the server's protocol; belongs to the event loop."""

    def __init__(self, collector: Collector) -> None:
        self._collector = collector
        self._committed: asyncio.Future[LogUnavailable | None] | None = None
        self._waiting: _Waiting = []

    def take(self, request: WholeRequest) -> bool:
        """Runs the steps on the beacon; the answer follows the commit, or says why it was dropped."""
        body = request.body
        collector = self._collector
        if len(body) > collector.max_body_bytes or not is_usual(request.headers, body):
            return False
        try:
            client = request.connection.client
            arrival = Arrival(collector, request.headers, peer=client[0] if client else "")
            arrival.body = body
            dropped = run_steps(arrival)
        except Exception:  # a bug, logged as uvicorn logs an app's; otherwise the parser would treat it as bad HTTP
            _log.exception("a beacon broke a step")
            request.answer(SERVER_ERROR)
            return True
        if dropped is not None:
            request.answer(refuse(arrival, dropped, body))
            return True
        committed = arrival.committed
        assert committed is not None
        if committed is not self._committed:  # the first of its commit
            self._committed = committed
            self._waiting = []
            committed.add_done_callback(partial(_answer, self._waiting))
        self._waiting.append((request, arrival))
        return True


def _answer(waiting: _Waiting, committed: asyncio.Future[LogUnavailable | None]) -> None:
    is_on_disk = not committed.cancelled() and committed.result() is None
    for request, arrival in waiting:
        request.answer(conclude(arrival, request.body, is_on_disk=is_on_disk))
