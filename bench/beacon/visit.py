"""What a visit of eight steps puts on the wire: load, buy, buy again, an error, a route change, a tag, wait, leave.

Requests and bytes are those of a page on the collector's own origin. Preflights are counted on a page of another
origin, where a browser would ask.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from browsers import launch
from peers import PEERS
from playwright.async_api import Playwright
from shop import Shop, open_shop

# Pairs of browsers side by side: nothing here is timed.
AT_ONCE = 2


@dataclass(frozen=True)
class Visit:
    requests: int
    body_bytes: int
    # With request line and headers as HTTP/1.1 writes them; HTTP/2 packs them to a fraction.
    whole_bytes: int
    preflights: int


async def measure_visits(playwright: Playwright) -> dict[str, Visit]:
    places = asyncio.Semaphore(AT_ONCE)

    async def measure(name: str) -> Visit:
        async with places:
            return await _measure(playwright, name)

    names = ("leadline", *PEERS)
    return dict(zip(names, await asyncio.gather(*map(measure, names)), strict=True))


async def _measure(playwright: Playwright, name: str) -> Visit:
    with open_shop(name) as near, open_shop(name, is_cross_origin=True) as far:
        await asyncio.gather(_visit(playwright, near), _visit(playwright, far))
        body_bytes = sum(len(post.body) for post in near.posts)
        head_bytes = sum(post.head_bytes for post in near.posts)
        return Visit(len(near.posts), body_bytes, body_bytes + head_bytes, far.preflights)


async def _visit(playwright: Playwright, shop: Shop) -> None:
    browser = await launch(playwright)
    page = await browser.new_page()
    await page.goto(shop.address)
    await page.wait_for_timeout(500)
    await page.click("#buy")
    await page.click("#buy")
    await page.evaluate("() => { setTimeout(() => { throw new TypeError('no price') }) }")
    await page.click("#go")
    await page.evaluate("bench.tag?.()")
    # Long enough for those that send while the page is open (Sentry ends a transaction after a second of rest).
    await page.wait_for_timeout(2_500)
    await page.goto("about:blank")
    await page.wait_for_timeout(500)
    await browser.close()
