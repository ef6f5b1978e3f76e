"""The pages that a visitor sees: home, product, checkout, thank you."""

from __future__ import annotations

from aiohttp import web

from shop.basket import COOKIE as BASKET_COOKIE
from shop.basket import add, read_basket, total_eur, write_basket
from shop.catalogue import PRODUCTS, price
from shop.faults import Fault
from shop.releases import release_of_version
from shop.rendering import HERE, Markup, picture, render
from shop.visit import RELEASE, SHOP, respond, respond_wrong

routes = web.RouteTableDef()


@routes.get("/")
async def home(request: web.Request) -> web.Response:
    goods = Markup(
        "\n".join(
            render(
                "card",
                name=product.name,
                title=product.title,
                line=product.line,
                price=price(product.price_eur),
                picture=picture(product.name),
            )
            for product in PRODUCTS.values()
        )
    )
    return respond(request, title="Goods for small boats", main=render("home", goods=goods, hero=picture("hero")))


@routes.get("/products/{name}")
async def show_product(request: web.Request) -> web.Response:
    product = PRODUCTS.get(request.match_info["name"])
    if product is None:
        return respond_wrong(request, heading="Not on board", text="We don't sell that.", status=404)
    main = render(
        "product",
        name=product.name,
        title=product.title,
        line=product.line,
        story=product.story,
        price=price(product.price_eur),
        value=f"{product.price_eur:g}",
        goes_with=", ".join(f"{name}={PRODUCTS[name].title}" for name in product.goes_with),
        picture=picture(product.name),
        version=request[RELEASE].version,
    )
    return respond(request, title=product.title, main=main)


@routes.post("/basket")
async def add_to_basket(request: web.Request) -> web.StreamResponse:
    name = str((await request.post()).get("product", ""))
    if name not in PRODUCTS:
        return respond_wrong(request, heading="Not on board", text="We don't sell that.", status=404)
    onwards = web.Response(status=303, headers={"Location": "/checkout"})
    basket = add(read_basket(request.cookies.get(BASKET_COOKIE)), name)
    onwards.set_cookie(BASKET_COOKIE, write_basket(basket), samesite="Lax", httponly=True, path="/")
    return onwards


@routes.get("/checkout")
async def checkout(request: web.Request) -> web.Response:
    if _is_broken(request):
        return _answer_500(request)
    basket = read_basket(request.cookies.get(BASKET_COOKIE))
    if not basket:
        return respond(request, title="Checkout", main=render("empty"))
    lines = Markup(
        "\n".join(
            render(
                "line",
                name=name,
                count=count,
                title=PRODUCTS[name].title,
                price=price(PRODUCTS[name].price_eur * count),
                picture=picture(name),
            )
            for name, count in basket.items()
        )
    )
    # The form itself has no way to send it either: a user who is faster than the script could still buy.
    is_dead = request.app[SHOP].faults.is_on(Fault.DEAD_BUTTON, version=request[RELEASE].version)
    dead = Markup(' type="button"') if is_dead else ""
    main = render("checkout", lines=lines, total=price(total_eur(basket)), version=request[RELEASE].version, dead=dead)
    return respond(request, title="Checkout", main=main)


@routes.post("/orders")
async def take_order(request: web.Request) -> web.StreamResponse:
    """One order of what is in the basket, which is empty afterwards. 409 where nothing is in it."""
    if _is_broken(request):
        return _answer_500(request)
    basket = read_basket(request.cookies.get(BASKET_COOKIE))
    if not basket:
        return respond_wrong(request, heading="Your basket is empty", text="Nothing was ordered.", status=409)
    order = request.app[SHOP].orders.take(
        total_eur=total_eur(basket),
        version=request[RELEASE].version,
        is_synthetic=request.headers.get("X-Leadline-Synthetic") == "1",
    )
    onwards = web.Response(status=303, headers={"Location": f"/thanks/{order.number}"})
    onwards.del_cookie(BASKET_COOKIE, path="/")
    return onwards


@routes.get("/thanks/{order}")
async def thanks(request: web.Request) -> web.Response:
    order = request.app[SHOP].orders.find(request.match_info["order"])
    if order is None:
        return respond_wrong(request, heading="No such order", text="It may be from an earlier demo.", status=404)
    remark = "Ordered by a journey: kept apart, never shipped." if order.is_synthetic else "A demo: nothing is shipped."
    main = render(
        "thanks",
        order=order.number,
        value=f"{order.total_eur:g}",
        total=price(order.total_eur),
        remark=remark,
        picture=picture("mark"),
        version=request[RELEASE].version,
    )
    return respond(request, title="Thank you", main=main)


@routes.get("/health")
async def health(_: web.Request) -> web.Response:
    """Well for as long as the server answers, whatever a visitor can or can't do: as health checks are."""
    return web.json_response({"status": "ok"})


@routes.get("/static/{version}/{name}")
async def static(request: web.Request) -> web.StreamResponse:
    """A file as that version has it: the broken one while its fault is on."""
    release, name = release_of_version(request.match_info["version"]), request.match_info["name"]
    if release is None or name not in _STATIC:
        return web.Response(status=404, text="no such file\n")
    request[RELEASE] = release
    fault = {"checkout.js": Fault.DEAD_BUTTON, "shelf.js": Fault.SCRIPT_ERROR}.get(name)
    is_broken = fault is not None and request.app[SHOP].faults.is_on(fault, version=release.version)
    return web.FileResponse(HERE / "static" / ("broken" if is_broken else "") / name)


_STATIC = {path.name for path in (HERE / "static").iterdir() if path.is_file()}


def _is_broken(request: web.Request) -> bool:
    return request.app[SHOP].faults.is_on(Fault.ERRORS, version=request[RELEASE].version)


def _answer_500(request: web.Request) -> web.Response:
    return respond_wrong(request, heading="That is ours", text="Something broke here. Please try again.", status=500)
