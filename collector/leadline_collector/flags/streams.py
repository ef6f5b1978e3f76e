"""Server-sent events: tells browsers that flags changed, so that they ask again (OFREP, ADR 0008). Notification only.

One look at the published file every quarter of a second serves all streams. Each stream waits in its own task, so
that one that does not read delays nobody; a comment every 15 s keeps proxies from closing it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from leadline.clock import now_ms
from leadline_collector.flags.served import ServedFlags

LOOK_EVERY_S = 0.25
# nginx and HAProxy close what is silent for 60 s, some load balancers after 30 s.
COMMENT_EVERY_S = 15.0
# Between a page's evaluation and the opening of its stream; a change in that gap is told at the opening.
RECENT_MS = 60_000
# Each holds a connection of the 16,384 that the collector may have open.
MOST_STREAMS = 8_000

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Streams:
    """All open streams of one worker. Belongs to the event loop."""

    def __init__(self, served: ServedFlags) -> None:
        self._served = served
        self._changed: dict[str, tuple[asyncio.Future[None], str]] = {}
        self._ending: asyncio.Future[None] | None = None
        self.open = 0
        self.told = 0  # events written since the start

    @property
    def is_full(self) -> bool:
        return self.open >= MOST_STREAMS

    async def watch(self) -> None:
        """For ever: wakes the streams of an app whose flags changed."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            self.look()

    def look(self) -> None:
        for app, (waiting, etag) in list(self._changed.items()):
            if self._served.of(app).etag != etag:
                del self._changed[app]
                waiting.set_result(None)

    def end(self) -> None:
        """Closes every stream at the collector's end; browsers reconnect to the next one."""
        if self._ending is not None and not self._ending.done():
            self._ending.set_result(None)

    async def follow(self, app: str, last_seen: str, receive: Receive, send: Send) -> None:
        """Writes events until the browser goes or the collector ends. `last_seen` is its Last-Event-ID."""
        if self._ending is None:
            self._ending = asyncio.get_running_loop().create_future()
        gone = asyncio.ensure_future(_until_gone(receive))
        etag = self._served.of(app).etag
        is_recent = now_ms() - self._served.published_at_ms < RECENT_MS
        self.open += 1
        try:
            missed = (last_seen and last_seen != etag) or (not last_seen and is_recent)
            await _write(send, b"retry: 1000\n: open\n\n")
            if missed:
                await self._tell(send, etag)
            while not gone.done() and not self._ending.done():
                if (current := self._served.of(app).etag) != etag:
                    etag = current
                    await self._tell(send, etag)
                changed = self._next(app, etag)
                waiting = {gone, changed, self._ending}
                done, _ = await asyncio.wait(waiting, timeout=COMMENT_EVERY_S, return_when=asyncio.FIRST_COMPLETED)
                if not done:
                    await _write(send, b": still here\n\n")
            if not gone.done():
                await send({"type": "http.response.body", "body": b""})
        finally:
            self.open -= 1
            gone.cancel()

    async def _tell(self, send: Send, etag: str) -> None:
        await _write(send, _event(etag))
        self.told += 1

    def _next(self, app: str, etag: str) -> asyncio.Future[None]:
        """Done once the app's flags differ from `etag`; one for all of its streams."""
        if app not in self._changed:
            self._changed[app] = (asyncio.get_running_loop().create_future(), etag)
        return self._changed[app][0]


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _write(send: Send, text: bytes) -> None:
    await send({"type": "http.response.body", "body": text, "more_body": True})


def _event(etag: str) -> bytes:
    said = msgspec.json.encode({"type": "refetchEvaluation", "etag": etag, "lastModified": now_ms() // 1000})
    return b"id: %s\nevent: message\ndata: %s\n\n" % (etag.encode(), said)
