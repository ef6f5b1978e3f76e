"""One run of a marked test, like a journey's run, on the event loop below Playwright's sync API.

Same marks, same judging of every page, same steps and same evidence; contexts are the test's own. Knows nothing of
pytest. The coroutines run on that loop (beside_sync.py).
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page, Request

from leadline import clock
from leadline.errors import ProbeFault
from leadline.journeys import Failure, Run, StepView, UnexpectedStatus, known_secrets
from leadline.model.runs import RunResult, StepResult
from leadline.model.worker_messages import RunAsked
from leadline_probes.answered_pages import Viewer
from leadline_probes.api_requests import mark_api_requests, mark_new_request_contexts
from leadline_probes.causes import one_line
from leadline_probes.cut_off import judge_cut_off
from leadline_probes.doubt import awaited_host, doubt
from leadline_probes.evidence import EvidenceFolder, keep_log, keep_pages, keep_screenshots, keep_trace, keep_video
from leadline_probes.failing_page import find_failing_page, order_pages
from leadline_probes.health import Health
from leadline_probes.interruption import Interrupted
from leadline_probes.judging import judge_in_run
from leadline_probes.marking import Marking
from leadline_probes.marks import Marks
from leadline_probes.masking import Mask, mask_of
from leadline_probes.patience import soft_deadline_s
from leadline_probes.pulse import ThreadPulse
from leadline_probes.run_log import RunLog
from leadline_probes.run_results import write_result
from leadline_probes.run_trace import RunTrace
from leadline_probes.secret_values import secrets_of_run
from leadline_probes.site_certificates import SiteCertificates
from leadline_probes.soft_checks import take_failures
from leadline_probes.step_pipe import StepTeller
from leadline_probes.storable import storable

# For one test; more would not help.
_MOST_TRACES = 4


class MarkedRun:
    """`begin`, `open` with the browser, `add` each context, `settle` with what the test raised, `keep`, `result`."""

    def __init__(self, asked: RunAsked, teller: StepTeller, *, ends_s: float) -> None:
        self.log = RunLog()
        self._asked = asked
        self._teller = teller
        self._ends_s = ends_s
        self._folder = Path(asked.import_folder)
        self._started_at = clock.now()
        self._viewer = Viewer()
        self._pulse = ThreadPulse()
        self._pulse.start()
        self._browser: Browser | None = None
        self._marking: Marking | None = None
        self._health: Health | None = None
        self._has_crashed = asyncio.Event()
        self._contexts: list[tuple[BrowserContext, RunTrace]] = []
        self._evidence = EvidenceFolder(Path(asked.evidence_folder), run_id=asked.run_id, started_at=self._started_at)
        self._error: BaseException | None = None
        self._failure: Failure | None = None
        self._is_settled = False
        self._is_marking = False
        self._last_version: str | None = None
        self.soft: list[AssertionError] = []
        self.run = Run(
            self,
            run_id=asked.run_id,
            cohort=asked.cohort.name,
            base_url=asked.site_url,
            trace_id=secrets.token_hex(16),
        )
        self._marks = Marks.of(asked, trace_id=self.run.trace_id)

    def begin(self, playwright: Any) -> None:
        """Call it before there is a browser: a test may make requests without one."""
        mark_new_request_contexts(playwright, self._marks, on_answer=self._viewer.see)

    @property
    def has_failed(self) -> bool:
        return self._failure is not None

    async def open(self, browser: Browser) -> None:
        """From now on the requests of this browser to the app are marked."""
        self._browser = browser
        self._marking = await Marking.of(browser)
        self._health = Health(self._marking, self._pulse)
        await self._health.begin_quietly()
        await self._begin_marking(self._marking)
        browser.on("context", lambda context: context.on("page", self._follow))  # one that the test makes itself

    async def _begin_marking(self, marking: Marking) -> None:
        await marking.begin(self._marks, on_answer=self._viewer.see)
        self._is_marking = True

    async def add(self, context: BrowserContext) -> None:
        """A context of the test's, before its first page."""
        context.set_default_timeout(self._asked.journey.timeout_ms)
        context.on("page", self._follow)
        context.on("weberror", lambda raised: self.log.note_page("page error", str(raised.error)))
        context.on("requestfailed", self._note_failed_request)
        trace = RunTrace(context, None)
        await trace.start(has_pictures=self._asked.confirms_run_id is not None)
        self._contexts.append((context, trace))
        if self._marking is not None and not self._is_marking:  # of a second test by the same function
            await self._begin_marking(self._marking)
        base_url, cookies = self._asked.site_url, self._asked.cohort.cookies
        mark_api_requests(context.request, self._marks, base_url=base_url, on_answer=self._viewer.see)
        if base_url is not None and cookies:
            await context.add_cookies([{"name": key, "value": cookies[key], "url": base_url} for key in cookies])

    async def settle(self, error: BaseException | None) -> None:
        """Judges the test, when it is over and its contexts are still open."""
        self._error = error
        try:
            self.run.end()
            if error is None and self.run.failure is None:
                await self._settle_outside_steps()
        except UnexpectedStatus as unexpected:
            self._error = unexpected
        failure = self.run.failure or (self.judge(self._error) if self._error is not None else None)
        if self._health is not None:
            failure = await doubt(
                failure,
                health=self._health,
                has_crashed=self._has_crashed,
                awaited=awaited_host(self._error, self._asked.base_url),
            )
        self._failure, self._is_settled = failure, True

    async def keep(self) -> None:
        """Keeps the evidence of a test that did not pass."""
        if self._failure is not None and self._is_alive:
            await self._keep_evidence()
        if self._marking is not None and self._is_alive:
            await self._marking.end()
            self._is_marking = False

    async def leave(self) -> None:
        """Before the contexts are closed: no trace goes on."""
        for _, trace in self._contexts:
            if self._is_alive:
                await trace.discard()
        self._contexts.clear()

    async def result(self, *, failure: Failure | None, duration_ms: float, is_last: bool) -> RunResult:
        """`failure` is what happened before or after `settle`, where it counts more. One that is not the last is for
        the case that the evidence comes to no end."""
        failure = failure or self._failure
        if failure is not None:
            if is_last:
                keep_log(self._evidence, self._mask, self.log)
            failure = Failure(failure.status, failure.cause, self.mask(failure.message))
        return write_result(
            self._asked,
            self.run,
            failure,
            started_at=self._started_at,
            duration_ms=duration_ms,
            status_code=self._viewer.status_code,
            version=self._last_version,
            evidence=self._evidence.kept,
            findings=await SiteCertificates().find(self._viewer.origins if is_last else [], now=clock.now()),
        )

    # What `Run` asks of its host.

    @property
    def _mask(self) -> Mask:
        return mask_of((*secrets_of_run(self._asked), *known_secrets()))

    def mask(self, text: str) -> str:
        return storable(self._mask.text(text))

    @property
    def request(self) -> Any:
        raise ProbeFault("a marked test makes requests by its own context")

    def attach(self, _name: str, _content: bytes) -> None:
        raise ProbeFault("a marked test attaches nothing")

    def start_step(self, step: str) -> None:
        """Every wait of Playwright's ends before the run does."""
        left_ms = max(int((self._ends_s - clock.monotonic_s()) * 1000), 1)
        for context, _ in self._contexts:
            context.set_default_timeout(min(self._asked.journey.timeout_ms, left_ms))
        self._teller.start_step(step)

    async def view_step(self) -> StepView:
        view = await self._viewer.view_step()
        self._last_version = view.service_version or self._last_version
        return view

    async def look_after(self, error: BaseException) -> None:
        if not isinstance(error, Interrupted) and self._is_alive and not self._has_crashed.is_set():
            await self._viewer.look()

    def judge(self, error: BaseException) -> Failure:
        if isinstance(error, Interrupted):
            failure = judge_cut_off(
                error,
                folder=self._folder,
                step=self.run.current_step,
                after_s=soft_deadline_s(self._asked.journey.deadline_s),
            )
        else:
            failure = judge_in_run(
                error,
                cut_off=None,
                # What happens after it was settled happens while fixtures end, the browser's too.
                is_browser_alive=self._is_settled or self._browser is None or self._browser.is_connected(),
                viewer=self._viewer,
                log=self.log,
                folder=self._folder,
                deadline_s=self._asked.journey.deadline_s,
            )
        return Failure(failure.status, failure.cause, self.mask(failure.message))

    def take_soft_failures(self) -> list[str]:
        found = take_failures(self.soft, self.log)
        self._error = self._error or next(iter(found), None)
        return [self.mask(one_line(error)) for error in found]

    def keep_cleanup(self, _function: Callable[..., Any], _arguments: tuple[Any, ...]) -> None:
        raise ProbeFault("a marked test cleans up in its fixtures")

    async def settle_cleanups(self) -> None:
        return None

    def finish_step(self, step: StepResult) -> None:
        self._teller.finish_step(step)

    @property
    def _is_alive(self) -> bool:
        return self._browser is not None and self._browser.is_connected()

    def _follow(self, page: Page) -> None:
        self._viewer.follow(page)
        page.on("crash", lambda _: self._has_crashed.set())

    def _note_failed_request(self, request: Request) -> None:
        self.log.note_page("request failed", f"{request.method} {request.url} {request.failure or ''}")

    async def _settle_outside_steps(self) -> None:
        view = await self.view_step()
        if view.bad_status is not None:
            raise UnexpectedStatus(f"{view.bad_url} answered {view.bad_status}")

    async def _keep_evidence(self) -> None:
        for number, (_, trace) in enumerate(self._contexts[:_MOST_TRACES], 1):
            await keep_trace(trace, self._evidence, self._mask, self.log, number=number)
        pages = order_pages(
            (page for context, _ in self._contexts for page in context.pages),
            find_failing_page(self._error),
            self._viewer.bad_page,
        )
        told = [(page, self._viewer.version_of(page)) for page in pages]
        await keep_pages(told, self._evidence, self._mask, self.log)
        await keep_screenshots(pages, self._evidence, [*secrets_of_run(self._asked), *known_secrets()], self.log)
        if self._asked.confirms_run_id is not None:
            await keep_video(self._evidence, self.log)
