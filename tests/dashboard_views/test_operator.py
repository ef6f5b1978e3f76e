"""With tokens: the browser's login looks, and whoever acts gives an operator's token, which is stored nowhere."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from dashboard_views.seeded import Home, violations
from dashboard_views.test_flags import FLAG
from playwright.async_api import expect
from story.world import free_ports

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]
Opens = Callable[..., Any]
WAIT = 30_000
VIEWER, OPERATOR = "viewer-" + "v" * 16, "operator-" + "o" * 16
TOKENS = f"""[web.tokens.vera]
token = "{VIEWER}"
role = "viewer"
[web.tokens.olga]
token = "{OPERATOR}"
role = "operator"
"""


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path / "home", free_ports(1)[0], app_more=FLAG + TOKENS)
    yield home
    home.close()


async def test_an_operator_gives_a_token_and_acts_until_it_is_forgotten(guarded: Home, look: Opens) -> None:
    guarded.fail("checkout")
    guarded.serve()
    login = {"username": "any", "password": VIEWER}
    shown = await look(f"{guarded.url}/#/flags", http_credentials=login)
    page = shown.page
    card, asked = page.get_by_role("article", name="new-checkout"), page.get_by_role("dialog")
    kill, sure = card.get_by_role("button", name="Kill new-checkout"), card.get_by_role("button", name="Give everybody")

    async def give(token: str) -> None:
        await asked.get_by_label("Token").fill(token)
        await asked.get_by_role("button", name="Go on").click()

    await kill.click(timeout=WAIT)
    await sure.click()
    await expect(asked).to_contain_text("Your login may only read.", timeout=WAIT)
    assert await violations(shown) == []
    await asked.get_by_role("button", name="Cancel").click()
    await expect(card.get_by_role("alert")).to_have_text(
        "Nothing was changed: this needs an operator's token.", timeout=WAIT
    )
    await expect(card).to_contain_text("as configured", timeout=WAIT)

    await kill.click()
    await sure.click()
    await give("no token of this house")
    await expect(asked.get_by_role("alert")).to_contain_text("no spaces", timeout=WAIT)
    await give("nobody-" + "x" * 16)
    await expect(asked.get_by_role("alert")).to_have_text("[web.tokens] has no such token.", timeout=WAIT)
    await give(VIEWER)
    await expect(asked.get_by_role("alert")).to_contain_text(
        "needs the role operator; the token has the role viewer", timeout=WAIT
    )
    await give(OPERATOR)
    await expect(card).to_contain_text("killed by olga", timeout=WAIT)
    await card.get_by_role("button", name="Restore new-checkout").click()
    await expect(card).to_contain_text("as configured", timeout=WAIT)

    await page.get_by_role("link", name="Now").click()
    await page.get_by_role("button", name="I am on it").click()
    await expect(page.get_by_text("olga is on it", exact=True)).to_be_visible(timeout=WAIT)
    kept = await page.evaluate("[document.cookie, ...Object.values(localStorage), ...Object.values(sessionStorage)]")
    assert OPERATOR not in "".join(kept)

    await page.get_by_role("button", name="Forget the token").click()
    await page.get_by_role("link", name="Flags").click()
    await kill.click()
    await sure.click()
    await expect(asked).to_be_visible(timeout=WAIT)
    await asked.get_by_role("button", name="Cancel").click()

    # Behind a proxy that sends whoever has not its cookie to its own login, the same token acts.
    async with cookie_proxy(guarded.url) as (address, turned_away):
        await page.context.add_cookies([{"name": "sso", "value": "in", "url": address}])
        await page.goto(f"{address}/#/flags")
        await kill.click(timeout=WAIT)
        await sure.click()
        await give(OPERATOR)
        await expect(card).to_contain_text("killed by olga", timeout=WAIT)
        assert turned_away == ["/v1/flags/new-checkout/kill"]


@asynccontextmanager
async def cookie_proxy(url: str) -> AsyncIterator[tuple[str, list[str]]]:
    """Its address, and which paths it turned away."""
    turned_away: list[str] = []

    async def forward(request: web.Request) -> web.Response:
        if "sso=in" not in request.headers.get("Cookie", ""):
            turned_away.append(request.path)
            return web.Response(status=302, headers={"Location": "https://login.example/"})
        async with session.request(
            request.method, f"{url}{request.path_qs}", headers=request.headers, data=await request.read()
        ) as answer:
            kept = {
                name: value for name, value in answer.headers.items() if name in ("Content-Type", "WWW-Authenticate")
            }
            return web.Response(status=answer.status, body=await answer.read(), headers=kept)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", forward)
    runner = web.AppRunner(app, shutdown_timeout=1)  # the page keeps its stream of changes open
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    async with aiohttp.ClientSession() as session:
        await site.start()
        [(host, port)] = runner.addresses
        try:
            yield f"http://{host}:{port}", turned_away
        finally:
            await runner.cleanup()
