"""The same four steps twice: as a journey, and as whoever uses Playwright without us would write them."""

from __future__ import annotations

from playwright.async_api import Page, expect

from leadline import journey

PAGES = ("home", "search", "cart", "pay")


async def visit(page: Page, name: str) -> None:
    """One step: load a page, type, click, wait for the answer."""
    await page.goto(f"/{name}")
    await page.get_by_label("Search").fill(f"lead line for {name}")
    await page.get_by_role("button", name="Go").click()
    await expect(page.locator("#answer")).to_have_text(f"found lead line for {name}")


@journey(every="1m", budget="30s")
async def four_steps(run, page):
    for name in PAGES:
        async with run.step(name, budget="10s"):
            await visit(page, name)


async def four_steps_raw(page: Page) -> None:
    for name in PAGES:
        await visit(page, name)
