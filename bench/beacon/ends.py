"""Of how many pages the data arrives when the renderer crashes, the tab closes or the browser closes.

A purchase is clicked 1.3 s before. Three counts per script: anything of the page arrived, its LCP arrived, its purchase
arrived. Some peers report a page as soon as it opens and lose what comes afterwards.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass

from browsers import launch
from peers import LIKE_OURS, REFERENCE
from playwright.async_api import Playwright
from shop import open_shop

# Of the issue: 5 of 5 and 10.
ENDS = {"renderer crashes": 5, "tab closes": 5, "browser closes": 10}
# Browsers side by side: nothing here is timed.
AT_ONCE = 4


@dataclass
class Arrived:
    times: int
    at_all: int = 0
    with_vitals: int = 0
    with_purchase: int = 0


async def measure_ends(playwright: Playwright) -> dict[str, dict[str, Arrived]]:
    """By script and end. `bare fetchLater` is a page that arms one and has no script."""
    names = ("leadline", "bare fetchLater", REFERENCE, *LIKE_OURS)
    arrived = {name: {end: Arrived(times) for end, times in ENDS.items()} for name in names}
    places = asyncio.Semaphore(AT_ONCE)

    async def count(name: str, end: str) -> None:
        async with places:
            text = await _end(playwright, name, end)
        arrived[name][end].at_all += text is not None
        arrived[name][end].with_vitals += "lcp" in (text or "")
        arrived[name][end].with_purchase += "bought" in (text or "")

    await asyncio.gather(*(count(name, end) for end, times in ENDS.items() for _ in range(times) for name in names))
    return arrived


async def _end(playwright: Playwright, name: str, end: str) -> str | None:
    """All that arrived of one page, or None."""
    with open_shop(name) as shop:
        browser = await launch(playwright)
        context = await browser.new_context()
        page = await context.new_page()
        await page.goto(shop.address)
        await page.wait_for_timeout(700)
        await page.click("#buy")
        # The beacon arms what is new within a second.
        await page.wait_for_timeout(1_300)
        before = len(shop.posts)
        if end == "renderer crashes":
            session = await context.new_cdp_session(page)
            with contextlib.suppress(Exception):
                await asyncio.wait_for(session.send("Page.crash"), 0.5)
        elif end == "tab closes":
            await page.close()
        else:
            await browser.close()
        for _ in range(75):
            if len(shop.posts) > before:
                break
            await asyncio.sleep(0.02)
        await browser.close()
        return "\n".join(post.text() for post in shop.posts) or None
