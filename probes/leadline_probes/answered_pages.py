"""Which version served a step, and how its pages were answered, by any server and in any page of the run.

Marking reads the heads of answers. For a document that it does not see (a service worker, a cache or another site
answered, or the run has no base_url), it asks the page: `PerformanceNavigationTiming` has the status.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urldefrag, urlsplit

from playwright.async_api import Error, Frame, Page

from leadline import clock
from leadline.journeys import StepView
from leadline.model.web_origins import WebOrigin, read_origin
from leadline_probes.api_requests import API
from leadline_probes.marking import Answer
from leadline_probes.served_version import version_in
from leadline_probes.storable import storable_name

# Reading two values of a working page takes a few ms; a page with a looping script never answers.
_ASK_TIMEOUT_S = 1.0
# https://www.w3.org/TR/resource-timing/#dom-performanceresourcetiming-responsestatus; 0 where it is hidden. `name` is
# the address that the document was loaded from, whatever `pushState` made of it since.
_ASK = """() => {
  const [entry] = performance.getEntriesByType('navigation');
  const named = document.querySelector('meta[name=version],meta[name="app-version"]')?.content;
  const tag = document.querySelector('script[data-app][data-version]')?.dataset.version;
  return [performance.timeOrigin, entry?.responseStatus ?? 0, entry?.name ?? location.href, named || tag || null];
}"""
# Answers that wait for their page: a page navigates within milliseconds of its answer.
_MOST_WAITING = 100


@dataclass(slots=True)
class _View:
    """What is known about the document of one page: its origin, and when it was seen."""

    page: Page
    document: str = ""
    seen_ms: int = 0
    version: str | None = None
    is_version_asked: bool = True
    is_status_known: bool = True
    bad: tuple[int, str] | None = None


@dataclass(eq=False)  # no slots: Playwright stores its wrapper of a bound method on the object
class Viewer:
    """Follows the answers and pages of one run; `view_step` sums up since the last call."""

    status_code: int | None = None
    _step_version: str | None = None
    _answers: deque[Answer] = field(default_factory=lambda: deque(maxlen=_MOST_WAITING))
    _views: dict[Page, _View] = field(default_factory=dict)
    _latest: Page | None = None
    _api: dict[str, int] = field(default_factory=dict)
    _origins: dict[WebOrigin, None] = field(default_factory=dict)

    def follow(self, page: Page) -> None:
        """Judges this page's documents from now on."""
        if page in self._views:
            return
        self._views[page] = _View(page)
        self._latest = self._latest or page
        page.on("framenavigated", self._see_navigation)
        if page.url not in ("", "about:blank"):
            self._see_navigation(page.main_frame)  # a popup that was faster than its event

    def see(self, answer: Answer) -> None:
        """The head of a first-party answer."""
        if 300 <= answer.status < 400:
            return
        if answer.resource_type == "Document":
            self._answers.append(answer)
        if answer.resource_type == API:
            self.status_code = answer.status
            self._api[_without_query(answer.url)] = answer.status
        if (version := version_in(answer.headers)) is not None:
            self._step_version = version

    @property
    def bad_answer(self) -> tuple[int, str] | None:
        """Status and address of a page's document that was answered with 400 or more in this step; else of a request
        of the journey's own whose last answer was 500 or more (a 404 may be what it asks for)."""
        pages = (view.bad for view in self._views.values() if view.bad is not None)
        requests = ((status, url) for url, status in self._api.items() if status >= 500)
        return next(pages, None) or next(requests, None)

    @property
    def bad_page(self) -> Page | None:
        return next((page for page, view in self._views.items() if view.bad is not None), None)

    def version_of(self, page: Page) -> str | None:
        """The version of the document that the page shows, as far as known."""
        view = self._views.get(page)
        return view.version if view is not None else None

    @property
    def origins(self) -> list[WebOrigin]:
        """The origins of shown pages, in order."""
        return list(self._origins)

    async def look(self) -> None:
        """Asks pages whose document's answer was not seen."""
        for view in list(self._views.values()):
            if not view.is_status_known and not view.page.is_closed():
                await self._ask(view)

    async def view_step(self) -> StepView:
        await self.look()
        latest = self._views.get(self._latest) if self._latest is not None else None
        if self._step_version is None and latest is not None and latest.version is None and not latest.is_version_asked:
            await self._ask(latest)
        version = self._step_version or (latest.version if latest is not None else None)
        bad = self.bad_answer
        self._step_version = None
        self._api.clear()
        for view in self._views.values():
            view.bad = None
        return StepView(version, *(bad or (None, None)))

    def _see_navigation(self, frame: Frame) -> None:
        """A page shows another document, or another address of the same one."""
        page = frame.page
        if frame.parent_frame is not None or page not in self._views:
            return
        view = self._views[page]
        address = _without_fragment(frame.url)
        if urlsplit(address).scheme not in ("http", "https"):
            return
        self._latest = page
        answer = next((one for one in reversed(self._answers) if _without_fragment(one.url) == address), None)
        if answer is None:
            # Not seen, or no new document at all (`pushState`): the page knows.
            view.is_status_known = False
            return
        self._answers.remove(answer)
        version = version_in(answer.headers)
        view.version, view.is_version_asked, view.is_status_known = version, version is not None, True
        self._judge(view, answer.status, address)

    def _judge(self, view: _View, status: int, address: str) -> None:
        view.document, view.seen_ms = address, clock.now_ms()
        if (origin := read_origin(address)) is not None:
            self._origins[origin] = None
        self.status_code = status
        view.bad = (status, _without_query(address)) if status >= 400 else None

    async def _ask(self, view: _View) -> None:
        try:
            said: Any = await asyncio.wait_for(view.page.evaluate(_ASK), _ASK_TIMEOUT_S)
            time_origin, status, address, version = float(said[0]), int(said[1]), str(said[2]), said[3]
        except (Error, TimeoutError, TypeError, ValueError):
            return  # navigating or looping: the next step asks again
        address = _without_fragment(address)
        is_new = not view.is_status_known and (address != view.document or time_origin > view.seen_ms)
        view.is_status_known, view.is_version_asked = True, True
        if is_new and status >= 100:
            self._judge(view, status, address)
        if is_new or view.version is None:
            # An answer fetched by a service worker named its version to us, and to the page.
            view.version = (storable_name(str(version)) or None) if version else self._step_version


def _without_fragment(url: str) -> str:
    return urldefrag(url).url


def _without_query(url: str) -> str:
    """Without user and password too: this is shown to people."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
