"""What a load leaves in a page's memory: nothing that the page did not have, and no code that it did not run."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from beacon.visiting import NOTE_ARMED

pytestmark = pytest.mark.browser

# Each costs a page that has not used it 2 to 17 kB, in Chromium 156 (bench/beacon/).
NOTE_ASKED = """<script>window.asked = [];
for (const [owner, name] of [[window, 'navigator'], [window, 'URL'], [Element.prototype, 'classList']]) {
    const { get, value, ...rest } = Object.getOwnPropertyDescriptor(owner, name); delete rest.set; delete rest.writable;
    Object.defineProperty(owner, name, { ...rest, get() {
        if (/b\\.js/.test(new Error().stack)) asked.push(name);
        return get ? get.call(this) : value } });
}</script>"""
MARKED_BODY = '<h1 class="large" style="height: 300px">shop</h1>'


async def test_a_load_asks_for_nothing_that_makes_a_page_heavier(site, visiting) -> None:
    visiting.expect("Failed to load resource", "localhost:1")
    address = site.serve(
        MARKED_BODY, head=NOTE_ASKED + NOTE_ARMED, tag=f'data-key="pk_shop" data-to="{site.origin}/_l"'
    )
    page = await visiting.open(address)
    await page.wait_for_function("armed.includes('lcp_ms')", polling=50)
    assert await page.evaluate("asked") == []
    # The browser drivers that ask for these are not heard, and the script is, once it has to.
    await page.evaluate("fetch('http://localhost:1/').catch(() => 0)")
    assert "URL" in await page.evaluate("asked")


async def test_what_is_armed_of_an_event_says_how_the_page_was_connected(site, visiting) -> None:
    page = await visiting.open(site.serve(MARKED_BODY, head=NOTE_ARMED))
    await page.wait_for_function("armed", polling=50)
    assert "effective_connection_type" not in json.loads(await page.evaluate("armed"))
    await page.evaluate("leadline.event('bought')")
    await page.wait_for_function("armed.includes('bought')", polling=50)
    assert json.loads(await page.evaluate("armed"))["effective_connection_type"]


async def test_what_is_armed_of_a_page_that_is_still_there_says_how_it_is_connected(site, visiting) -> None:
    page = await (await visiting.context()).new_page()
    await page.clock.install(time=1_795_500_000)
    await page.goto(site.serve(MARKED_BODY, head=NOTE_ARMED))
    await page.wait_for_function("window.leadline && leadline.version", polling=20)
    await page.clock.run_for(6_000)
    armed = json.loads(await page.evaluate("armed"))
    assert armed["effective_connection_type"]
    assert armed["device_memory_gb"]


async def test_what_a_load_runs_is_compiled_ahead_and_little_else_is(site, visiting, built: Path) -> None:
    """`web/beacon/eager.mjs` says what waits, by name: a function that a load runs must not be among them."""
    text = (built / "b.js").read_text()
    page = await (await visiting.context()).new_page()
    session = await page.context.new_cdp_session(page)
    await session.send("Profiler.enable")
    await session.send("Profiler.startPreciseCoverage", {"callCount": True, "detailed": False})
    await page.goto(site.serve(MARKED_BODY, head=NOTE_ARMED))
    await page.wait_for_function("armed.includes('lcp_ms')", polling=50)
    covered = (await session.send("Profiler.takePreciseCoverage"))["result"]
    [ours] = [script["functions"] for script in covered if script["url"].endswith("/b.js")]
    late, unused = [], []
    for function in ours:
        reach = function["ranges"][0]
        code = text[reach["startOffset"] : reach["endOffset"]]
        before = text[: reach["startOffset"]]
        # A parenthesis behind a name is a call's.
        is_ahead = before.endswith("(") and not re.search(r"[\w$)]\($", before)
        if before and reach["count"] and not is_ahead:
            late.append(code)
        elif is_ahead and not reach["count"]:
            unused.append(code)
    # Listeners are short, and what an interaction runs may have been asked for by the load's own entries.
    assert sum(map(len, late)) < 1_000, late
    assert sum(map(len, unused)) < 2_000, unused
