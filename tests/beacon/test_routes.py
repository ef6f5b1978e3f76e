"""Route changes, versions that change under the tab, and which view keeps what."""

from __future__ import annotations

import json

import pytest
from beacon.visiting import until_known

pytestmark = pytest.mark.browser

TAG = 'data-key="pk_shop" data-version="1.4.2" data-cohort="baseline"'
# A click that shows another route inside the viewport: what Chromium calls a soft navigation.
SOFT = """<h1 id="title">Home of the shop</h1><button id="go" onclick="history.pushState({}, '', '/cart');
document.querySelector('#title').innerHTML = '<span>The cart with many words in it</span>'">cart</button>"""

# What the browser says of a page that nobody is attached to, told by the page itself as it is left.
OBSERVE = """const own = {};
new PerformanceObserver(l => l.getEntries().forEach(e => own.lcp = e.startTime)).observe(
    { type: 'largest-contentful-paint', buffered: true });
new PerformanceObserver(l => own.fcp ??= l.getEntriesByName('first-contentful-paint')[0]?.startTime).observe(
    { type: 'paint', buffered: true });
addEventListener('pagehide', () => navigator.sendBeacon('/own', JSON.stringify(
    { ...own, shown: performance.getEntriesByType('navigation')[0].activationStart })))"""


async def test_a_route_change_starts_a_view_in_the_same_session(site, visiting, wait, leave) -> None:
    page = await visiting.open(site.serve(SOFT, tag=TAG))
    await page.click("#go")
    await page.evaluate("leadline.event('seen')")
    await leave(page)
    home, cart = await wait(lambda: len(site.views()) == 2 and site.views())
    assert (home.route, cart.route) == ("/", "/cart")
    assert home.session_id == cart.session_id
    assert home.events is None
    assert cart.events[0].name == "seen"


async def test_a_soft_navigation_that_the_browser_saw_has_vitals_of_its_own(site, visiting, wait, leave) -> None:
    page = await visiting.open(site.serve(SOFT, tag=TAG))
    await page.evaluate("""() => {
        new PerformanceObserver(() => window.seen = true).observe({ type: 'soft-navigation' });
        new PerformanceObserver(list => list.getEntries().forEach(entry =>
            window.own = entry.largestContentfulPaint.renderTime - entry.startTime
        )).observe({ type: 'interaction-contentful-paint' }) }""")
    await page.click("#go")
    await page.wait_for_function("window.seen && window.own")
    await until_known(page, "vitals.lcp_ms")
    own_lcp_ms = await page.evaluate("own")
    await leave(page)
    home, cart = await wait(lambda: len(site.views()) == 2 and site.views())
    assert cart.navigation_type == "soft-navigation"
    assert cart.vitals.lcp_ms == pytest.approx(own_lcp_ms, abs=0.1)
    assert home.vitals.lcp_ms != cart.vitals.lcp_ms
    assert cart.vitals.ttfb_ms is None


async def test_a_route_change_that_only_history_told_says_so_and_the_load_keeps_its_vitals(
    site, visiting, wait, leave
) -> None:
    page = await visiting.open(site.serve("<h1>shop</h1>", tag=TAG))
    await page.wait_for_function("performance.getEntriesByType('paint').length > 0")
    await page.evaluate("history.pushState({}, '', '/silent')")
    await leave(page)
    home, silent = await wait(lambda: len(site.views()) == 2 and site.views())
    assert silent.navigation_type == "route-change"
    assert home.vitals.lcp_ms > 0
    assert silent.vitals is None or silent.vitals.lcp_ms is None


async def test_a_view_that_only_history_told_of_has_its_own_interactions(site, visiting, wait, leave) -> None:
    slow = """<h1>shop</h1><button id="slow" onclick="const end = performance.now() + 150;
    while (performance.now() < end); this.textContent = 'done'">buy</button>"""
    page = await visiting.open(site.serve(slow, tag=TAG))
    await page.evaluate("history.pushState({}, '', '/silent')")
    await page.evaluate("""window.longest = 0; new PerformanceObserver(list => list.getEntries().forEach(entry =>
        longest = Math.max(longest, entry.duration))).observe({type: 'event', durationThreshold: 16})""")
    await page.click("#slow")
    await page.wait_for_function("longest >= 150")
    await page.wait_for_timeout(100)
    await leave(page)
    home, silent = await wait(lambda: len(site.views()) == 2 and site.views())
    assert silent.vitals.inp_ms >= 150
    assert home.vitals.inp_ms is None


