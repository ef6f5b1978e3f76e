"""The demo's shop and receiver on real sockets, a collector that only writes down, and a real Chromium."""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest_asyncio
from aiohttp import web
from multidict import CIMultiDict

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "deploy" / "demo"))
BUILT_SCRIPT = ROOT / "collector" / "leadline_collector" / "static" / "b.js"


@dataclass
class Arrived:
    method: str
    path: str
    headers: CIMultiDict[str]
    body: bytes


@dataclass
class WritingCollector:
    """Serves the built b.js and answers 204 to everything that is posted."""

    url: str = ""
    arrived: list[Arrived] = field(default_factory=list)
    answer: Callable[[web.Request], Awaitable[web.StreamResponse]] | None = None

    async def take(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.arrived.append(Arrived(request.method, request.raw_path, CIMultiDict(request.headers), body))
        if self.answer is not None:
            return await self.answer(request)
        if request.path == "/b.js":
            assert BUILT_SCRIPT.exists(), "b.js is not built: make beacon"
            return web.Response(body=BUILT_SCRIPT.read_bytes(), content_type="text/javascript")
        return web.Response(status=204)

    def beacons(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for each in self.arrived:
            if each.method == "POST" and each.path.startswith("/v1/b"):
                plain = gzip.decompress(each.body) if each.body[:2] == b"\x1f\x8b" else each.body
                said = json.loads(plain)
                found.extend(said if isinstance(said, list) else [said])
        return found

    def events(self, name: str) -> dict[str, dict[str, Any]]:
        """By page view: a view's sections are told again with each beacon."""
        return {
            beacon["page_view_id"]: event | {"version": beacon.get("service_version")}
            for beacon in self.beacons()
            for event in beacon.get("events") or []
            if event["name"] == name
        }


async def _serve(app: web.Application) -> tuple[web.AppRunner, str]:
    from shop.server import serve

    runner, port = await serve(app, port=0)
    return runner, f"http://127.0.0.1:{port}"


@pytest_asyncio.fixture(loop_scope="module")
async def collector() -> AsyncIterator[WritingCollector]:
    writing = WritingCollector()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", writing.take)
    runner, writing.url = await _serve(app)
    yield writing
    await runner.cleanup()


@dataclass
class RunningShop:
    url: str
    app: web.Application

    def switch(self, fault: str, *, version: str, on: bool = True) -> None:
        from shop.faults import Fault
        from shop.visit import SHOP

        self.app[SHOP].faults.switch(Fault(fault), version=version, on=on)


@pytest_asyncio.fixture(loop_scope="module")
async def shop(collector: WritingCollector) -> AsyncIterator[RunningShop]:
    from shop.server import make_app

    app = make_app(collector_url=collector.url, key="pk_demo_shop", canary_share=0.5, seed=7)
    runner, url = await _serve(app)
    yield RunningShop(url, app)
    await runner.cleanup()


@pytest_asyncio.fixture(loop_scope="module")
async def receiver() -> AsyncIterator[str]:
    from receiver.server import make_app

    runner, url = await _serve(make_app())
    yield url
    await runner.cleanup()


# One browser for all tests of a file; each has a context of its own.
@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Any]:
    from playwright.async_api import async_playwright
    from visitors.chromium import find_chromium, launch_arguments

    executable = find_chromium()
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=executable, args=launch_arguments(executable))
        yield launched
        await launched.close()
