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

from playwright.async_api import APIRequestContext, Browser, Page

from leadline import clock
from leadline.errors import ProbeFault
from leadline.journeys import Failure, Journey, Run, StepView, UnexpectedStatus, known_secrets
from leadline.model.runs import Cause, RunResult, RunStatus, StepResult
from leadline.model.worker_messages import RunAsked
from leadline_probes.answered_pages import Viewer
from leadline_probes.attachments import Attachments
from leadline_probes.causes import one_line
from leadline_probes.doubt import awaited_host, doubt
from leadline_probes.early_end import EarlyEnd
from leadline_probes.evidence import (
    EvidenceFolder,
    keep_attachments,
    keep_log,
    keep_pages,
    keep_screenshots,
    keep_trace,
    keep_video,
)
from leadline_probes.exits import Exits
from leadline_probes.health import Health
from leadline_probes.interruption import Interrupted, Interruption
from leadline_probes.journey_task import STOP_TIMEOUT_S, call_author, end_left_tasks, judge_unfinished
from leadline_probes.judging import judge_in_run
from leadline_probes.left_pages import ClosingContexts
from leadline_probes.marking import Marking
from leadline_probes.masking import Mask, mask_of
from leadline_probes.patience import interrupted_after_s, soft_deadline_s
from leadline_probes.pulse import Pulse
from leadline_probes.reporter import Reporter
from leadline_probes.run_cleanups import Cleanups
from leadline_probes.run_log import RunLog
from leadline_probes.run_pages import RunPages
from leadline_probes.run_results import write_result
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
        closing: ClosingContexts,
        reporter: Reporter,
        pulse: Pulse,
        certificates: SiteCertificates | None = None,
        interruption: Interruption | None = None,
        exits: Exits | None = None,
        traces_folder: Path | None = None,
    ) -> None:
        self.log = RunLog()
        self.error: BaseException | None = None
        self._asked = asked
        self._folder = Path(asked.import_folder)
        self._reporter = reporter
        self._interruption = interruption
        self._exits = exits or Exits()
        self._version: str | None = None
        self._viewer = Viewer()
        self._pages = RunPages(
            asked,
            browser=browser,
            marking=marking,
            closing=closing,
            viewer=self._viewer,
            log=self.log,
            traces_folder=traces_folder,
            on_error=lambda: self._early_end.note_error(),
        )
        self._certificates = certificates or SiteCertificates()
        self._health = Health(marking, pulse)
        self._early_end = EarlyEnd(self._health, self._pages.has_crashed)
        self._started_at = clock.now()
        self._started_s = clock.monotonic_s()
        self._ends_s = self._started_s + soft_deadline_s(asked.journey.deadline_s)
        self._configured_secrets = secrets_of_run(asked)
        self._cleanups = Cleanups(reporter, self._folder)
        self._cut_off: Failure | None = None
        self._soft: list[AssertionError] = []
        self._attachments = Attachments()
        self._run = Run(
            self,
            run_id=asked.run_id,
            cohort=asked.cohort.name,
            base_url=asked.site_url,
            trace_id=secrets.token_hex(16),
        )

    @property
    def has_spent_browser(self) -> bool:
        """Whether its browser can't be used for another run."""
        return self._early_end.is_flooded

    async def execute(self, journey: Journey) -> RunResult:
        """Runs it to its end."""
        failure: Failure | None = None
        with self.log.capture(), soft_scope() as self._soft:
            self._health.begin()
            try:
                page = await self._pages.open(trace_id=self._run.trace_id, device=journey.device)
                await self._health.first_look()
                await self._call(journey, page)
                self._run.end()
                failure = self._run.failure
            except asyncio.CancelledError:
                raise  # the worker itself ends
            except BaseException as error:
                failure = self._run.failure or self.judge(error)
                self.error = error
            await end_left_tasks(self._folder, self.log)
            failure = await doubt(
                failure,
                health=self._health,
                has_crashed=self._pages.has_crashed,
                thrown=self._early_end.thrown,
                awaited=awaited_host(self.error, self._asked.base_url),
            )
            duration_ms = (clock.monotonic_s() - self._started_s) * 1000
            await self._health.end()
            evidence = EvidenceFolder(
                Path(self._asked.evidence_folder), run_id=self._asked.run_id, started_at=self._started_at
            )
            await self._keep_evidence(evidence, failure)
            await self._pages.close(has_lost_browser=self._has_lost_browser(failure))
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
        return self._pages.request

    def start_step(self, step: str) -> None:
        """Limits every wait of Playwright's to end before the run: a hanging site is the site's failure."""
        left_ms = max(int((self._ends_s - clock.monotonic_s()) * 1000), 1)
        self._pages.limit_waits(min(self._asked.journey.timeout_ms, left_ms))
        self._reporter.start_step(step)

    async def view_step(self) -> StepView:
        return await self._viewer.view_step()

    async def look_after(self, error: BaseException) -> None:
        """Before `judge`: asks pages whose answer was not seen."""
        self.error = error
        if isinstance(error, Interrupted):
            return  # the rest of the deadline is for the evidence
        if self._pages.is_browser_alive and not self._pages.has_crashed.is_set():
            await self._viewer.look()

    def judge(self, error: BaseException) -> Failure:
        failure = judge_in_run(
            error,
            cut_off=self._cut_off,
            is_browser_alive=self._pages.is_browser_alive,
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

    async def _call(self, journey: Journey, page: Page) -> None:
        """The author's function, cancelled shortly before the deadline so that there is time for evidence."""
        task = asyncio.ensure_future(call_author(journey, self._run, page))
        if self._interruption is not None:
            at_s = self._started_s + interrupted_after_s(self._asked.journey.deadline_s)
            self._interruption.begin(self._folder, at_s=at_s)
        try:
            with self._exits.heard_by(self._early_end.take_exit):
                await self._early_end.wait(task, timeout_s=self._ends_s - clock.monotonic_s())
        finally:
            if self._interruption is not None:
                self._interruption.end()
        if (exited := self._early_end.exited) is not None:
            self._cut_off = self.judge(exited)
            await self._stop(task)
            raise exited
        if not task.done():
            self._cut_off = self._judge_cut_off(task)
            await self._stop(task)
            self._run.failure = self._run.failure or self._cut_off
            return
        if task.cancelled():
            raise ProbeFault("the journey cancelled itself")
        if (raised := task.result()) is not None:
            raise raised
        await self._settle_outside_steps()

    async def _stop(self, task: asyncio.Task[BaseException | None]) -> None:
        task.cancel()
        await asyncio.wait({task}, timeout=STOP_TIMEOUT_S)

    async def _settle_outside_steps(self) -> None:
        """What a journey does outside steps counts too: its cleanups, and the answers to its pages."""
        await self._cleanups.settle()
        view = await self.view_step()
        self._version = view.service_version
        if view.bad_status is not None:
            raise UnexpectedStatus(f"{view.bad_url} answered {view.bad_status}")

    def _judge_cut_off(self, task: asyncio.Task[BaseException | None]) -> Failure:
        """Why an unfinished journey is ended."""
        if self._pages.has_crashed.is_set():
            return Failure(RunStatus.ABORTED, Cause.BROWSER_CRASHED, "the page crashed")
        after_s = round(min(soft_deadline_s(self._asked.journey.deadline_s), clock.monotonic_s() - self._started_s), 1)
        return judge_unfinished(task, folder=self._folder, step=self._run.current_step, after_s=after_s)

    async def _keep_evidence(self, evidence: EvidenceFolder, failure: Failure | None) -> None:
        trace = self._pages.trace
        if trace is None or self._has_lost_browser(failure) or not self._pages.is_browser_alive:
            return
        if failure is not None or self._asked.keep_trace:
            await keep_trace(trace, evidence, self._mask, self.log)
        if failure is not None:
            shown = self._pages.to_show(self.error)
            await keep_pages([(page, self._viewer.version_of(page)) for page in shown], evidence, self._mask, self.log)
            await keep_screenshots(shown, evidence, list(self._secrets), self.log)
            if self._asked.confirms_run_id is not None:
                await keep_video(evidence, self.log)

    def _has_lost_browser(self, failure: Failure | None) -> bool:
        """Whether the browser is gone, or as good as: no evidence, nothing to close; the parent replaces the worker."""
        return self.has_spent_browser or (failure is not None and failure.cause is Cause.BROWSER_CRASHED)
