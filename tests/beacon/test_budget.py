"""A view that outgrows what a browser takes at a page's end: no sale and no error is lost, and a loss is counted."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser

BODY = "<h1>Editor</h1>"
# Within every limit that the docs name, and 67 kB.
BUSY = """() => { for (let i = 0; i < 98; i++) {
    const more = {};
    for (let j = 0; j < 10; j++) more['detail_' + j] = 'some words about what was done here, number ' + i + ' ' + j;
    leadline.event('edited', { value: i, ...more }) }
    leadline.event('checkout_completed', { value: 42.5 }) }"""
# What is armed for later, and all that is asked by the page's own fetch.
COUNT = """<script>const { fetch: ask } = window; window.keptAlive = [];
window.fetch = (...given) => { keptAlive.push(given[1]?.keepalive); return ask(...given) }</script>"""
# A browser that takes nothing at a page's end.
FULL = """<script>window.fetchLater = undefined; navigator.sendBeacon = () => false;
const { fetch: ask } = window;
window.fetch = (to, how) => how?.keepalive ? Promise.reject(new TypeError('quota')) : ask(to, how)</script>"""


async def test_a_large_view_is_sent_while_the_page_lives_and_whole(site, visiting, wait, leave) -> None:
    page = await visiting.open(site.serve(BODY, head=COUNT))
    await page.evaluate(BUSY)
    # Not by what shares the 64 kB, and packed.
    await wait(lambda: (view := site.view("/")) and view.events)
    assert await page.evaluate("keptAlive") == [False]
    assert site.posts()[0].body[:2] == b"\x1f\x8b"
    await leave(page)
    view = await wait(lambda: site.view("/"))
    assert [event.value for event in view.events] == [*range(98), 42.5]
    assert len(view.events[97].attributes) == 10


async def test_what_has_arrived_of_a_large_view_is_not_said_again_and_counts_on(site, visiting, wait, leave) -> None:
    page = await visiting.open(site.serve(BODY))
    await page.evaluate(BUSY)
    await wait(lambda: (view := site.view("/")) and view.events)
    await page.evaluate("leadline.event('later', { value: 1 })")
    await leave(page)
    last = await wait(lambda: [each for each in site.beacons() if each.from_ is not None])
    assert ([event.name for event in last[-1].events], last[-1].from_.events) == (["later"], 99)
    assert [event.name for event in site.view("/").events][97:] == ["edited", "checkout_completed", "later"]


async def test_more_events_than_one_beacon_holds_are_all_kept_where_they_arrive_in_between(
    site, visiting, wait, leave
) -> None:
    page = await visiting.open(site.serve(BODY))
    for round_number in range(3):
        await page.evaluate(BUSY)
        await wait(lambda upto=99 * (round_number + 1): (view := site.view("/")) and len(view.events or ()) == upto)
    await leave(page)
    view = site.view("/")
    assert len([event for event in view.events if event.name == "checkout_completed"]) == 3
    assert "events_dropped" not in (view.attributes or {})


async def test_of_a_large_view_that_is_left_at_once_every_sale_and_error_arrives(site, visiting, wait, leave) -> None:
    page = await visiting.open(site.serve(BODY))
    await page.evaluate("leadline.error(new TypeError('no price'))")
    await page.evaluate(BUSY)
    await leave(page)
    view = await wait(lambda: (view := site.view("/")) and view.events and view)
    assert [event.value for event in view.events] == [*range(98), 42.5]
    assert [error.message for error in view.errors] == ["no price"]


async def test_a_repeated_error_of_a_large_view_is_counted_once_for_each_time(site, visiting, wait, leave) -> None:
    page = await visiting.open(site.serve(BODY))
    await page.evaluate("for (let i = 0; i < 3; i++) leadline.error(new TypeError('no price'))")
    await page.evaluate(BUSY)
    await wait(lambda: (view := site.view("/")) and view.events)
    await page.evaluate("for (let i = 0; i < 2; i++) leadline.error(new TypeError('no price'))")
    await leave(page)
    await wait(lambda: sum(error.count for error in site.view("/").errors) == 5)


async def test_what_a_browser_would_not_take_is_counted_on_the_tabs_next_page(site, visiting, wait, leave) -> None:
    page = await visiting.open(site.serve(BODY, path="/full", head=FULL))
    await page.evaluate("leadline.event('unheard')")
    await page.goto(site.serve(BODY, path="/next"))
    await page.wait_for_function("window.leadline && leadline.version")
    await page.goto(site.serve(BODY, path="/after"))
    await page.wait_for_function("window.leadline && leadline.version")
    await leave(page)
    await wait(lambda: site.view("/after"))
    assert [view.lost for view in site.views()] == [1, None]
    assert site.view("/full") is None


async def test_a_page_that_comes_back_and_tells_has_lost_nothing(site, visiting_whole, wait, leave) -> None:
    head = FULL.replace("how?.keepalive", "window.isFull && how?.keepalive")
    tag = 'data-key="pk_shop" data-send-after="0.3"'
    page = await visiting_whole.open(site.serve(BODY, head="<script>window.isFull = true</script>" + head, tag=tag))
    await page.evaluate("""() => { leadline.event('seen');
        Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
        document.dispatchEvent(new Event('visibilitychange')) }""")
    assert await page.evaluate("sessionStorage._ll.split(' ')[5]") == "1"
    await page.evaluate("isFull = false")
    visiting_whole.expect("leadline: ")
    await wait(lambda: site.view("/"))
    await page.wait_for_function("sessionStorage._ll.split(' ')[5] === '0'")


async def test_a_page_that_is_left_offline_is_counted_on_the_tabs_next_page(site, visiting, wait, leave) -> None:
    page = await visiting.open(site.serve(BODY, path="/tunnel"))
    await page.evaluate("leadline.event('unheard')")
    await page.context.set_offline(True)
    await leave(page)
    await page.context.set_offline(False)
    await page.goto(site.serve(BODY, path="/out"))
    await page.wait_for_function("window.leadline && leadline.version")
    await leave(page)
    view = await wait(lambda: site.view("/out"))
    assert view.lost == 1
    assert site.view("/tunnel") is None
