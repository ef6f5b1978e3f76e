"""A session is one tab: its pages, reloads and frames share it; a copy of the tab begins its own."""

from __future__ import annotations

import json

import pytest
from beacon.visiting import NOTE_ARMED

pytestmark = pytest.mark.browser

BODY = "<h1>shop</h1>"
# A page that ends as a crashed one does, of which Playwright reloads none: without a word to the script.
WITHOUT_NOTICE = """<script>for (const type of ['pagehide', 'visibilitychange'])
    addEventListener(type, (event) => event.stopImmediatePropagation(), true)</script>"""


async def session_of(page) -> str:
    return (await page.evaluate("sessionStorage._ll")).split(" ")[0]


async def started(page):
    await page.wait_for_function("window.leadline && leadline.version")
    return page


async def test_pages_of_one_tab_share_a_session(site, visiting) -> None:
    page = await visiting.open(site.serve(BODY, path="/one"))
    first = await session_of(page)
    await page.goto(site.serve(BODY, path="/two"))
    assert await session_of(await started(page)) == first
    await page.reload()
    assert await session_of(await started(page)) == first
    await page.go_back()
    assert await session_of(await started(page)) == first
    # By way of a page that has no script of ours.
    await page.goto(site.serve("<h1>none</h1>", path="/none", script=""))
    await page.goto(site.origin + "/one")
    assert await session_of(await started(page)) == first


async def test_a_window_that_the_page_opens_begins_its_own(site, visiting) -> None:
    page = await visiting.open(site.serve(BODY))
    first = await session_of(page)
    async with page.expect_popup() as opening:
        await page.evaluate("void window.open('/')")
    opened = await started(await opening.value)
    own = await session_of(opened)
    assert own != first
    await opened.reload()
    assert await session_of(await started(opened)) == own
    await page.reload()
    assert await session_of(await started(page)) == first


async def test_a_tab_that_begins_with_a_copy_of_anothers_storage_begins_its_own(site, visiting) -> None:
    page = await visiting.open(site.serve(BODY))
    kept = await page.evaluate("sessionStorage._ll")
    copy = await page.context.new_page()
    await copy.add_init_script(f"sessionStorage._ll ??= {json.dumps(kept)}")
    await copy.goto(site.origin + "/")
    assert await session_of(await started(copy)) != kept.split(" ")[0]


async def test_a_tab_that_crashed_and_is_reloaded_goes_on(site, visiting, wait) -> None:
    page = await visiting.open(site.serve(BODY, head=NOTE_ARMED + WITHOUT_NOTICE))
    first = await session_of(page)
    await page.evaluate("leadline.event('before_the_crash')")
    await page.wait_for_function("armed.includes('before_the_crash')")
    await page.reload()
    assert await session_of(await started(page)) == first
    # What was armed survived: nothing is lost.
    assert [view.lost for view in await wait(site.views)] == [None]


async def test_a_crash_in_a_browser_that_arms_nothing_is_counted_as_a_loss(site, visiting, wait, leave) -> None:
    nothing = "<script>window.fetchLater = undefined</script>"
    page = await visiting.open(site.serve(BODY, head=nothing + WITHOUT_NOTICE))
    await page.evaluate("leadline.event('before_the_crash')")
    site.serve(BODY, head=nothing)
    await page.reload()
    await started(page)
    await leave(page)
    view = await wait(lambda: site.view("/"))
    assert (view.lost, view.navigation_type) == (1, "reload")
