"""One run of one journey: a fresh context, the author's function, and the result with its evidence.

It is the `RunHost` of the journey's `run`, and knows nothing about pipes: the caller gives a `Reporter`, the worker one
that talks to its parent, pytest one that does not. Never raises because of a journey or a site.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.async_api import APIRequestContext, Browser, BrowserContext, Error, Page, Request

from leadline import clock
from leadline.errors import ProbeFault
from leadline.journeys import Failure, Journey, Run, StepView, UnexpectedStatus, known_secrets
from leadline.model.runs import Cause, RunResult, RunStatus, StepResult
from leadline.model.worker_messages import RunAsked
from leadline_probes.answered_pages import Viewer
from leadline_probes.api_requests import mark_api_requests
from leadline_probes.attachments import Attachments
from leadline_probes.causes import one_line
from leadline_probes.devices import describe_device
from leadline_probes.doubt import doubt
from leadline_probes.evidence import (
    EvidenceFolder,
    keep_attachments,
    keep_log,
    keep_pages,
    keep_screenshots,
    keep_trace,
    keep_video,
)
from leadline_probes.failing_page import find_failing_page, order_pages
from leadline_probes.health import Health
from leadline_probes.interruption import Interrupted, Interruption
from leadline_probes.journey_task import STOP_TIMEOUT_S, call_author, end_left_tasks, judge_unfinished
from leadline_probes.judging import judge_in_run
from leadline_probes.left_pages import Partings
from leadline_probes.marking import Marking
from leadline_probes.marks import Marks
from leadline_probes.masking import Mask, mask_of
from leadline_probes.patience import interrupted_after_s, soft_deadline_s
from leadline_probes.pulse import Pulse
from leadline_probes.reporter import Reporter
from leadline_probes.run_cleanups import Cleanups
from leadline_probes.run_log import RunLog
from leadline_probes.run_results import write_result
from leadline_probes.run_trace import RunTrace
from leadline_probes.secret_values import secrets_of_run
from leadline_probes.site_certificates import SiteCertificates
from leadline_probes.soft_checks import soft_scope, take_failures
from leadline_probes.storable import storable


class JourneyRun:
    """Made for one run; `execute` may be called once."""

    def __init__(
        self,
        asked: RunAsked,
        *,
        browser: Browser,
        marking: Marking,
        partings: Partings,
        reporter: Reporter,
        pulse: Pulse,
        certificates: SiteCertificates | None = None,
        interruption: Interruption | None = None,
        traces_folder: Path | None = None,
    ) -> None:
        self.log = RunLog()
        self.error: BaseException | None = None
        self._asked = asked
        self._folder = Path(asked.import_folder)
        self._browser = browser
        self._marking = marking
        self._partings = partings
        self._reporter = reporter
        self._interruption = interruption
        self._traces_folder = traces_folder
        self._trace: RunTrace | None = None
        self._version: str | None = None
        self._viewer = Viewer()
        self._certificates = certificates or SiteCertificates()
        self._health = Health(marking, pulse)
        self._started_at = clock.now()
        self._started_s = clock.monotonic_s()
        self._ends_s = self._started_s + soft_deadline_s(asked.journey.deadline_s)
        self._configured_secrets = secrets_of_run(asked)
        self._cleanups = Cleanups(reporter, self._folder)
        self._cut_off: Failure | None = None
        self._has_crashed = asyncio.Event()
        self._soft: list[AssertionError] = []
        self._attachments = Attachments()
        self._wanted_device: str | None = None
        self._context: BrowserContext | None = None
        self._page: Page | None = None
        self._run = Run(
            self,
            run_id=asked.run_id,
            cohort=asked.cohort.name,
            base_url=asked.base_url,
            trace_id=secrets.token_hex(16),
        )

    async def execute(self, journey: Journey) -> RunResult:
        """Runs it to its end."""
        failure: Failure | None = None
        self._wanted_device = journey.device
        with self.log.capture(), soft_scope() as self._soft:
            self._health.begin()
            try:
                self._page = await self._open_page()
                await self._health.first_look()
                await self._call(journey, self._page)
                self._run.end()
                failure = self._run.failure
            except asyncio.CancelledError:
                raise  # the worker itself ends
            except BaseException as error:
                failure = self._run.failure or self.judge(error)
                self.error = error
            await end_left_tasks(self._folder, self.log)
            failure = await doubt(failure, health=self._health, has_crashed=self._has_crashed)
            duration_ms = (clock.monotonic_s() - self._started_s) * 1000
            await self._health.end()
            evidence = EvidenceFolder(
                Path(self._asked.evidence_folder), run_id=self._asked.run_id, started_at=self._started_at
            )
            await self._keep_evidence(evidence, failure)
            await self._close(failure)
            await self._cleanups.run_all(self.log, until_s=self._started_s + self._asked.journey.deadline_s - 1.0)
        if failure is not None or self._asked.keep_trace:
            try:
                keep_attachments(self._attachments.kept, evidence, self._mask)
                keep_log(evidence, self._mask, self.log)
            except OSError as error:
                failure = failure or Failure(
                    RunStatus.ABORTED, Cause.PROBE_FAULT, f"evidence can't be written: {error}"
                )
        if failure is not None:
            failure = Failure(failure.status, failure.cause, self.mask(failure.message))
        return write_result(
            self._asked,
            self._run,
            failure,
            started_at=self._started_at,
            duration_ms=duration_ms,
            status_code=self._viewer.status_code,
            version=self._version,
            evidence=evidence.kept,
            findings=await self._certificates.find(self._viewer.origins, now=clock.now()),
        )

    # The methods for the journey's `run`.

    @property
    def _secrets(self) -> tuple[str, ...]:
        """Secrets of the configuration, and those that the journey has read so far."""
        return (*self._configured_secrets, *known_secrets())

    @property
    def _mask(self) -> Mask:
        return mask_of(self._secrets)

    def mask(self, text: str) -> str:
        """The text without secrets, and without characters that can't be stored."""
        return storable(self._mask.text(text))

    @property
    def request(self) -> APIRequestContext:
        if self._context is None:
            raise ProbeFault("there is no browser context yet")
        return self._context.request

    def start_step(self, step: str) -> None:
        """Limits every wait of Playwright's to end before the run: a hanging site is the site's failure."""
        if self._context is not None:
            left_ms = max(int((self._ends_s - clock.monotonic_s()) * 1000), 1)
            self._context.set_default_timeout(min(self._asked.journey.timeout_ms, left_ms))
        self._reporter.start_step(step)

    async def view_step(self) -> StepView:
        return await self._viewer.view_step()

    async def look_after(self, error: BaseException) -> None:
        """Before `judge`: asks pages whose answer was not seen."""
        self.error = error
        if isinstance(error, Interrupted):
            return  # the rest of the deadline is for the evidence
        if self._browser.is_connected() and not self._has_crashed.is_set():
            await self._viewer.look()

    def judge(self, error: BaseException) -> Failure:
        failure = judge_in_run(
            error,
            cut_off=self._cut_off,
            is_browser_alive=self._browser.is_connected(),
            viewer=self._viewer,
            log=self.log,
            folder=self._folder,
            deadline_s=self._asked.journey.deadline_s,
        )
        return Failure(failure.status, failure.cause, self.mask(failure.message))

    def take_soft_failures(self) -> list[str]:
        """Failures of `expect.soft` since the last call."""
        found = take_failures(self._soft, self.log)
        self.error = self.error or next(iter(found), None)
        return [self.mask(one_line(error)) for error in found]

    def attach(self, name: str, content: bytes) -> None:
        self._attachments.add(name, content)

    def keep_cleanup(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        self._cleanups.keep(function, arguments)

    async def settle_cleanups(self) -> None:
        await self._cleanups.settle()

    def finish_step(self, step: StepResult) -> None:
        self._reporter.finish_step(step)

    # The course of a run.

    async def _open_page(self) -> Page:
        asked = self._asked
        try:
            context = await self._browser.new_context(base_url=asked.base_url, **self._device)
            self._context = context
            context.set_default_timeout(asked.journey.timeout_ms)
            self._browser.on("context", self._follow_context)
            context.on("page", self._follow)
            context.on("weberror", lambda raised: self.log.note_page("page error", str(raised.error)))
            context.on("requestfailed", self._note_failed_request)
            self._trace = RunTrace(context, self._traces_folder)
            # Pictures in a trace cost 45 % of a run: of the re-run that confirms a failure they are worth it.
            await self._trace.start(has_pictures=asked.confirms_run_id is not None)
            marks = Marks.of(asked, trace_id=self._run.trace_id)
            await self._marking.begin(marks, on_answer=self._viewer.see)
            if asked.base_url is not None and (cookies := asked.cohort.cookies):
                await context.add_cookies(
                    [{"name": name, "value": cookies[name], "url": asked.base_url} for name in cookies]
                )
            mark_api_requests(context.request, marks, base_url=asked.base_url, on_answer=self._viewer.see)
            page = await context.new_page()
        except Error as error:
            raise ProbeFault(f"no page could be opened: {error.message}") from error
        self._follow(page)
        return page

    def _note_failed_request(self, request: Request) -> None:
        self.log.note_page("request failed", f"{request.method} {request.url} {request.failure or ''}")

    @property
    def _device(self) -> dict[str, Any]:
        """What Playwright knows of the device that the journey names."""
        if self._wanted_device is None:
            return {}
        return describe_device(self._browser, self._wanted_device)

    def _follow_context(self, context: BrowserContext) -> None:
        """One that the journey opens itself: a second user's pages are judged like the first one's."""
        context.on("page", self._follow)

    def _follow(self, page: Page) -> None:
        """Judges every page of the context; the end of a page's process is the end of the run."""
        self._viewer.follow(page)
        page.on("crash", lambda _: self._has_crashed.set())

    async def _call(self, journey: Journey, page: Page) -> None:
        """The author's function, cancelled shortly before the deadline so that there is time for evidence."""
        task = asyncio.ensure_future(call_author(journey, self._run, page))
        if self._interruption is not None:
            at_s = self._started_s + interrupted_after_s(self._asked.journey.deadline_s)
            self._interruption.begin(self._folder, at_s=at_s)
        try:
            await self._wait_for(task)
        finally:
            if self._interruption is not None:
                self._interruption.end()
        if not task.done():
            self._cut_off = self._judge_cut_off(task)
            task.cancel()
            await asyncio.wait({task}, timeout=STOP_TIMEOUT_S)
            self._run.failure = self._run.failure or self._cut_off
            return
        if task.cancelled():
            raise ProbeFault("the journey cancelled itself")
        if (exited := task.result()) is not None:
            raise exited
        await self._settle_outside_steps()

    async def _wait_for(self, task: asyncio.Task[BaseException | None]) -> None:
        """Waits until the journey ends, its time is over, or its page has crashed."""
        crash = asyncio.ensure_future(self._has_crashed.wait())
        left_s = self._ends_s - clock.monotonic_s()
        await asyncio.wait({task, crash}, timeout=left_s, return_when=asyncio.FIRST_COMPLETED)
        crash.cancel()

    async def _settle_outside_steps(self) -> None:
        """Acts of a journey outside steps count too: its cleanups, and how its pages were answered."""
        await self._cleanups.settle()
        view = await self.view_step()
        self._version = view.service_version
        if view.bad_status is not None:
            raise UnexpectedStatus(f"{view.bad_url} answered {view.bad_status}")

    def _judge_cut_off(self, task: asyncio.Task[BaseException | None]) -> Failure:
        """Why an unfinished journey is ended."""
        if self._has_crashed.is_set():
            return Failure(RunStatus.ABORTED, Cause.BROWSER_CRASHED, "the page crashed")
        after_s = soft_deadline_s(self._asked.journey.deadline_s)
        return judge_unfinished(task, folder=self._folder, step=self._run.current_step, after_s=after_s)

    async def _keep_evidence(self, evidence: EvidenceFolder, failure: Failure | None) -> None:
        if self._trace is None or _has_lost_browser(failure) or not self._browser.is_connected():
            return
        if failure is not None or self._asked.keep_trace:
            await keep_trace(self._trace, evidence, self._mask, self.log)
        if failure is not None:
            shown = self._pages_to_show()
            await keep_pages([(page, self._viewer.version_of(page)) for page in shown], evidence, self._mask, self.log)
            await keep_screenshots(shown, evidence, list(self._secrets), self.log)
            if self._asked.confirms_run_id is not None:
                await keep_video(evidence, self.log)

    def _pages_to_show(self) -> list[Page]:
        """Open pages, the one that failed first: which the error is about, which was answered badly, the journey's."""
        contexts = [one for one in self._browser.contexts if not self._partings.is_leaving(one)]
        pages = [page for context in contexts for page in context.pages]
        return order_pages(pages, find_failing_page(self.error), self._viewer.bad_page, self._page)

    async def _close(self, failure: Failure | None) -> None:
        self._browser.remove_listener("context", self._follow_context)
        if self._context is None or _has_lost_browser(failure) or not self._browser.is_connected():
            return
        try:
            await self._marking.end()
        except Error as error:
            self.log.note(f"marking could not be ended: {error}")
        if self._trace is not None:
            await self._trace.discard()
        if (trouble := await self._partings.leave(self._context)) is not None:
            self.log.note(trouble)
        for context in self._browser.contexts:
            if context is not self._context and not self._partings.is_leaving(context):
                self.log.note("the journey left its own browser context open: it is closed now")
                await self._partings.leave(context)


def _has_lost_browser(failure: Failure | None) -> bool:
    """Whether the browser is gone: no evidence, nothing to close; the parent replaces the worker."""
    return failure is not None and failure.cause is Cause.BROWSER_CRASHED
