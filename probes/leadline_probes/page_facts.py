"""The open pages of a run: address, version, web vitals so far.

Asked only of a run that did not pass, so that others pay nothing. The browser keeps the entries; `buffered` hands them
out late.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Error, Page

# https://www.w3.org/TR/largest-contentful-paint/, /layout-instability/, /paint-timing/, /event-timing/. The sum of all
# shifts is what a person saw by then; the beacon's `cls` is the worst window of them. Buffered entries come in a
# task of their own, so the answer waits for one.
ASK_VITALS = """() => new Promise(done => {
  const vitals = {lcp_ms: null, inp_ms: null, cls: 0};
  const watch = (type, take) => {
    const options = {type, buffered: true, durationThreshold: 16};
    try { new PerformanceObserver(list => list.getEntries().forEach(take)).observe(options); }
    catch { /* this browser does not know the type */ }
  };
  watch('largest-contentful-paint', entry => { vitals.lcp_ms = entry.startTime; });
  watch('layout-shift', entry => { if (!entry.hadRecentInput) vitals.cls += entry.value; });
  watch('event', entry => { if (entry.interactionId) vitals.inp_ms = Math.max(vitals.inp_ms ?? 0, entry.duration); });
  const [load] = performance.getEntriesByType('navigation');
  const [paint] = performance.getEntriesByName('first-contentful-paint');
  setTimeout(() => done({...vitals, fcp_ms: paint?.startTime ?? null, ttfb_ms: load?.responseStart || null}), 50);
})"""
# A page whose script spins does not answer.
_TIMEOUT_S = 1.0


@dataclass(frozen=True, slots=True)
class PageFacts:
    """One open page. `vitals` is empty where the page did not answer."""

    url: str
    service_version: str | None
    vitals: dict[str, float | None]


async def look_at_pages(pages: list[tuple[Page, str | None]]) -> list[PageFacts]:
    """The pages with the version that served each, all at once."""
    vitals = await asyncio.gather(*(_ask(page) for page, _ in pages))
    return [PageFacts(page.url, version, said) for (page, version), said in zip(pages, vitals, strict=True)]


async def _ask(page: Page) -> dict[str, float | None]:
    try:
        return round_vitals(await asyncio.wait_for(page.evaluate(ASK_VITALS), _TIMEOUT_S))
    except (Error, TimeoutError):
        return {}


def round_vitals(said: Any) -> dict[str, float | None]:
    """The browser's vitals without their twelve decimals; empty if the page answered anything else."""
    if not isinstance(said, dict):
        return {}
    names = ("lcp_ms", "inp_ms", "cls", "fcp_ms", "ttfb_ms")
    return {name: round(value, 4) if isinstance(value := said.get(name), int | float) else None for name in names}
