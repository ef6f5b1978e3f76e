"""A small site on a real socket that does to order whatever production does: hang, break off, answer 500, be slow.

It remembers every request with its headers, so that a test can say who saw what.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

_CERTIFICATE = Path(__file__).with_name("self_signed.pem")

_SHOP = """<!doctype html><html><head><title>Shop</title><link rel=stylesheet href=/style.css>
<script src=/shop.js></script></head><body><h1>Shop</h1>
<label>Email <input name=email></label>
<label>Password <input type=password name=password></label>
<button onclick="thanks.textContent='Thank you';fetch('/api/order',{method:'POST'})">Buy</button>
<p id=thanks></p><img src=/picture.png></body></html>"""


@dataclass(frozen=True)
class Seen:
    method: str
    path: str
    headers: dict[str, str]
    query: str = ""


@dataclass
class FaultySite:
    """`url` is its base; `other_url` is a third party that also remembers."""

    port: int = 0
    third_port: int = 0
    secure_port: int = 0
    closed_port: int = 0
    version: str | None = "1.5.0"
    seen: list[Seen] = field(default_factory=list)
    third_seen: list[Seen] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def third_url(self) -> str:
        return f"http://localhost:{self.third_port}"

    @property
    def secure_url(self) -> str:
        return f"https://127.0.0.1:{self.secure_port}"

    @property
    def refusing_url(self) -> str:
        return f"http://127.0.0.1:{self.closed_port}"

    def forget(self) -> None:
        self.seen.clear()
        self.third_seen.clear()
        self.bodies.clear()

    def requests_to(self, path: str) -> list[Seen]:
        return [seen for seen in self.seen if seen.path == path]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        sent = {k.lower(): v for k, v in request.headers.items()}
        self.seen.append(Seen(request.method, request.path, sent, request.query_string))
        headers = {"X-App-Version": self.version} if self.version else {}
        match request.path:
            case "/hang":
                await asyncio.sleep(3600)
            case "/reset":
                assert request.transport is not None
                sock = request.transport.get_extra_info("socket")
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                request.transport.abort()
            case "/empty":
                assert request.transport is not None
                request.transport.close()
            case "/slow":
                await asyncio.sleep(float(request.query["s"]))
            case "/circle":
                raise web.HTTPFound("/circle")
            case "/to-third":
                raise web.HTTPFound(f"{self.third_url}/landed")
            case "/moved":
                return web.Response(
                    status=int(request.query.get("status", "302")), headers={"Location": "/", **headers}
                )
            case "/style.css":
                return web.Response(text="h1{}", content_type="text/css", headers={"Cache-Control": "max-age=600"})
            case "/shop.js":
                return web.Response(text="", content_type="text/javascript")
            case "/picture.png":
                return web.Response(body=b"", content_type="image/png")
            case "/picture-of-third.png":
                raise web.HTTPFound(f"{self.third_url}/picture.png")
            case "/big":
                return web.Response(body=b"x" * 5_000_000)
            case "/beacon":
                self.bodies.append(await request.text())
                return web.Response(status=204)
            case "/worker.js":
                return web.Response(text="fetch('/from-worker')", content_type="text/javascript")
            case path if path.startswith("/status/"):
                return web.Response(status=int(path.rpartition("/")[2]), text="<h1>Oops</h1>", content_type="text/html")
            case "/page-of":
                return web.Response(text=request.query["html"], content_type="text/html", headers=headers)
            case "/timed":
                timing = {"Server-Timing": 'cache;desc="hit", version;desc="2.0.1";dur=1'}
                return web.Response(text=_SHOP, content_type="text/html", headers=timing)
            case "/meta":
                return web.Response(text="<meta name=version content=3.1.4>hello", content_type="text/html")
            case _:
                pass
        return web.Response(text=_SHOP, content_type="text/html", headers=headers)

    async def answer_as_third(self, request: web.Request) -> web.StreamResponse:
        self.third_seen.append(Seen(request.method, request.path, {k.lower(): v for k, v in request.headers.items()}))
        if request.path == "/back":
            raise web.HTTPFound(f"{self.url}/")
        return web.Response(text="third", content_type="text/html", headers={"Access-Control-Allow-Origin": "*"})


@asynccontextmanager
async def open_site() -> AsyncIterator[FaultySite]:
    """The site and its third party, on ports of their own, until the end of the block."""
    site = FaultySite()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(_CERTIFICATE)
    own, third = web.Application(), web.Application()
    own.router.add_route("*", "/{path:.*}", site.answer)
    third.router.add_route("*", "/{path:.*}", site.answer_as_third)
    runners = [web.AppRunner(app, shutdown_timeout=0.1, access_log=None) for app in (own, third)]
    for runner in runners:
        await runner.setup()
    site.port = await _listen(runners[0])
    site.secure_port = await _listen(runners[0], context)
    site.third_port = await _listen(runners[1])
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        site.closed_port = unused.getsockname()[1]
    try:
        yield site
    finally:
        for runner in runners:
            await runner.cleanup()


async def _listen(runner: web.AppRunner, context: ssl.SSLContext | None = None) -> int:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", 0))
    await web.SockSite(runner, listener, ssl_context=context).start()
    return listener.getsockname()[1]
