"""Each fault does what it says, in its version only, to a person in a real Chromium; and the shop tells its beacon."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.async_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(90), pytest.mark.asyncio(loop_scope="module")]


@dataclass
class Seen:
    """What a developer's tools would have shown."""

    bad_answers: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)
    thrown: list[str] = field(default_factory=list)
    orders: int = 0


async def open_shop(browser: Any, shop: Any, cookie: str) -> tuple[Any, Seen]:
    context = await browser.new_context(base_url=shop.url)
    context.set_default_timeout(10_000)
    await context.add_cookies([{"name": "v", "value": cookie, "url": shop.url}])
    page, seen = await context.new_page(), Seen()
    page.on("pageerror", lambda error: seen.thrown.append(error.message))
    page.on("console", lambda said: seen.console.append(said.text) if said.type in {"error", "warning"} else None)
    page.on("response", lambda answer: seen.bad_answers.append(answer.url) if answer.status >= 400 else None)

    def count(request: Any) -> None:
        seen.orders += request.url.endswith("/orders")

    page.on("request", count)
    return page, seen


async def go_to_checkout(page: Any) -> None:
    await page.goto("/")
    await page.get_by_role("link", name="Storm lantern").click()
    await page.get_by_role("button", name="Add to basket").click()
    await page.get_by_label("Email").fill("a@example.com")
    await page.get_by_label("Name", exact=True).fill("Ada")


async def buy(page: Any) -> None:
    await go_to_checkout(page)
    await page.get_by_role("button", name="Buy now").click()
    await page.get_by_role("heading", name="Thank you").wait_for()


async def come_true(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(15):
        while not is_so():
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("cookie", ["stable", "canary"])
async def test_a_sale_goes_through_without_a_word_on_the_console(browser, shop, collector, cookie: str) -> None:
    page, seen = await open_shop(browser, shop, cookie)
    await buy(page)
    assert (seen.bad_answers, seen.console, seen.thrown) == ([], [], [])
    await page.goto("about:blank")
    await come_true(lambda: len(collector.events("checkout_completed")) == 1)
    (sale,) = collector.events("checkout_completed").values()
    (added,) = collector.events("add_to_cart").values()
    assert (sale["value"], added["value"]) == (48, 48)
    assert sale["version"] == added["version"] == ("1.4.2" if cookie == "stable" else "1.5.0")
    assert {beacon.get("synthetic") for beacon in collector.beacons()} == {None}
    assert {beacon["route"] for beacon in collector.beacons()} >= {
        "/",
        "/products/:name",
        "/checkout",
        "/thanks/:order",
    }


async def test_a_thank_you_page_that_is_loaded_again_is_no_second_sale(browser, shop, collector) -> None:
    page, _ = await open_shop(browser, shop, "stable")
    await buy(page)
    await page.reload()
    await page.get_by_role("heading", name="Thank you").wait_for()
    await page.goto("about:blank")
    views = {beacon["page_view_id"] for beacon in collector.beacons() if beacon["route"] == "/thanks/:order"}
    await come_true(
        lambda: len(views | {b["page_view_id"] for b in collector.beacons() if "/thanks" in b["route"]}) == 2
    )
    assert len(collector.events("checkout_completed")) == 1


async def test_the_dead_button_breaks_nothing_but_the_sale(browser, shop) -> None:
    shop.switch("dead_button", version="1.5.0")
    page, seen = await open_shop(browser, shop, "canary")
    await go_to_checkout(page)
    await page.get_by_role("button", name="Buy now").click()
    await page.keyboard.press("Enter")
    await page.evaluate("() => new Promise(done => setTimeout(done, 300))")
    assert page.url.endswith("/checkout")
    assert seen == Seen()

    other, other_seen = await open_shop(browser, shop, "stable")
    await buy(other)
    assert other_seen.orders == 1


async def test_errors_answer_500_at_the_checkout_and_say_so(browser, shop) -> None:
    shop.switch("errors", version="1.5.0")
    page, seen = await open_shop(browser, shop, "canary")
    await page.goto("/products/enamel-mug")
    await page.get_by_role("button", name="Add to basket").click()
    await page.get_by_role("heading", name="That is ours").wait_for()
    assert seen.bad_answers == [f"{shop.url}/checkout"]


async def test_an_order_that_is_refused_keeps_the_basket_and_says_so(browser, shop) -> None:
    page, _ = await open_shop(browser, shop, "canary")
    await go_to_checkout(page)
    shop.switch("errors", version="1.5.0")
    await page.get_by_role("button", name="Buy now").click()
    await page.get_by_role("alert").filter(has_text="That did not work").wait_for()
    shop.switch("errors", version="1.5.0", on=False)
    await page.get_by_role("button", name="Buy now").click()
    await page.get_by_role("heading", name="Thank you").wait_for()


async def test_the_script_error_is_thrown_and_sales_go_on(browser, shop, collector) -> None:
    shop.switch("script_error", version="1.5.0")
    page, seen = await open_shop(browser, shop, "canary")
    await buy(page)
    assert len(seen.thrown) == 1
    assert "split" in seen.thrown[0]
    await page.goto("about:blank")
    await come_true(lambda: any(beacon.get("errors") for beacon in collector.beacons()))
    (error,) = next(beacon["errors"] for beacon in collector.beacons() if beacon.get("errors"))
    assert error["error_type"] == "TypeError"


@pytest.mark.parametrize("width", [360, 1280])
async def test_no_page_is_wider_than_its_screen(browser, shop, width: int) -> None:
    page, _ = await open_shop(browser, shop, "canary")
    await page.set_viewport_size({"width": width, "height": 800})
    await buy(page)
    for path in ("/", "/products/lead-line", "/checkout", "/faults"):
        await page.goto(path)
        assert await page.evaluate("document.documentElement.scrollWidth") <= width, path


async def test_a_switch_of_the_panel_works_by_keyboard(browser, shop) -> None:
    page, seen = await open_shop(browser, shop, "stable")
    await page.goto("/faults")
    switch = page.get_by_role("switch", name="Dead buy button in 1.5.0")
    await switch.focus()
    await page.keyboard.press("Space")
    await expect(switch).to_have_attribute("aria-checked", "true")
    assert seen.console == []
