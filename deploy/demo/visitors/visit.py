"""One visit in a browser: comes, looks, buys if the shop lets them, and leaves as people leave, by going elsewhere."""

from __future__ import annotations

from playwright.async_api import Browser, Error, Page, expect
from playwright.async_api import TimeoutError as PlaywrightTimeout

from visitors.plan import Visit, Want

# How long somebody looks at a button that does nothing. Real people wait longer; a demo has two minutes.
PATIENCE_MS = 2_000
PAGE_TIMEOUT_MS = 10_000
# What a page sends as it is left goes out on its own; the context is closed a moment later.
LEAVING_MS = 250


async def make_visit(browser: Browser, *, base_url: str, visit: Visit) -> str:
    """How it ended: `bounced`, `looked`, `bought`, `gave up` (the shop did not let them), or `failed: why` (ours)."""
    width, height = visit.viewport
    context = await browser.new_context(base_url=base_url, viewport={"width": width, "height": height})
    context.set_default_timeout(PAGE_TIMEOUT_MS)
    try:
        page = await context.new_page()
        ending = await _visit(page, visit)
        await page.goto("about:blank")
        await page.wait_for_timeout(LEAVING_MS)
        return ending
    except Error as error:
        return f"failed: {error.message.splitlines()[0]}"
    finally:
        await context.close()


async def _visit(page: Page, visit: Visit) -> str:
    await page.goto("/", wait_until="load")
    if visit.want is Want.BOUNCE:
        return "bounced"
    await page.locator(f'a[href="/products/{visit.product}"]').click()
    await page.wait_for_load_state("load")
    if visit.want is Want.LOOK:
        return "looked"
    try:
        await page.get_by_role("button", name="Add to basket").click(timeout=PAGE_TIMEOUT_MS)
        await page.get_by_label("Email").fill(f"visitor{visit.number}@example.com", timeout=PAGE_TIMEOUT_MS)
        await page.get_by_label("Name", exact=True).fill(f"Visitor {visit.number}")
        await _buy(page)
    except (PlaywrightTimeout, AssertionError):
        return "gave up"
    return "bought"


async def _buy(page: Page) -> None:
    """Presses the button. A visitor who sees that something happens waits; one who sees nothing leaves soon."""
    orders: list[str] = []
    page.on("request", lambda request: orders.append(request.url) if request.url.endswith("/orders") else None)
    thanks = expect(page.get_by_role("heading", name="Thank you"))
    await page.get_by_role("button", name="Buy now").click()
    try:
        await thanks.to_be_visible(timeout=PATIENCE_MS)
    except AssertionError:
        if not orders:
            raise
        await thanks.to_be_visible(timeout=PAGE_TIMEOUT_MS)
    await page.wait_for_load_state("load")
