"""The pages of one run: a context of its own, marked and traced before its first page, followed, and left page by page.

It knows nothing of journeys and their steps: what the pages show, answer and say goes to the run's viewer and log.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from playwright.async_api import APIRequestContext, Browser, BrowserContext, Error, Page, Request, WebError

from leadline.errors import ProbeFault
from leadline.model.worker_messages import RunAsked
from leadline_probes.answered_pages import Viewer
from leadline_probes.api_requests import mark_api_requests
from leadline_probes.devices import describe_device
from leadline_probes.failing_page import find_failing_page, order_pages
from leadline_probes.left_pages import ClosingContexts
from leadline_probes.marking import Marking
from leadline_probes.marks import Marks
from leadline_probes.patience import soft_deadline_s
from leadline_probes.run_log import RunLog
from leadline_probes.run_trace import RunTrace

# A browser that works opens a page within 0.2 s, also at a load of 15 a core. One that is stopped never does: without a
# limit, the run would end at its deadline, and the next ones be skipped until then.
_OPEN_TIMEOUT_S = 10.0


class RunPages:
    """`open`, then whatever the journey does, then `close`. `has_crashed` is set when a page's process has ended."""

    def __init__(
        self,
        asked: RunAsked,
        *,
        browser: Browser,
        marking: Marking,
        closing: ClosingContexts,
        viewer: Viewer,
        log: RunLog,
        traces_folder: Path | None,
        on_error: Callable[[], None],
    ) -> None:
        self.has_crashed = asyncio.Event()
        self.trace: RunTrace | None = None
        self._asked = asked
        self._browser = browser
        self._marking = marking
        self._closing = closing
        self._viewer = viewer
        self._log = log
        self._traces_folder = traces_folder
        self._on_error = on_error
        self._context: BrowserContext | None = None
        self._page: Page | None = None

    @property
    def is_browser_alive(self) -> bool:
        return self._browser.is_connected()

    @property
    def request(self) -> APIRequestContext:
        if self._context is None:
            raise ProbeFault("there is no browser context yet")
        return self._context.request

    def limit_waits(self, timeout_ms: float) -> None:
        """Limits every wait of Playwright's from now on."""
        if self._context is not None:
            self._context.set_default_timeout(timeout_ms)

    async def open(self, *, trace_id: str, device: str | None) -> Page:
        """The journey's page, as `device` if it names one. ProbeFault if the browser can't open one."""
        asked = self._asked
        options = describe_device(self._browser, device) if device is not None else {}
        marks = Marks.of(asked, trace_id=trace_id)
        try:
            async with asyncio.timeout(min(_OPEN_TIMEOUT_S, soft_deadline_s(asked.journey.deadline_s))):
                context = await self._browser.new_context(base_url=asked.site_url, **options)
                self._context = context
                context.set_default_timeout(asked.journey.timeout_ms)
                self._browser.on("context", self._follow_context)
                context.on("page", self._follow)
                context.on("weberror", self._note_error)
                context.on("requestfailed", self._note_failed_request)
                self.trace = RunTrace(context, self._traces_folder)
                await asyncio.gather(
                    # Pictures in a trace cost 45 % of a run: of the re-run that confirms a failure they are worth it.
                    self.trace.start(has_pictures=asked.confirms_run_id is not None),
                    self._marking.begin(marks, on_answer=self._viewer.see),
                    self._send_to_cohort(context),
                )
                mark_api_requests(context.request, marks, base_url=asked.site_url, on_answer=self._viewer.see)
                page = await context.new_page()
        except TimeoutError as error:  # Playwright has no limit of its own for these
            raise ProbeFault("no page could be opened: the browser did not answer in time") from error
        except Error as error:
            raise ProbeFault(f"no page could be opened: {error.message}") from error
        self._page = page
        self._follow(page)
        return page

    def to_show(self, error: BaseException | None) -> list[Page]:
        """Open pages, the one that failed first: which `error` is about, which was answered badly, the journey's."""
        contexts = [one for one in self._browser.contexts if not self._closing.is_leaving(one)]
        pages = [page for context in contexts for page in context.pages]
        return order_pages(pages, find_failing_page(error), self._viewer.bad_page, self._page)

    async def close(self, *, has_lost_browser: bool) -> None:
        """Ends the marking, the trace and every context of the run; what goes wrong with that is a line in the log."""
        self._browser.remove_listener("context", self._follow_context)
        if self._context is None or has_lost_browser or not self.is_browser_alive:
            return
        try:
            await self._marking.end()
        except Error as error:
            self._log.note(f"marking could not be ended: {error}")
        if self.trace is not None:
            await self.trace.discard()
        if (trouble := await self._closing.leave(self._context)) is not None:
            self._log.note(trouble)
        for context in self._browser.contexts:
            if context is not self._context and not self._closing.is_leaving(context):
                self._log.note("the journey left its own browser context open: it is closed now")
                await self._closing.leave(context)

    async def _send_to_cohort(self, context: BrowserContext) -> None:
        url, cookies = self._asked.site_url, self._asked.cohort.cookies
        if url is not None and cookies:
            await context.add_cookies([{"name": name, "value": cookies[name], "url": url} for name in cookies])

    def _note_error(self, raised: WebError) -> None:
        self._log.note_page("page error", str(raised.error))
        self._on_error()

    def _note_failed_request(self, request: Request) -> None:
        self._log.note_page("request failed", f"{request.method} {request.url} {request.failure or ''}")

    def _follow_context(self, context: BrowserContext) -> None:
        """One that the journey opens itself: a second user's pages are judged like the first one's."""
        context.on("page", self._follow)

    def _follow(self, page: Page) -> None:
        """Judges every page of the context; the end of a page's process is the end of the run."""
        self._viewer.follow(page)
        page.on("crash", lambda _: self.has_crashed.set())
