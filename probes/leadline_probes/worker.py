"""`python -P -m leadline_probes.worker`: a warm process with one long-lived browser that runs one journey at a time.

It is told by its parent what to run and is killed by it when a run goes over its deadline; it decides nothing about
retries and restarts. When its parent is gone, so is it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Browser, Playwright, async_playwright

from leadline import clock
from leadline.errors import BrowserMissing, ProbeFault
from leadline.journeys.declaration import Journey
from leadline.journeys.discovery import load_journey
from leadline.journeys.kept_code import KEPT
from leadline.journeys.user_module import forget_modules
from leadline.model.runs import RunResult, StepResult
from leadline.model.worker_messages import (
    CannotStart,
    CleanupAsked,
    CleanupFinished,
    CleanupKept,
    JourneyProblem,
    Ready,
    RunAsked,
    StepFinished,
    StepStarted,
)
from leadline.workers.lifeline import die_with_parent
from leadline_probes.browser import launch_chromium
from leadline_probes.channel import Channel
from leadline_probes.driver_tap import tapped_driver
from leadline_probes.exits import Exits
from leadline_probes.interruption import Interruption
from leadline_probes.journey_run import JourneyRun
from leadline_probes.left_pages import ClosingContexts
from leadline_probes.marking import Marking
from leadline_probes.pulse import Pulse
from leadline_probes.pytest_process import run_test
from leadline_probes.run_results import not_loaded
from leadline_probes.signs_of_life import Beating
from leadline_probes.site_certificates import SiteCertificates


class ParentReporter:
    """Tells the parent of one run's steps and cleanups."""

    def __init__(self, channel: Channel, asked: RunAsked) -> None:
        self._channel = channel
        self._asked = asked
        self._waiting: dict[str, asyncio.Future[None]] = {}

    def start_step(self, step: str) -> None:
        self._channel.say(StepStarted(self._asked.request_id, step))

    def finish_step(self, step: StepResult) -> None:
        self._channel.say(StepFinished(self._asked.request_id, step))

    def keep_cleanup(self, cleanup_id: str, function: str, arguments: bytes) -> asyncio.Future[None]:
        kept: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[cleanup_id] = kept
        self._channel.say(
            CleanupAsked(
                request_id=self._asked.request_id,
                run_id=self._asked.run_id,
                cleanup_id=cleanup_id,
                function=function,
                arguments=arguments,
            )
        )
        return kept

    def finish_cleanup(self, cleanup_id: str, error: str | None) -> None:
        self._channel.say(CleanupFinished(self._asked.request_id, cleanup_id, error))

    def hear(self, kept: CleanupKept) -> None:
        future = self._waiting.pop(kept.cleanup_id, None)
        if future is None or future.done():
            return
        if kept.error is None:
            future.set_result(None)
        else:
            future.set_exception(ProbeFault(f"a cleanup can't be kept: {kept.error}"))


