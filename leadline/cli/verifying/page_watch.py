"""Opens a page in real Chromium and records what happens to the tag, the script and the first beacon.

The visit is marked synthetic by its user agent. `fetchLater` is removed, so that the beacon uses `fetch`, whose
answer can be read; nothing else in the page changes. It records, but explains nothing.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

from playwright.async_api import Error, Page, Request, Response, async_playwright

from leadline.cli.starting.first_look import in_words
from leadline.cli.verifying.sighting import Answer, Sighting, Violation
from leadline.clock import monotonic_s

PAGE_S = 20.0  # as `leadline init` waits for a page
# A tag manager may add the tag after the load; a tag that is missing this long after it counts as missing.
LATE_TAG_S = 2.0
# The script reacts to the `online` event at once; a first fetch on a slow line takes a round trip or two.
SILENT_S = 3.0
POLL_S = 0.1
LONGEST_CONSOLE = 20
_BEACON = re.compile(r"/v1/(b|beacon)$")
_BEFORE = """(() => {
  const seen = [];
  Object.defineProperty(window, '__leadline_verify', { value: seen });
  addEventListener('securitypolicyviolation', (event) => event.disposition === 'enforce' && seen.push(
    { directive: event.effectiveDirective, blocked: event.blockedURI, policy: event.originalPolicy }), true);
  try { delete window.fetchLater; Object.defineProperty(navigator, 'onLine', { get: () => true }); } catch {}
})()"""
_LOOK = """() => {
  const named = [...document.querySelectorAll('script[src]')].filter((one) =>
    'key' in one.dataset || 'app' in one.dataset ||
    /(^|\\/)b(-vitals)?(\\.[0-9a-f]+)?\\.js([?#]|$)/.test(one.getAttribute('src')));
  const tag = named.find((one) => 'key' in one.dataset) ?? named[0];
  let session = '';
  try { session = sessionStorage.getItem('_ll') ?? ''; } catch {}
  return { source: tag?.src ?? null, attributes: tag ? { ...tag.dataset } : {}, started: !!window.leadline?.version,
    meta: document.querySelector('meta[name=version]')?.content ?? null,
    session, violations: window.__leadline_verify ?? [],
    loaded: document.readyState === 'complete' };
}"""


async def watch(url: str, *, wait_s: float) -> Sighting:
    """Raises BrowserMissing without Chromium."""
    from leadline_probes.browser import launch_chromium

    async with async_playwright() as playwright:
        browser = await launch_chromium(playwright)
        try:
            return await watch_page(await browser.new_page(), url, wait_s=wait_s)
        finally:
            await browser.close()


async def watch_page(page: Page, url: str, *, wait_s: float) -> Sighting:
    """The same in a page made by the caller. Never raises because of the page."""
    notes = _Notes()
    await notes.listen(page)
    await page.add_init_script(_BEFORE)
    try:
        response = await page.goto(url, wait_until="domcontentloaded", timeout=PAGE_S * 1000)
    except Error as error:
        return Sighting(url=url, final_url=url, page_trouble=in_words(error.message))
    seen = await _follow(page, notes, give_up_at=monotonic_s() + wait_s)
    if seen["source"] is not None and not seen["started"] and seen["violations"]:
        seen = await _try_way(page, seen)
    await notes.settle()
    return Sighting(
        url=url,
        final_url=page.url,
        page_status=None if response is None else response.status,
        source=seen["source"],
        attributes=seen["attributes"],
        meta_version=seen["meta"],
        script=notes.scripts.get(urldefrag(seen["source"] or "").url),
        beacon=notes.beacon,
        is_started=seen["started"],
        is_sampled_out=seen["session"].split(" ")[3:4] == ["0"],
        violations=tuple(Violation(**one) for one in seen["violations"]),
        console=tuple(notes.console),
    )


async def _follow(page: Page, notes: _Notes, *, give_up_at: float) -> dict[str, Any]:
    """Polls the page until the result of its beacon is clear, and returns the last state."""
    seen: dict[str, Any] = {"source": None, "attributes": {}, "meta": None, "session": "", "violations": []}
    seen |= {"started": False, "loaded": False}
    loaded_s = asked_s = None
    while notes.beacon is None and monotonic_s() < give_up_at:
        try:
            seen = await page.evaluate(_LOOK)
            if seen["started"] and asked_s is None:
                asked_s = monotonic_s()
                await page.evaluate("() => window.dispatchEvent(new Event('online'))")  # the script sends what is new
        except Error:  # the page is navigating
            loaded_s = asked_s = None
        if seen["loaded"]:
            loaded_s = loaded_s or monotonic_s()
        if _is_over(now_s=monotonic_s(), loaded_s=loaded_s, asked_s=asked_s):
            break
        await asyncio.sleep(POLL_S)  # this polls another process
    return seen


async def _try_way(page: Page, seen: dict[str, Any]) -> dict[str, Any]:
    """If the page's policy blocks the script: would it allow a beacon? So both can be reported at once.

    It sends no beacon: the collector answers HEAD with 405 and counts nothing.
    """
    to = seen["attributes"].get("to")
    base = urljoin(page.url, to.rstrip("/") + "/") if to else urljoin(seen["source"], ".")
    try:
        await page.evaluate("(way) => fetch(way, { method: 'HEAD' }).then(() => 0, () => 0)", urljoin(base, "v1/b"))
        looked: dict[str, Any] = await page.evaluate(_LOOK)
    except Error:  # the page is navigating
        return seen
    return looked


def _is_over(*, now_s: float, loaded_s: float | None, asked_s: float | None) -> bool:
    if asked_s is not None:
        return now_s - asked_s > SILENT_S
    return loaded_s is not None and now_s - loaded_s > LATE_TAG_S


@dataclass  # without slots: Playwright keeps its wrappers on the listeners' object
class _Notes:
    """What the browser reports while the page is open."""

    scripts: dict[str, Answer] = field(default_factory=dict)
    beacon: Answer | None = None
    console: list[str] = field(default_factory=list)
    _why: dict[str, str] = field(default_factory=dict)
    _reading: set[asyncio.Task[None]] = field(default_factory=set)

    async def listen(self, page: Page) -> None:
        page.on("console", lambda message: self._note_line(message.text))
        page.on("pageerror", lambda error: self._note_line(str(error)))
        page.on("response", self._take)
        page.on("requestfailed", self._fail)
        network = await page.context.new_cdp_session(page)
        addresses: dict[str, str] = {}
        network.on(
            "Network.requestWillBeSent", lambda told: addresses.update({told["requestId"]: told["request"]["url"]})
        )
        network.on("Network.loadingFailed", lambda told: self._note_reason(addresses.get(told["requestId"], ""), told))
        await network.send("Network.enable")

    async def settle(self) -> None:
        """Waits for the bodies that are being read."""
        await asyncio.gather(*self._reading, return_exceptions=True)

    def _note_line(self, text: str) -> None:
        if len(self.console) < LONGEST_CONSOLE:
            self.console.append(text[:500])

    def _note_reason(self, url: str, told: dict[str, Any]) -> None:
        if (why := told.get("blockedReason")) is None or not url:
            return
        self._why[url] = why
        for known in (self.scripts.get(url), self.beacon):
            if known is not None and known.url == url and known.failure is not None:
                self._keep(Answer(url=url, failure=why), is_beacon=known is self.beacon)

    def _take(self, response: Response) -> None:
        request = response.request
        if _is_beacon(request):
            task = asyncio.create_task(self._read(response))
            self._reading.add(task)
            task.add_done_callback(self._reading.discard)
        elif request.resource_type == "script":
            self._keep(_answer_of(response, reason=response.headers.get("leadline-dropped")), is_beacon=False)

    async def _read(self, response: Response) -> None:
        reason, remedy = response.headers.get("leadline-dropped"), None
        if "problem+json" in response.headers.get("content-type", ""):
            try:
                said = await response.json()
                reason, remedy = said.get("reason"), said.get("remedy")
            except (Error, ValueError):
                reason = None
        self._keep(_answer_of(response, reason=reason, remedy=remedy), is_beacon=True)

    def _fail(self, request: Request) -> None:
        failure = self._why.get(request.url) or request.failure or "failed"
        known = self.beacon if _is_beacon(request) else self.scripts.get(urldefrag(request.url).url)
        if known is not None and known.status is not None:
            return  # it was answered; what Chromium then does with the body (a 404 is no script) does not matter
        if _is_beacon(request):
            self._keep(Answer(url=request.url, failure=failure), is_beacon=True)
        elif request.resource_type == "script":
            self._keep(Answer(url=request.url, failure=failure), is_beacon=False)

    def _keep(self, answer: Answer, *, is_beacon: bool) -> None:
        if is_beacon:
            self.beacon = answer
        else:
            self.scripts[urldefrag(answer.url).url] = answer


def _is_beacon(request: Request) -> bool:
    return request.method == "POST" and _BEACON.search(urlsplit(request.url).path) is not None


def _answer_of(response: Response, *, reason: str | None = None, remedy: str | None = None) -> Answer:
    kind = response.headers.get("content-type", "")
    return Answer(url=response.url, status=response.status, content_type=kind, reason=reason, remedy=remedy)
