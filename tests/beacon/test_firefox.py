"""The beacon in Firefox, which has no `fetchLater`, layout shifts or soft navigations: less is told, all of it true."""

from __future__ import annotations

import pytest
import pytest_asyncio
from beacon.firefox import FIREFOX, run_firefox

# In one process: one Firefox serves them all.
pytestmark = pytest.mark.browser

# What this browser says, collected by the page itself with nothing of ours.
OBSERVE = """<script>
window.own = {}; window.painted = {}; window.known = PerformanceObserver.supportedEntryTypes;
const see = (type, take, more) => known.includes(type) &&
  new PerformanceObserver(l => l.getEntries().forEach(take)).observe({type, buffered: true, ...more});
see('largest-contentful-paint', e => { own.lcp_ms = e.startTime; painted['#' + e.element.id] = e.startTime });
see('paint', e => { if (e.name === 'first-contentful-paint') own.fcp_ms = e.startTime });
see('event', e => { if (e.interactionId) own.inp_ms = Math.max(own.inp_ms || 0, e.duration) }, {durationThreshold: 16});
addEventListener('load', () => own.ttfb_ms = performance.getEntriesByType('navigation')[0].responseStart);
</script>"""
SLOW = """<h1 id="big">A heading of the shop</h1><button id="slow" onclick="const end = performance.now() + 120;
while (performance.now() < end); this.textContent = 'done'">buy</button>"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def firefox(tmp_path_factory):
    """One Firefox for all tests here."""
    if FIREFOX is None:
        pytest.skip("needs Firefox: apt-get install firefox-esr, or LEADLINE_FIREFOX")
    async with run_firefox(tmp_path_factory.mktemp("firefox")) as firefox:
        yield firefox


@pytest_asyncio.fixture(loop_scope="module")
async def tab(firefox):
    """A tab with a storage of its own. What its page says or throws unexpectedly fails the test."""
    firefox.said.clear()
    tab = await firefox.tab()
    yield tab
    await firefox.command("browser.removeUserContext", userContext=tab.user)
    assert firefox.said == []


async def leave_by_a_link(site, tab) -> None:
    """To a page of the same site, in the same process.

    Of some 75 pages left for `about:blank`, which ends the process, one on a very busy machine told nothing. Whether
    Firefox lost it is not known.
    """
    await tab.goto(site.serve("<h1>bye</h1>", path="/bye", script=""))


async def test_every_vital_that_firefox_has_is_the_one_it_measured(site, tab, wait) -> None:
    await tab.open(site.serve(SLOW, head=OBSERVE))
    await tab.until("own.lcp_ms && own.fcp_ms")
    await tab.click("#slow")
    await tab.until("own.inp_ms >= 120 || !('interactionId' in PerformanceEventTiming.prototype)")
    own, painted = await tab.evaluate("[own, painted]")
    await leave_by_a_link(site, tab)
    view = await wait(lambda: site.view("/"))
    told = {name: getattr(view.vitals, name) for name in own}
    assert told == pytest.approx(own, abs=0.1)
    assert {"lcp_ms", "fcp_ms", "ttfb_ms"} <= set(own)
    # What Firefox does not measure is not known, and never zero.
    assert view.vitals.cls is None
    # Firefox tells of every candidate, and web-vitals keeps the first of those that came in one frame.
    assert painted[view.vitals.attribution["lcp_target"]] == own["lcp_ms"]


async def test_a_route_change_an_event_and_errors_are_told_in_the_view_they_belong_to(site, tab, firefox, wait) -> None:
    await tab.open(site.serve(SLOW, tag='data-key="pk_shop" data-version="1.4.2" data-cohort="canary"'))
    await tab.evaluate("setTimeout(() => { throw new TypeError('no price') })")
    await wait(lambda: "error: TypeError: no price" in firefox.said)
    await tab.evaluate("history.pushState({}, '', '/cart/17')")
    await tab.evaluate("(Promise.reject(new RangeError('too far')), leadline.event('bought', { value: 42.5 }), 0)")
    await wait(lambda: len(firefox.said) == 2)
    await tab.evaluate("fetch('/status/503', { method: 'PUT' }).then(() => 0)")
    await leave_by_a_link(site, tab)
    load, cart = await wait(lambda: len(site.views()) == 2 and site.views())
    assert (load.navigation_type, cart.navigation_type) == ("navigate", "route-change")
    assert (load.route, cart.route) == ("/", "/cart/:id")
    assert {(view.service_version, view.cohort, view.session_id) for view in (load, cart)} == {
        ("1.4.2", "canary", load.session_id)
    }
    assert [(error.error_type, error.source) for error in load.errors] == [("TypeError", "uncaught")]
    assert [(error.error_type, error.source) for error in cart.errors] == [("RangeError", "rejection")]
    assert [(event.name, event.value) for event in cart.events] == [("bought", 42.5)]
    assert [(each.method, each.route, each.status_code) for each in cart.requests] == [("PUT", "/status/:id", 503)]
    # The page's own, as the browser says them, and nothing beside.
    assert firefox.said == ["error: TypeError: no price", "error: RangeError: too far"]
    firefox.said.clear()


async def test_a_tab_that_goes_behind_another_or_is_closed_has_told_everything(site, firefox, tab, wait) -> None:
    await tab.open(site.serve(SLOW))
    await tab.evaluate("leadline.event('seen')")
    other = await firefox.tab(shared_with=tab)
    await tab.until("document.visibilityState === 'hidden'")
    assert (await wait(lambda: site.view("/"))).events[0].name == "seen"
    await other.open(site.serve(SLOW, path="/other"))
    await other.evaluate("leadline.event('last_words')")
    await other.close()
    assert (await wait(lambda: site.view("/other"))).events[0].name == "last_words"
    assert len({view.session_id for view in site.views()}) == 2


async def test_a_page_that_stays_open_tells_after_a_while_packed(site, tab, wait) -> None:
    await tab.open(site.serve(SLOW, tag='data-key="pk_shop" data-send-after="0.3"'))
    await tab.evaluate("[...Array(50).keys()].forEach(i => leadline.event('step_' + i, { note: 'some words' }))")
    view = await wait(lambda: (found := site.view("/")) and found.events and found)
    assert len(view.events) == 50
    assert site.posts()[-1].body[:2] == b"\x1f\x8b"


async def test_a_refused_consent_sends_and_keeps_nothing(site, tab, wait) -> None:
    await tab.open(site.serve(SLOW))
    await tab.evaluate("(leadline.event('unwanted'), leadline.consent(false), leadline.event('unheard'))")
    assert await tab.evaluate("sessionStorage.length") == 0
    await tab.open(site.serve(SLOW, path="/required", tag='data-key="pk_shop" data-consent="required"'))
    await tab.evaluate("leadline.event('unheard')")
    # What is told by a page that comes after these two is here after whatever they would have told.
    await tab.open(site.serve(SLOW, path="/last"))
    await leave_by_a_link(site, tab)
    await wait(lambda: site.view("/last"))
    assert {view.url for view in site.views()} == {site.origin + "/last"}


async def test_a_strict_policy_with_a_nonce_is_kept(site, tab, wait) -> None:
    policy = "default-src 'none'; script-src 'nonce-abc' 'strict-dynamic'; connect-src 'self'; img-src 'self'"
    serving = {"tag": 'data-key="pk_shop" nonce="abc"', "headers": {"Content-Security-Policy": policy}}
    await tab.open(site.serve("<h1>shop</h1>", **serving))
    await tab.until("performance.getEntriesByType('paint').length")
    await tab.evaluate("leadline.event('bought')")
    await leave_by_a_link(site, tab)
    view = await wait(lambda: site.view("/"))
    assert view.events[0].name == "bought"
    assert view.errors is None
    assert len(site.posts()) == 1
    assert [asked for asked in site.asked if asked.method == "OPTIONS"] == []