class Worker:
    """One browser, one run at a time, until the parent closes the pipe."""

    def __init__(
        self,
        channel: Channel,
        playwright: Playwright,
        browser: Browser,
        marking: Marking,
        pulse: Pulse,
        exits: Exits,
        traces_folder: Path,
    ) -> None:
        self._channel = channel
        self._playwright = playwright
        self._browser = browser
        self._marking = marking
        self._pulse = pulse
        self._exits = exits
        self._traces_folder = traces_folder
        self._interruption = Interruption(pulse)
        self._beating = Beating(channel)
        self._certificates = SiteCertificates()
        self._closing = ClosingContexts()
        self._reporter: ParentReporter | None = None
        self._running: asyncio.Task[None] | None = None
        self._file_states: dict[str, tuple[int, int]] = {}
        self._code = ""
        self._is_spent = False

    async def serve(self) -> None:
        self._beating.start()
        async for ask in self._channel.asks():
            match ask:
                case RunAsked():
                    self._running = asyncio.create_task(self._take(ask))
                case CleanupKept() if self._reporter is not None:
                    self._reporter.hear(ask)
                case _:
                    raise ProbeFault(f"a browser worker is not asked for {type(ask).__name__}")
        if self._running is not None:
            await self._running
        await self._closing.settle()

    async def _take(self, asked: RunAsked) -> None:
        self._reporter = ParentReporter(self._channel, asked)
        self._beating.begin(Path(asked.import_folder))
        result = await self._run(asked, self._reporter)
        self._beating.rest()
        self._channel.finish(asked, result, is_spent=self._is_spent)

    async def _run(self, asked: RunAsked, reporter: ParentReporter) -> RunResult:
        journey = self._load(asked)
        if isinstance(journey, JourneyProblem):
            problem = ProbeFault(f"{journey.path}:{journey.line}: {journey.message}", hint=journey.hint)
            return not_loaded(asked, problem, now=clock.now())
        if asked.journey.test is not None:
            return await run_test(asked, reporter)
        if not asked.is_headed:
            return await self._run_in(self._browser, self._marking, asked, journey, reporter)
        try:
            browser = await launch_chromium(self._playwright, is_headed=True, traces_folder=self._traces_folder)
        except BrowserMissing as missing:
            return not_loaded(asked, missing, now=clock.now())
        try:
            return await self._run_in(browser, await Marking.of(browser), asked, journey, reporter)
        finally:
            await self._closing.settle()
            await browser.close()

    async def _run_in(
        self, browser: Browser, marking: Marking, asked: RunAsked, journey: Journey, reporter: ParentReporter
    ) -> RunResult:
        run = JourneyRun(
            asked,
            browser=browser,
            marking=marking,
            closing=self._closing,
            reporter=reporter,
            pulse=self._pulse,
            certificates=self._certificates,
            interruption=self._interruption,
            exits=self._exits,
            traces_folder=self._traces_folder,
        )
        result = await run.execute(journey)
        self._is_spent = run.has_spent_browser
        return result

    def _load(self, asked: RunAsked) -> Journey | JourneyProblem:
        """The journey as its file stands now: an edited file is read again, with all that it imports of its folder.

        Where the parent names a snapshot of the code, that is run: a broken save must not stop what runs.
        """
        folder = Path(asked.import_folder)
        path = Path(asked.journey.path)
        if asked.code:
            if asked.code != self._code:
                forget_modules(folder)
                forget_modules((folder / path).parent)
                KEPT.read(Path(asked.code))
            self._code = asked.code
            return load_journey(asked.journey, folder)
        try:
            seen = (path if path.is_absolute() else folder / path).stat()
        except OSError as error:
            return JourneyProblem(asked.journey.path, 1, f"the file can't be read: {error.strerror}")
        state = (seen.st_mtime_ns, seen.st_size)
        if self._file_states.setdefault(asked.journey.path, state) != state:
            forget_modules(folder)
            self._file_states[asked.journey.path] = state
        return load_journey(asked.journey, folder)


async def serve(channel: Channel, exits: Exits) -> None:
    """Start the browser, say so, and work."""
    # Beside the rest of this worker's temporary files, which its parent removes with it (leadline/workers/scratch.py).
    traces_folder = Path(tempfile.mkdtemp(prefix="traces-"))
    async with contextlib.AsyncExitStack() as ending:
        with tapped_driver():
            playwright = await ending.enter_async_context(async_playwright())
        try:
            browser = await launch_chromium(playwright, traces_folder=traces_folder)
        except BrowserMissing as missing:
            channel.say(CannotStart(missing.message, missing.hint))
            return
        marking = await Marking.of(browser)
        channel.say(Ready(os.getpid(), browser.version))
        pulse = Pulse()
        pulse.start()
        await Worker(channel, playwright, browser, marking, pulse, exits, traces_folder).serve()
        pulse.stop()
        await browser.close()


def main() -> int:
    die_with_parent()
    KEPT.install()
    # Bytecode is told apart by whole seconds: a file that is saved twice within one would run in its old form.
    sys.dont_write_bytecode = True
    channel = Channel()
    exits = Exits()
    exits.run(serve(channel, exits))
    return 0


if __name__ == "__main__":
    sys.exit(main())
