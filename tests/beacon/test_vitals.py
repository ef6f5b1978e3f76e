"""Every vital as the page's own PerformanceObserver has it, and the one who caused it."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser

# What the browser says, collected by the page itself with nothing of ours.
OBSERVE = """<script>
window.own = { shifts: [], interactions: [] };
const see = (type, take, more) =>
  new PerformanceObserver(l => l.getEntries().forEach(take)).observe({type, buffered: true, ...more});
see('largest-contentful-paint', e => own.lcp_ms = e.startTime);
see('paint', e => { if (e.name === 'first-contentful-paint') own.fcp_ms = e.startTime });
see('layout-shift', e => { if (!e.hadRecentInput) own.shifts.push(e.value) });
see('event', e => { if (e.interactionId) own.interactions.push(e.duration) }, {durationThreshold: 16});
</script>"""
BODY = """
<h1 id="big">A heading of the shop</h1><p>text</p>
<button id="slow" onclick="const end = performance.now() + 120;
while (performance.now() < end); this.textContent = 'done'">buy</button>
<script>setTimeout(() => { const gap = document.createElement('div'); gap.style.height = '200px';
document.body.prepend(gap); }, 300)</script>"""


async def test_every_vital_is_the_one_that_the_browser_measured(site, visiting, wait, leave) -> None:
    page = await visiting.open(site.serve(BODY, head=OBSERVE))
    await page.wait_for_function("own.shifts.length > 0")
    await page.click("#slow")
    await page.wait_for_function("Math.max(...own.interactions) >= 120")
    own = await page.evaluate("({...own, ttfb_ms: performance.getEntriesByType('navigation')[0].responseStart})")
    await leave(page)
    view = await wait(lambda: site.view("/"))
    vitals = view.vitals
    assert vitals.lcp_ms == pytest.approx(own["lcp_ms"], abs=0.1)
    assert vitals.fcp_ms == pytest.approx(own["fcp_ms"], abs=0.1)
    assert vitals.ttfb_ms == pytest.approx(own["ttfb_ms"], abs=0.1)
    assert vitals.cls == pytest.approx(sum(own["shifts"]), abs=0.0001)
    assert vitals.inp_ms == pytest.approx(max(own["interactions"]), abs=0.1)
    assert vitals.inp_ms >= 120


async def test_a_vital_names_what_caused_it(site, visiting, wait, leave) -> None:
    page = await visiting.open(site.serve(BODY, head=OBSERVE))
    await page.wait_for_function("own.shifts.length > 0")
    await page.click("#slow")
    await page.wait_for_function("Math.max(...own.interactions) >= 120")
    await leave(page)
    view = await wait(lambda: site.view("/"))
    cause = view.vitals.attribution
    assert cause["lcp_target"] == "#big"
    assert cause["inp_target"] == "#slow"
    assert cause["inp_processing_ms"] >= 100
    assert "cls_target" in cause
    assert cause["ttfb_request_ms"] >= 0


async def test_the_target_of_an_interaction_is_known_though_it_is_gone(site, visiting, wait, leave) -> None:
    body = """<h1>shop</h1><button id="gone" onclick="const end = performance.now() + 120;
    while (performance.now() < end); setTimeout(() => this.remove(), 300)">buy</button>"""
    page = await visiting.open(site.serve(body, head=OBSERVE))
    await page.click("#gone")
    await page.wait_for_function("!document.querySelector('#gone')")
    await leave(page)
    view = await wait(lambda: site.view("/"))
    assert view.vitals.attribution["inp_target"] == "#gone"
