"""What a script costs the page: the main thread's CPU for scripts and their compilation, and heap, over the bare page.

One page at a time in one browser; the scripts take turns load by load, so that other work on the machine slows all
alike. Medians of the thread's CPU time, not of the wall clock.
"""

from __future__ import annotations

import statistics
from contextlib import ExitStack
from dataclasses import dataclass

from browsers import launch
from peers import ALL_AHEAD, HINTED, LARGE_PEERS, REFERENCE
from playwright.async_api import Browser, CDPSession, Playwright
from shop import open_shop

# Held to a bound, so in every round.
CLOSE_ONES = ("leadline", ALL_AHEAD, "web-vitals", REFERENCE, HINTED)
# Ten times as much: a third of the rounds says it as well, and the bench stays below six minutes.
LARGE_PEERS_EVERY = 3


@dataclass(frozen=True)
class Cost:
    cpu_ms: float
    heap_bytes: float


async def measure_cost(playwright: Playwright, *, loads: int) -> dict[str, Cost]:
    """Medians over the bare page."""
    browser = await launch(playwright)
    measured: dict[str | None, list[Cost]] = {name: [] for name in (None, *CLOSE_ONES, *LARGE_PEERS)}
    with ExitStack() as open_shops:
        addresses = {name: open_shops.enter_context(open_shop(name)).address for name in measured}
        for number in range(loads):
            for name, costs in measured.items():
                if name not in LARGE_PEERS or number % LARGE_PEERS_EVERY == 0:
                    costs.append(await visit(browser, addresses[name]))
    await browser.close()
    medians = {
        name: Cost(statistics.median(c.cpu_ms for c in costs), statistics.median(c.heap_bytes for c in costs))
        for name, costs in measured.items()
    }
    bare = medians[None]
    return {
        name: Cost(cost.cpu_ms - bare.cpu_ms, cost.heap_bytes - bare.heap_bytes)
        for name, cost in medians.items()
        if name is not None
    }


async def visit(browser: Browser, address: str) -> Cost:
    """One load and one route change."""
    context = await browser.new_context()
    page = await context.new_page()
    session = await context.new_cdp_session(page)
    # CPU time of the thread: what other processes take of a busy machine is not counted.
    await session.send("Performance.enable", {"timeDomain": "threadTicks"})
    await page.goto(address)
    await page.wait_for_timeout(700)
    await page.click("#go")
    # Long enough for the beacon to arm what the click changed, which it does within a second.
    await page.wait_for_timeout(1_100)
    spent = await _metrics(session)
    await session.send("HeapProfiler.collectGarbage")
    heap_bytes = (await _metrics(session))["JSHeapUsedSize"]
    await context.close()
    return Cost((spent["ScriptDuration"] + spent["V8CompileDuration"]) * 1000, heap_bytes)


async def _metrics(session: CDPSession) -> dict[str, float]:
    said = await session.send("Performance.getMetrics")
    return {each["name"]: each["value"] for each in said["metrics"]}
