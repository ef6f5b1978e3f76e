"""Clocks that sleep, tabs that are days old, clocks that are wrong: what happens now is told as now."""

from __future__ import annotations

import pytest

from leadline.wire import drop_too_old, occurred_at_ms

pytestmark = pytest.mark.browser

BODY = """<h1>Till</h1><button id="sell" onclick="leadline.event('sold', { value: 42.5 })">Sell</button>"""
HOUR_MS = 3_600_000
# The page was opened 8 h ago by the wall's clock; performance.now() stood still meanwhile. wake() ends the sleep.
ASLEEP = f"""<script>let off = -8 * {HOUR_MS}; const now = Date.now.bind(Date); Date.now = () => now() + off;
window.wake = () => {{ off = 0 }}</script>"""


def occurred_ms(beacon, item) -> float:
    """As the loader has it, of a beacon that arrived as it was sent."""
    return occurred_at_ms(
        received_at_ms=beacon.sent_at,
        started_at_ms=beacon.started_at,
        sent_at_ms=beacon.sent_at,
        at_ms=item.at_ms,
        is_deferred=beacon.deferred,
    )


async def test_what_happens_after_a_sleep_stands_at_its_hour(site, visiting, wait, leave) -> None:
    page = await visiting.open(site.serve(BODY, head=ASLEEP))
    await page.evaluate("leadline.event('before'); wake()")
    await page.click("#sell")
    await leave(page)
    view = await wait(lambda: site.view("/"))
    before, sold = view.events
    assert occurred_ms(view, sold) == pytest.approx(view.sent_at, abs=1000)
    assert occurred_ms(view, before) == pytest.approx(view.sent_at - 8 * HOUR_MS, abs=2000)


async def test_a_view_that_begins_after_a_sleep_counts_from_its_own_start(site, visiting, wait, leave) -> None:
    page = await visiting.open(site.serve(BODY, head=ASLEEP))
    await page.evaluate("wake(); history.pushState({}, '', '/morning')")
    await page.click("#sell")
    await leave(page)
    view = await wait(lambda: site.view("/morning"))
    assert view.events[0].at_ms < 2000
    assert view.started_at == pytest.approx(view.sent_at, abs=2000)


async def test_a_tab_open_for_25_hours_goes_on_in_a_new_view_of_its_session(site, visiting, wait, leave) -> None:
    page = await (await visiting.context()).new_page()
    await page.clock.install()
    tag = 'data-key="pk_shop" data-send-after="86400"'
    await page.goto(site.serve(BODY, tag=tag))
    await page.wait_for_function("window.leadline && leadline.version", polling=20)
    now_ms = await page.evaluate("Date.now()")
    await page.clock.set_system_time((now_ms + 25 * HOUR_MS) / 1000)
    await page.click("#sell")
    await leave(page)
    old, new = await wait(lambda: len(site.views()) == 2 and site.views())
    assert (new.navigation_type, new.session_id) == ("continued", old.session_id)
    assert old.events is None
    assert [event.name for event in new.events] == ["sold"]
    assert drop_too_old(new, received_at_ms=new.sent_at) == []


async def test_a_tab_that_is_looked_at_all_day_stays_one_view(site, visiting, wait, leave) -> None:
    page = await visiting.open(site.serve(BODY, head=ASLEEP))
    await page.evaluate("wake()")
    await page.click("#sell")
    await page.click("#sell")
    await leave(page)
    assert len((await wait(lambda: site.view("/"))).events) == 2


@pytest.mark.parametrize("off_ms", [73 * 365 * 24 * HOUR_MS, -30 * 365 * 24 * HOUR_MS], ids=["2099", "1996"])
async def test_a_clock_that_is_decades_off_is_corrected(site, visiting, wait, leave, off_ms) -> None:
    wrong = f"<script>const now = Date.now; Date.now = () => now() + {off_ms}</script>"
    page = await visiting.open(site.serve(BODY, head=wrong))
    await page.click("#sell")
    received_ms = await page.evaluate(f"Date.now() - {off_ms}")
    await leave(page)
    view = await wait(lambda: site.view("/"))
    occurred = occurred_at_ms(
        received_at_ms=received_ms,
        started_at_ms=view.started_at,
        sent_at_ms=view.sent_at,
        at_ms=view.events[0].at_ms,
        is_deferred=view.deferred,
    )
    assert occurred == pytest.approx(received_ms, abs=5000)
