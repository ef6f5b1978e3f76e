"""What is delivered when a page, a tab, a renderer or a browser ends, and what a collector in trouble is spared."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

pytestmark = pytest.mark.browser

BODY = "<h1>shop</h1>"
SOON = 'data-key="pk_shop" data-send-after="0.3"'


async def test_a_visit_is_one_request_and_no_preflight(site, visiting, wait, leave) -> None:
    page = await visiting.open(site.serve(BODY))
    await page.evaluate("leadline.event('checkout_completed', { value: 42.5, plan: 'gold' })")
    await leave(page)
    view = await wait(lambda: site.view("/"))
    assert (view.events[0].name, view.events[0].value) == ("checkout_completed", 42.5)
    assert view.events[0].attributes == {"plan": "gold"}
    assert len(site.posts()) == 1
    assert [asked for asked in site.asked if asked.method == "OPTIONS"] == []


async def test_a_collector_of_another_origin_is_told_without_a_preflight(
    site, make_site, visiting, wait, leave
) -> None:
    other = make_site()
    tag = f'data-key="pk_shop" data-to="{site.origin}/_l/" data-send-after="0.3"'
    page = await visiting.open(other.serve(BODY, tag=tag))
    await wait(lambda: site.posts())
    await leave(page)
    await wait(lambda: other.views())
    assert other.posts() == []
    assert [asked for asked in site.asked if asked.method == "OPTIONS"] == []


async def test_a_renderer_that_crashes_has_told_what_was_known(site, visiting, wait) -> None:
    page = await visiting.open(site.serve(BODY))
    await page.evaluate("leadline.event('before_the_crash')")
    # What is new is armed within a second.
    await page.wait_for_timeout(1400)
    assert site.posts() == []
    session = await page.context.new_cdp_session(page)
    with contextlib.suppress(Exception):
        await asyncio.wait_for(session.send("Page.crash"), 5)
    view = await wait(lambda: site.view("/"))
    assert view.events[0].name == "before_the_crash"
    assert view.deferred


async def test_a_tab_that_is_closed_has_told_everything(site, visiting, wait) -> None:
    page = await visiting.open(site.serve(BODY))
    await page.evaluate("leadline.event('last_words')")
    await page.close()
    view = await wait(lambda: site.view("/"))
    assert view.events[0].name == "last_words"


async def test_a_browser_that_is_closed_has_told_what_was_known(site, visit, wait) -> None:
    # The browser races its own end, with a bare fetchLater as with ours (bench/beacon/ has the rate): one of six wins.
    for _ in range(6):
        visiting = await visit()
        page = await visiting.open(site.serve(BODY))
        await page.evaluate("leadline.event('before_the_end')")
        await page.wait_for_timeout(1400)
        await visiting.browser.close()
        with contextlib.suppress(AssertionError):
            await wait(site.views, within_s=3)
            break
    assert site.views()[0].events[0].name == "before_the_end"


async def test_a_page_that_is_hidden_tells_at_once(site, visiting_whole, wait) -> None:
    page = await visiting_whole.open(site.serve(BODY))
    await page.evaluate("leadline.event('seen')")
    other = await page.context.new_page()
    await other.bring_to_front()
    # Headless windows are never covered; the event and the state are what a phone's browser gives.
    await page.evaluate("""() => {
        Object.defineProperty(document, 'visibilityState', { value: 'hidden' });
        document.dispatchEvent(new Event('visibilitychange')) }""")
    view = await wait(lambda: site.view("/"))
    assert view.events[0].name == "seen"
    assert not page.is_closed()


async def test_a_page_that_stays_open_tells_after_a_while_and_only_what_changed_later(site, visiting, wait) -> None:
    page = await visiting.open(site.serve(BODY, tag=SOON))
    await wait(lambda: site.view("/"))
    await page.wait_for_timeout(600)
    await page.evaluate("leadline.event('later')")
    later = await wait(lambda: [beacon for beacon in site.beacons() if beacon.events])
    assert later[0].events[0].name == "later"
    # What was told before is not told again: unchanged sections are absent.
    assert later[0].vitals is None


async def test_what_happened_offline_is_told_when_the_page_is_back(site, visiting, wait) -> None:
    page = await visiting.open(site.serve(BODY, tag=SOON))
    await wait(lambda: site.view("/"))
    await page.context.set_offline(True)
    await page.evaluate("leadline.event('in_the_tunnel')")
    await page.wait_for_timeout(600)
    await page.context.set_offline(False)
    view = await wait(lambda: (found := site.view("/")) and found.events and found)
    assert view.events[0].name == "in_the_tunnel"


async def test_a_storm_of_errors_is_one_request_with_a_count(site, visiting, wait, leave) -> None:
    page = await visiting.open(site.serve(BODY))
    await page.evaluate("""new Promise(done => { let left = 2000; const go = () => {
        for (let i = 0; i < 100 && left; i++, left--) setTimeout(() => { throw new TypeError('no ' + left) });
        left ? setTimeout(go) : setTimeout(done, 100) }; go() })""")
    await leave(page)
    view = await wait(lambda: site.view("/"))
    assert [error.count for error in view.errors] == [2000]
    assert len(site.posts()) == 1


async def test_a_collector_that_asks_for_silence_gets_it(site, visiting, wait, leave) -> None:
    site.answer = (429, {"Retry-After": "600"})
    page = await visiting.open(site.serve(BODY, tag=SOON))
    await wait(lambda: site.posts())
    await page.evaluate("leadline.event('while_silent')")
    await page.wait_for_timeout(1200)
    await leave(page)
    await page.wait_for_timeout(300)
    assert len(site.posts()) == 1
    assert len([line for line in visiting.said if "leadline" in line]) == 1


async def test_a_collector_that_fails_is_told_again_and_nothing_is_lost(site, visiting, wait) -> None:
    site.answer = (503, {"Retry-After": "1"})
    await visiting.open(site.serve(BODY, tag=SOON))
    await wait(lambda: site.posts())
    site.answer = None
    view = await wait(lambda: site.view("/"))
    assert view.vitals is not None


async def test_a_collector_that_is_down_costs_one_line_and_the_view_is_told_at_the_end(
    site, visiting, wait, leave
) -> None:
    site.is_down = True
    page = await visiting.open(site.serve(BODY, tag=SOON))
    await wait(lambda: [line for line in visiting.said if line.startswith("debug")])
    site.is_down = False
    await leave(page)
    assert await wait(lambda: site.view("/"))
    assert [line for line in visiting.said if line.startswith("debug")] == ["debug: leadline: no answer"]
    assert visiting.faults == []


async def test_a_wrong_key_costs_one_request_and_one_line(site, visiting, wait, leave) -> None:
    page = await visiting.open(site.serve(BODY, tag='data-key="pk_wrong" data-send-after="0.3"'))
    await wait(lambda: site.posts())
    await wait(lambda: [line for line in visiting.said if line.startswith("debug")])
    await page.evaluate("leadline.event('unheard')")
    await leave(page)
    await page.wait_for_timeout(500)
    assert [asked.status for asked in site.posts()] == [401]
    assert [line for line in visiting.said if line.startswith("debug")] == ["debug: leadline: refused: 401"]


async def test_a_missing_key_costs_one_line_and_nothing_else(site, visiting, leave) -> None:
    page = await visiting.open(site.serve(BODY, tag='data-app="shop"'))
    await page.evaluate("leadline.event('unheard')")
    await leave(page)
    await page.wait_for_timeout(300)
    assert visiting.said == ["debug: leadline: no data-key"]
    assert site.posts() == []


async def test_long_news_travel_packed(site, visiting, wait) -> None:
    page = await visiting.open(site.serve(BODY, tag=SOON))
    await page.evaluate("for (let i = 0; i < 50; i++) leadline.event('step_' + i, { note: 'some words' })")
    view = await wait(lambda: (found := site.view("/")) and found.events and found)
    assert len(view.events) == 50
    assert [asked.body[:2] for asked in site.posts() if len(asked.body) < 1400][-1] == b"\x1f\x8b"
