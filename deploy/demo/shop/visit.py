"""What every request goes through: which release serves it, its faults, and the headers that say so.

The version stands in `X-App-Version` and in `Server-Timing`, on errors too: that is how a journey knows which version
served each of its steps.
"""

from __future__ import annotations

from asyncio import sleep as pause
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aiohttp import web

from shop import releases
from shop.basket import COOKIE as BASKET_COOKIE
from shop.basket import read_basket
from shop.faults import SLOWNESS_S, Fault, Faults
from shop.orders import Orders
from shop.passing_on import PREFIX, Collector
from shop.releases import STABLE, Assignment, Release
from shop.rendering import Markup, picture, render

# No inline script or style, nothing from anywhere else. The beacon needs no exception: it is of the same origin.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
STRIPS = {"1.4.2": "Free delivery to any harbour from €60", "1.5.0": "New: checkout in one step"}
WEEK_S = 7 * 86400


@dataclass(slots=True)
class Shop:
    """The state of the running shop, shared by its pages and its panel."""

    assignment: Assignment
    collector: Collector
    key: str
    faults: Faults = field(default_factory=Faults)
    orders: Orders = field(default_factory=Orders)


SHOP = web.AppKey("shop", Shop)
RELEASE = web.RequestKey("release", Release)


@web.middleware
async def choose_release(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Assigns the visitor, applies the faults of time and status, and sets the cookie once."""
    if request.path.startswith((PREFIX, "/static/", "/faults", "/api/", "/health")):
        request[RELEASE] = releases.release_of_cookie(request.cookies.get(releases.COOKIE)) or STABLE
        return await handler(request)
    shop = request.app[SHOP]
    release, is_new = shop.assignment.release_for(request.cookies.get(releases.COOKIE))
    request[RELEASE] = release
    shop.orders.views[release.version] += 1
    if shop.faults.is_on(Fault.SLOWNESS, version=release.version):
        await pause(SLOWNESS_S)
    answered = await handler(request)
    if is_new:
        answered.set_cookie(releases.COOKIE, release.cookie, max_age=WEEK_S, samesite="Lax", httponly=True, path="/")
    return answered


async def name_version(request: web.Request, response: web.StreamResponse) -> None:
    """Signal, right before an answer's headers go out. What is passed on keeps the collector's own headers."""
    if request.path.startswith(PREFIX):
        return
    version = request.get(RELEASE, STABLE).version
    response.headers["X-App-Version"] = version
    response.headers["Server-Timing"] = f'version;desc="{version}"'
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "strict-origin-when-cross-origin"
    response.headers.setdefault("Cache-Control", "no-cache" if request.path.startswith("/static/") else "no-store")


def respond(request: web.Request, *, title: str, main: Markup, status: int = 200) -> web.Response:
    """A whole page of the shop, as the visitor's release shows it."""
    release = request[RELEASE]
    page = render(
        "layout",
        title=f"{title} · Fathom & Line",
        main=main,
        mark=picture("mark"),
        basket_count=sum(read_basket(request.cookies.get(BASKET_COOKIE)).values()),
        strip=STRIPS[release.version],
        key=request.app[SHOP].key,
        version=release.version,
        cohort=release.cohort,
        cookie=release.cookie,
    )
    return web.Response(text=page, content_type="text/html", status=status)


def respond_wrong(request: web.Request, *, heading: str, text: str, status: int) -> web.Response:
    main = render("wrong", heading=heading, text=text)
    return respond(request, title=heading, main=main, status=status)