async def test_a_version_that_changes_under_the_tab_starts_a_view_of_the_new_version(
    site, visiting, wait, leave
) -> None:
    page = await visiting.open(site.serve(SOFT, tag=TAG))
    await page.evaluate("leadline.event('before')")
    await page.evaluate("document.querySelector('script[data-key]').dataset.version = '1.5.0'")
    await page.evaluate("leadline.event('after')")
    await leave(page)
    old, new = await wait(lambda: len(site.views()) == 2 and site.views())
    assert (old.service_version, new.service_version) == ("1.4.2", "1.5.0")
    assert [event.name for event in old.events] == ["before"]
    assert [event.name for event in new.events] == ["after"]
    assert old.session_id == new.session_id
    assert new.navigation_type == "version-change"


@pytest.mark.parametrize(
    ("head", "headers"),
    [
        ('<meta name="version" content="2.0.1"><meta name="cohort" content="canary">', {}),
        ("", {"Server-Timing": 'version;desc="2.0.1", cohort;desc="canary"'}),
    ],
    ids=["meta", "server-timing"],
)
async def test_the_version_is_found_where_the_server_said_it(site, visiting, wait, leave, head, headers) -> None:
    page = await visiting.open(site.serve(head=head, headers=headers))
    await leave(page)
    view = await wait(lambda: site.view("/"))
    assert (view.service_version, view.cohort) == ("2.0.1", "canary")


async def test_the_page_may_answer_for_version_and_route(site, visiting, wait, leave) -> None:
    head = "<script>var build = () => 'b17'; var template = url => url.pathname.replace(/[^/]*$/, '*')</script>"
    tag = 'data-key="pk_shop" data-version-from="build" data-route-from="template"'
    page = await visiting.open(site.serve(head=head, tag=tag, path="/shoes/red"))
    await leave(page)
    view = await wait(lambda: site.view("/shoes/red"))
    assert (view.service_version, view.route) == ("b17", "/shoes/*")


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/product/17", "/product/:id"),
        ("/help/a/b", "/help/*"),
        ("/order/4711/lines", "/order/:id/lines"),
        ("/user/0b6f1c7e-6d0e-4c1c-9f9e-1f2c3d4e5f60", "/user/:id"),
        ("/about-us", "/about-us"),
    ],
)
async def test_a_route_is_the_template_behind_the_address(site, visiting, wait, leave, path, route) -> None:
    tag = 'data-key="pk_shop" data-routes="/product/:id /help/*"'
    page = await visiting.open(site.serve(path=path, tag=tag))
    await leave(page)
    view = await wait(lambda: site.views())
    assert view[0].route == route


async def test_a_return_from_the_back_forward_cache_is_a_view_of_its_own(site, visiting_whole, wait, leave) -> None:
    first = site.serve("<h1>shop</h1>", tag=TAG)
    site.serve("<h1>other</h1>", path="/other", script="")
    page = await visiting_whole.open(first)
    await page.evaluate("() => { addEventListener('pageshow', event => window.isRestored = event.persisted) }")
    await page.goto(site.origin + "/other")
    await page.evaluate("() => { setTimeout(() => history.back()) }")
    await page.wait_for_function("window.isRestored")
    await until_known(page, "vitals.lcp_ms")
    await leave(page)
    load, restored = await wait(lambda: len(site.views()) == 2 and site.views())
    assert load.navigation_type == "navigate"
    assert restored.navigation_type == "back-forward-cache"
    assert restored.vitals.lcp_ms > 0
    assert load.page_view_id != restored.page_view_id


async def test_a_page_that_was_prerendered_counts_from_when_it_was_shown(site, alone, wait) -> None:
    rules = '<script type="speculationrules">{"prerender": [{"urls": ["/next"], "eagerness": "immediate"}]}</script>'
    # The first page moves on once the second has been prepared, and the second once it has been looked at.
    site.serve("<script>setTimeout(() => location.href = '/next', 2500)</script>", head=rules, script="")
    shown = "setTimeout(() => location.href = '/end', 800)"
    move = f"<script>document.addEventListener('prerenderingchange', () => {shown}); {OBSERVE}</script>"
    site.serve("<h1>next</h1>" + move, path="/next", tag=TAG)
    site.serve("<h1>end</h1>", path="/end", script="")
    alone(site.origin + "/")
    await wait(lambda: any(asked.path == "/_l/b.js" for asked in site.asked))
    assert site.posts() == []
    view = await wait(lambda: site.view("/next"))
    assert view.navigation_type == "prerender"
    [own] = await wait(lambda: [json.loads(asked.body) for asked in site.asked if asked.path == "/own"])
    assert own["shown"] > 0
    assert view.vitals.ttfb_ms == 0
    assert view.vitals.fcp_ms == pytest.approx(max(0, own["fcp"] - own["shown"]), abs=0.1)
    assert view.vitals.lcp_ms == pytest.approx(max(0, own["lcp"] - own["shown"]), abs=0.1)
