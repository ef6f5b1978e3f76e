"""The panel behind the shop: faults per version, the canary's share, and what was sold. As a page and as JSON.

It has no login, because the demo listens on loopback only; a form on another site can still not use it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from html import escape
from typing import Any

from aiohttp import web

from shop.faults import WHAT_IT_DOES, Fault
from shop.releases import COOKIE, RELEASES, release_of_version
from shop.rendering import Markup, picture, render
from shop.visit import SHOP, WEEK_S

routes = web.RouteTableDef()
SHARES = (0.0, 0.05, 0.25, 0.5, 1.0)
FIGURES = {"pages": "Pages served", "orders": "Orders by people", "synthetic_orders": "Orders by journeys"}


@web.middleware
async def refuse_strangers(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """What changes the shop comes from the shop's own pages, or from no page at all (curl, the walk)."""
    origin = request.headers.get("Origin")
    is_panel = request.path.startswith(("/faults", "/api/"))
    if request.method == "POST" and is_panel and origin not in {None, f"{request.scheme}://{request.host}"}:
        return web.json_response({"title": "not from another site"}, status=403)
    return await handler(request)


@routes.get("/faults")
async def show_panel(request: web.Request) -> web.Response:
    shop = request.app[SHOP]
    figures = shop.orders.figures()
    see = (
        f'<a href="/faults/see/{release.cookie}">be a visitor of {release.version} ({release.cohort})</a>'
        for release in RELEASES
    )
    page = render(
        "faults",
        mark=picture("mark"),
        columns=Markup("".join(f'<th scope="col">{release.version}<br>{release.cohort}</th>' for release in RELEASES)),
        rows=Markup("\n".join(_row(request, fault) for fault in Fault)),
        shares=Markup("".join(_share(share, now=shop.assignment.canary_share) for share in SHARES)),
        figures=Markup(
            "\n".join(
                f'<tr><th scope="row">{title}</th>'
                + "".join(f"<td>{figures[release.version][name]}</td>" for release in RELEASES)
                + "</tr>"
                for name, title in FIGURES.items()
            )
        ),
        see=Markup(" or ".join(see)),
    )
    return web.Response(text=page, content_type="text/html")


@routes.post("/faults")
async def switch(request: web.Request) -> web.Response:
    """A switch of the panel: `version`, `fault` and `on` (1 or 0) as form fields."""
    form = await request.post()
    if _switch(request, form.get("version"), form.get("fault"), form.get("on") == "1"):
        return web.Response(status=303, headers={"Location": "/faults"})
    return web.Response(status=400, text="no such version or fault\n")


@routes.post("/faults/share")
async def switch_share(request: web.Request) -> web.Response:
    if _set_share(request, (await request.post()).get("share")):
        return web.Response(status=303, headers={"Location": "/faults"})
    return web.Response(status=400, text="share is a number from 0 to 1\n")


@routes.get("/faults/see/{cookie}")
async def be_a_visitor(request: web.Request) -> web.Response:
    """Puts this browser into a cohort, to look at that version oneself."""
    chosen = next((release for release in RELEASES if release.cookie == request.match_info["cookie"]), None)
    if chosen is None:
        return web.Response(status=404, text="no such cohort\n")
    onwards = web.Response(status=303, headers={"Location": "/"})
    onwards.set_cookie(COOKIE, chosen.cookie, max_age=WEEK_S, samesite="Lax", httponly=True, path="/")
    return onwards


@routes.get("/api/faults")
async def state(request: web.Request) -> web.Response:
    shop = request.app[SHOP]
    return web.json_response(
        {
            "faults": shop.faults.as_json(),
            "canary_share": shop.assignment.canary_share,
            "assigned": {release.version: shop.assignment.drawn[release.version] for release in RELEASES},
            "figures": shop.orders.figures(),
        }
    )


@routes.post("/api/faults")
async def switch_by_json(request: web.Request) -> web.StreamResponse:
    """`{"version": "1.5.0", "fault": "dead_button", "on": true}`, or `{"canary_share": 0.5}`, or both."""
    asked = await _read_object(request)
    is_known = bool(asked) and asked.keys() <= {"version", "fault", "on", "canary_share"}
    if is_known and "canary_share" in asked:
        is_known = _set_share(request, asked["canary_share"])
    if is_known and asked.keys() & {"version", "fault", "on"}:
        is_known = isinstance(asked.get("on"), bool) and _switch(
            request, asked.get("version"), asked.get("fault"), asked["on"]
        )
    if is_known:
        return await state(request)
    known = {"version": [each.version for each in RELEASES], "fault": list(Fault), "on": "true or false"}
    return web.json_response({"title": "not understood", "known": known | {"canary_share": "0 to 1"}}, status=400)


async def _read_object(request: web.Request) -> dict[str, Any]:
    try:
        asked = await request.json()
    except ValueError:
        return {}
    return asked if isinstance(asked, dict) else {}


def _switch(request: web.Request, version: object, fault: object, on: bool) -> bool:
    if fault not in list(Fault) or release_of_version(str(version)) is None:
        return False
    request.app[SHOP].faults.switch(Fault(str(fault)), version=str(version), on=on)
    return True


def _set_share(request: web.Request, share: object) -> bool:
    try:
        asked = float(str(share))
    except ValueError:
        return False
    if not 0 <= asked <= 1:
        return False
    request.app[SHOP].assignment.canary_share = asked
    return True


def _row(request: web.Request, fault: Fault) -> str:
    title, text = WHAT_IT_DOES[fault]
    switches = []
    for release in RELEASES:
        is_on = request.app[SHOP].faults.is_on(fault, version=release.version)
        switches.append(
            render(
                "switch",
                version=release.version,
                fault=fault,
                title=title,
                next=int(not is_on),
                checked=str(is_on).lower(),
                word="on" if is_on else "off",
            )
        )
    return f'<tr><th scope="row">{title}<small>{escape(text)}</small></th>{"".join(switches)}</tr>'


def _share(share: float, *, now: float) -> str:
    pressed = str(abs(share - now) < 1e-9).lower()
    return f'<button name="share" value="{share:g}" aria-pressed="{pressed}">{share:.0%}</button>'
