"""The ASGI callable before everything else: takes the beacon routes itself and passes the rest on to FastAPI.

On uvicorn the usual beacon does not even come here (`shortcut.py`); behind any other server all do.
A FastAPI route with the same model costs three times the CPU of the whole durable path (bench/collector).
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

from leadline_collector.adapters import ADAPTERS
from leadline_collector.collector import Collector
from leadline_collector.flags.ofrep import PATH, take_ofrep
from leadline_collector.intake.answers import answer_preflight
from leadline_collector.intake.bodies import Receive
from leadline_collector.intake.requests import take_beacons

Scope = dict[str, Any]
Send = Callable[[dict[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

# `/v1/b` as such, and behind any prefix that a proxy leaves in place (`/_l/v1/b`).
BEACON_PATHS = ("/v1/b", "/v1/beacon")
# The public routes work behind a prefix; operators' routes (/metrics, /v1/drops) don't.
_SCRIPTS = r"/(?:b|early)(?:-[a-z]+)?(?:\.[0-9a-f]+)?\.js"
_FOREIGN = [
    re.sub(r"\\\{\w+\\\}", "[^/]+", re.sub(r"\\\{\w+:path\\\}", ".+", re.escape(path)))
    for adapter in ADAPTERS
    for path in adapter.paths
]
_PREFIXED = re.compile(f"(?P<prefix>/.+?)(?:{'|'.join([_SCRIPTS, *BEACON_PATHS, *_FOREIGN])})")


class Front:
    """`inner` is the FastAPI app."""

    def __init__(self, collector: Collector, inner: App) -> None:
        self.collector = collector
        self.inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        if scope["path"].endswith("/") and scope["method"] in {"POST", "OPTIONS"}:
            scope["path"] = scope["path"].rstrip("/")  # one too many, or a version that is empty
        if scope["path"].endswith(BEACON_PATHS) and scope["method"] in {"POST", "OPTIONS"}:
            is_post = scope["method"] == "POST"
            answer = await take_beacons(self.collector, scope, receive) if is_post else answer_preflight(scope)
            if answer is not None:
                await send(answer.start)
                await send(answer.body)
        elif "/ofrep/v1/" in scope["path"] and (asked := PATH.fullmatch(scope["path"])) is not None:
            await take_ofrep(self.collector, asked, scope, receive, send)
        else:
            if (match := _PREFIXED.fullmatch(scope["path"])) is not None:
                scope["root_path"] = match["prefix"]
            await self.inner(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        await self.collector.start()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.collector.close()
        await send({"type": "lifespan.shutdown.complete"})
