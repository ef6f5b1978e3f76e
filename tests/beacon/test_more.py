"""The rest: fetched in idle time where `data-more` asks for it, and what it adds to a view."""

from __future__ import annotations

import pytest
from beacon.visiting import until_known

pytestmark = pytest.mark.browser

TAG = 'data-key="pk_shop" data-more'
NOTE_MORE = """<script>document.addEventListener('load', event => {
if (/b-more/.test(event.target.src)) window.isMoreHere = true }, true)</script>"""

KEPT = """() => new Promise(answer => { const opening = indexedDB.open('_ll', 1); opening.onsuccess = () => {
    const counting = opening.result.transaction('_ll').objectStore('_ll').count();
    counting.onsuccess = () => answer(counting.result) } })"""


async def opened(site, visiting, body: str = "<h1>shop</h1>", **serving):
    page = await visiting.open(site.serve(body, tag=TAG, head=NOTE_MORE, **serving))
    await page.wait_for_function("window.isMoreHere")
    return page


async def test_it_is_fetched_only_where_it_is_asked_for(site, visiting) -> None:
    page = await visiting.open(site.serve("<h1>shop</h1>"))
    await page.wait_for_load_state("networkidle")
    assert not any("b-more" in asked.path for asked in site.asked)


async def test_every_request_is_told_and_carries_the_trace_to_the_own_origin_only(
    site, make_site, visiting, wait, leave
) -> None:
    other = make_site()
    other.put("/api", b"{}", {"Access-Control-Allow-Origin": "*"})
    timing = 'version;desc="7.1", traceparent;desc="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"'
    site.put("/api/cart", b"{}", {"Server-Timing": timing})
    page = await opened(site, visiting)
    await page.evaluate(f"async () => {{ await fetch('/api/cart'); await fetch('{other.origin}/api') }}")
    await page.evaluate("""() => new Promise(done => { const x = new XMLHttpRequest; x.open('GET', '/status/200');
        x.onloadend = done; x.send() })""")
    await leave(page)
    view = await wait(lambda: site.view("/"))
    told = {request.route: request for request in view.requests}
    assert set(told) == {"/api/cart", f"{other.origin}/api", "/status/:id"}
    assert told["/api/cart"].server_version == "7.1"
    assert told["/api/cart"].trace_id == "0af7651916cd43dd8448eb211c80319c"
    carried = {asked.path for asked in [*site.asked, *other.asked] if "traceparent" in asked.headers}
    assert carried == {"/api/cart", "/status/200"}


async def test_clicks_in_rage_and_clicks_that_did_nothing_are_counted(site, visiting, wait, leave) -> None:
    body = '<h1>shop</h1><button id="dead">buy</button><button id="live" onclick="this.textContent += 1">ok</button>'
    page = await opened(site, visiting, body)
    await page.click("#live")
    await page.wait_for_timeout(1700)
    await page.click("#dead", click_count=3)
    await until_known(page, "attributes.dead_clicks")
    await leave(page)
    view = await wait(lambda: site.view("/"))
    assert view.attributes["rage_clicks_target"] == "#dead"
    assert view.attributes["dead_clicks_target"] == "#dead"
    assert view.attributes["rage_clicks"] == 1


async def test_long_frames_and_marks_are_rolled_up(site, visiting, wait, leave) -> None:
    busy = b"const end = performance.now() + 200; while (performance.now() < end); performance.mark('ready')"
    site.put("/busy.js", busy, {"Content-Type": "text/javascript"})
    page = await opened(site, visiting)
    await page.add_script_tag(url="/busy.js")
    await until_known(page, "attributes.busy_script_1")
    await leave(page)
    view = await wait(lambda: site.view("/"))
    assert view.attributes["busy_script_1"] == site.origin + "/busy.js"
    assert view.attributes["busy_script_1_ms"] >= 190
    assert view.attributes["mark_ready_ms"] > 0


async def test_what_ended_offline_is_sent_from_the_next_page(site, visiting, wait) -> None:
    page = await opened(site, visiting)
    site.serve("<h1>later</h1>", tag=TAG, path="/later")
    # The place to keep it in is opened ahead, and is then one more way to hand over.
    await page.wait_for_function("Object.values(leadline).find(Array.isArray)[6].length === 4")
    await page.evaluate("leadline.event('in_the_tunnel')")
    await page.context.set_offline(True)
    await page.evaluate("""() => { Object.defineProperty(document, 'visibilityState', { value: 'hidden' });
        document.dispatchEvent(new Event('visibilitychange')) }""")
    await page.wait_for_function(KEPT)
    assert site.view("/") is None
    await page.context.set_offline(False)
    await page.goto(site.origin + "/later")
    view = await wait(lambda: site.view("/"))
    assert view.events[0].name == "in_the_tunnel"
