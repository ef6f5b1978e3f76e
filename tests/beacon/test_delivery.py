"""What is delivered when a page, a tab, a renderer or a browser ends, and what travels while a page stays open."""

from __future__ import annotations

import contextlib

import pytest
from beacon.visiting import NOTE_ARMED, crash

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
    page = await visiting.open(site.serve(BODY, head=NOTE_ARMED))
    await page.evaluate("leadline.event('before_the_crash')")
    await page.wait_for_function("armed.includes('before_the_crash')")
    assert site.posts() == []
    await crash(page)
    view = await wait(lambda: site.view("/"))
    assert view.events[0].name == "before_the_crash"
    assert view.deferred


async def test_a_tab_that_is_closed_has_told_everything(site, visiting, wait) -> None:
    page = await visiting.open(site.serve(BODY))
    await page.evaluate("leadline.event('last_words')")
    await page.close()
    view = await wait(lambda: site.view("/"))
    assert view.events[0].name == "last_words"


async def test_what_a_page_tells_while_it_is_left_arrives(site, visiting, wait, leave) -> None:
    page = await visiting.open(site.serve(BODY))
    await page.evaluate("""() => { addEventListener('pagehide', () => leadline.event('leaving'));
        document.addEventListener('visibilitychange', () => leadline.event('left')) }""")
    await leave(page)
    await wait(lambda: (view := site.view("/")) and {event.name for event in view.events or ()} == {"leaving", "left"})


async def test_a_page_that_was_hidden_already_tells_when_it_is_left(site, visiting, wait, leave) -> None:
    page = await visiting.open(site.serve(BODY))
    # Nothing tells such a page of hiding again.
    await page.evaluate("""() => { Object.defineProperty(document, 'visibilityState', { value: 'hidden' });
        document.dispatchEvent(new Event('visibilitychange'));
        addEventListener('visibilitychange', (event) => event.stopImmediatePropagation(), true);
        leadline.event('behind') }""")
    await leave(page)
    await wait(lambda: (view := site.view("/")) and view.events and view.events[0].name == "behind")


async def test_a_browser_that_is_closed_has_told_what_was_known(site, visit, wait) -> None:
    # The browser races its own end, with a bare fetchLater as with ours (bench/beacon/ has the rate): one of six wins.
    for _ in range(6):
        visiting = await visit()
        page = await visiting.open(site.serve(BODY, head=NOTE_ARMED))
        await page.evaluate("leadline.event('before_the_end')")
        await page.wait_for_function("armed.includes('before_the_end')")
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
    # All that there is to say of this page, and its answer read: nothing is armed for later any more.
    await wait(lambda: (found := site.view("/")) and None not in (found.vitals.lcp_ms, found.vitals.cls))
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
    visiting.expect(r"^no \d+$")
    page = await visiting.open(site.serve(BODY))
    await page.evaluate("""new Promise(done => { let left = 2000; const go = () => {
        for (let i = 0; i < 100 && left; i++, left--) setTimeout(() => { throw new TypeError('no ' + left) });
        left ? setTimeout(go) : setTimeout(done, 100) }; go() })""")
    await leave(page)
    view = await wait(lambda: site.view("/"))
    assert [error.count for error in view.errors] == [2000]
    assert len(site.posts()) == 1


async def test_long_news_travel_packed(site, visiting, wait) -> None:
    page = await visiting.open(site.serve(BODY, tag=SOON))
    await page.evaluate("for (let i = 0; i < 50; i++) leadline.event('step_' + i, { note: 'some words' })")
    view = await wait(lambda: (found := site.view("/")) and found.events and found)
    assert len(view.events) == 50
    assert [asked.body[:2] for asked in site.posts() if len(asked.body) < 1400][-1] == b"\x1f\x8b"
