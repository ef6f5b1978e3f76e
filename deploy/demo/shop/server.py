"""Puts the shop together and serves it on loopback until it is told to end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

from aiohttp import web

from shop import goods, panel
from shop.passing_on import PREFIX, Collector
from shop.releases import Assignment
from shop.visit import SHOP, Shop, choose_release, name_version, respond_wrong

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def make_app(*, collector_url: str, key: str, canary_share: float, seed: int) -> web.Application:
    assignment = Assignment(canary_share=canary_share, seed=seed)
    shop = Shop(assignment=assignment, collector=Collector(collector_url), key=key)
    app = web.Application(middlewares=[panel.refuse_strangers, choose_release, answer_unknown])
    app[SHOP] = shop
    app.on_response_prepare.append(name_version)
    app.cleanup_ctx.append(_close_collector)
    app.router.add_route("*", PREFIX + "{rest:.*}", shop.collector.pass_on)
    app.add_routes(goods.routes)
    app.add_routes(panel.routes)
    return app


@web.middleware
async def answer_unknown(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A page that does not exist still looks like the shop."""
    try:
        return await handler(request)
    except web.HTTPNotFound:
        return respond_wrong(request, heading="Off the chart", text="There is no such page here.", status=404)


async def serve(app: web.Application, *, port: int) -> tuple[web.AppRunner, int]:
    """Serves on loopback; the runner, to be cleaned up, and the port (0 asks for a free one).

    Bodies stay as they came: aiohttp would open compressed ones, and what is passed on would no longer fit its headers.
    """
    runner = web.AppRunner(app, auto_decompress=False, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    return runner, int(runner.addresses[0][1])


async def _close_collector(app: web.Application) -> AsyncIterator[None]:
    yield
    await app[SHOP].collector.close()
