"""The shop, its panel and the on-call's phone, as somebody with other eyes or hands meets them: axe finds nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

pytestmark = [pytest.mark.browser, pytest.mark.timeout(90), pytest.mark.asyncio(loop_scope="module")]
# Installed with the dashboard, which is held to the same rule.
AXE = Path(__file__).parents[2] / "web" / "dashboard" / "node_modules" / "axe-core" / "axe.min.js"


async def violations(page: Any) -> list[str]:
    await page.evaluate(AXE.read_text(encoding="utf-8") + ";0")
    found = await page.evaluate("axe.run().then(r => r.violations.map(v => [v.id, v.nodes.map(n => n.html)]))")
    return [f"{name}: {nodes}" for name, nodes in found]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("cookie", ["stable", "canary"])
async def test_axe_finds_nothing_in_the_shop(browser, shop, scheme: str, cookie: str) -> None:
    shop.switch("dead_button", version="1.5.0")
    context = await browser.new_context(base_url=shop.url, color_scheme=scheme, reduced_motion="reduce")
    cookies = {"v": cookie, "basket": "enamel-mug.2!lead-line.1"}
    await context.add_cookies([{"name": name, "value": value, "url": shop.url} for name, value in cookies.items()])
    page = await context.new_page()
    for path in ("/", "/products/storm-lantern", "/checkout", "/nowhere", "/faults"):
        await page.goto(path)
        assert await violations(page) == [], path
    ordered = await context.request.post("/orders")
    await page.goto(ordered.url)
    assert await violations(page) == []
    await context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_on_the_on_calls_phone(browser, receiver: str, scheme: str) -> None:
    context = await browser.new_context(color_scheme=scheme)
    page = await context.new_page()
    await page.goto(receiver)
    assert await violations(page) == []
    async with ClientSession() as client:
        await client.post(receiver, json={"title": "shop is down", "message": "one", "type": "failure"})
    await page.get_by_role("heading", name="shop is down").wait_for()  # comes by itself
    assert await violations(page) == []
    await context.close()
