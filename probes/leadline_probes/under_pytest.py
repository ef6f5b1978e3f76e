"""Journeys as pytest items: each in a real browser, in a thread of its own, so that no other event loop is in the way.

Same function, same marks, same evidence as in the worker; only the parent with its deadline is missing.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import threading
import traceback
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from playwright.async_api import Browser, Playwright, async_playwright

from leadline import clock
from leadline.errors import LeadlineError
from leadline.journeys.declaration import Journey, Journeys
from leadline.journeys.discovery import journeys_in
from leadline.journeys.user_module import import_file
from leadline.model.runs import RunResult, RunSource, RunStatus
from leadline.model.worker_messages import JourneyProblem, RunAsked
from leadline_probes.browser import launch_chromium
from leadline_probes.journey_run import JourneyRun
from leadline_probes.left_pages import ClosingContexts
from leadline_probes.marking import Marking
from leadline_probes.pulse import Pulse
from leadline_probes.pytest_cleanups import CleanupsOwed, LedgerReporter, open_ledger
from leadline_probes.surroundings import Surroundings, find_surroundings

Outcome = TypeVar("Outcome")

# A start is no part of a journey's time. It takes 0.3 s; 6 s were seen on a loaded machine.
_START_TIMEOUT_S = 60.0
# Closing a browser takes 0.1 s; one that hangs dies with its driver when pytest ends.
_CLOSE_TIMEOUT_S = 5.0
# The run ends itself at its deadline; a journey that blocks the thread never does.
_BLOCKED_AFTER_S = 2.0


class JourneyFailed(Exception):
    """Carries the result and what the journey raised."""

    def __init__(self, result: RunResult, raised: BaseException | None) -> None:
        super().__init__(result.error_message)
        self.result = result
        self.raised = raised


class JourneyModule(pytest.Module):
    """A journey file: imported as the worker imports it, then collected for tests and for journeys."""

    def _getobj(self) -> Any:
        folder = self.surroundings.import_folder
        found = journeys_in(self.path, folder)
        if isinstance(found, JourneyProblem):
            where = f"{found.path}:{found.line}: {found.message}"
            raise self.CollectError(f"{where}\n  {found.hint}" if found.hint else where)
        return import_file(self.path, folder)

    @property
    def surroundings(self) -> Surroundings:
        return find_surroundings(self.path, fallback=self.config.rootpath)

    def collect(self) -> Iterator[pytest.Item | pytest.Collector]:
        yield from super().collect()
        for value in vars(self.obj).values():
            for one in value if isinstance(value, Journeys) else (value,):
                if isinstance(one, Journey) and one.path.resolve() == self.path:
                    yield JourneyItem.from_parent(self, name=one.name, journey=one)


class JourneyItem(pytest.Item):
    """One journey."""

    def __init__(self, *, journey: Journey, **rest: Any) -> None:
        super().__init__(**rest)
        self._journey = journey

    def runtest(self) -> None:
        asked = self._ask()
        browsers = _browsers_of(self.config)
        deadline_s = self._journey.deadline_s + _BLOCKED_AFTER_S
        browsers.call(browsers.start(), timeout_s=_START_TIMEOUT_S, or_else="Chromium did not start")
        result, raised = browsers.call(
            browsers.run(asked, self._journey), timeout_s=deadline_s, or_else="the journey blocks its thread"
        )
        _results_of(self.config).append((asked.import_folder, result))
        for step in result.steps:
            self.add_report_section("call", "journey", f"{step.step}: {step.status}, {step.duration_ms:.0f} ms")
        if result.status not in (RunStatus.PASSED, RunStatus.DEGRADED):
            raise JourneyFailed(result, raised)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        error = excinfo.value
        if isinstance(error, JourneyFailed):
            return "\n".join(self._describe(error))
        if isinstance(error, LeadlineError):
            return str(error)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[os.PathLike[str] | str, int | None, str]:
        return self.path, self._journey.line - 1, f"journey {self.name}"

    def _ask(self) -> RunAsked:
        place = find_surroundings(self.path, fallback=self.config.rootpath)
        base_url = self.config.getoption("--leadline-base-url") or os.environ.get("LEADLINE_BASE_URL") or place.base_url
        evidence = self.config.getoption("--leadline-evidence") or self.config.rootpath / "test-results" / "leadline"
        return RunAsked(
            request_id="",
            run_id=clock.new_id(),
            journey=self._journey.spec(),
            app=place.app or "",
            base_url=base_url,
            import_folder=str(place.import_folder),
            evidence_folder=str(Path(evidence).absolute()),
            source=RunSource.CI,
            masked=place.masked,
        )

    def _describe(self, failed: JourneyFailed) -> Iterator[str]:
        result = failed.result
        step = f'step "{result.failed_step}"' if result.failed_step else "outside a step"
        yield f"journey {result.name}: {result.status} ({result.cause}), {step}"
        yield f"  {result.error_message}"
        if failed.raised is not None:
            for frame in traceback.extract_tb(failed.raised.__traceback__):
                if Path(frame.filename).resolve() == self.path:
                    yield f"  {self.path}:{frame.lineno}: {frame.line}"
        if result.error_message and "invalid URL" in result.error_message:
            yield "  where does it run? give --leadline-base-url, LEADLINE_BASE_URL or base_url in leadline.toml"
        folder = self.config.getoption("--leadline-evidence") or self.config.rootpath / "test-results" / "leadline"
        for evidence in result.evidence:
            yield f"  {evidence.kind}: {Path(folder) / evidence.path}"


class _Browsers:
    """One browser for the whole pytest run, in an event loop of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="leadline-journeys", daemon=True)
        self._thread.start()
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None
        self._closing = ClosingContexts()
        self._owed = CleanupsOwed()
        self._pulse = Pulse()
        self._loop.call_soon_threadsafe(self._pulse.start)

    def call(self, work: Coroutine[Any, Any, Outcome], *, timeout_s: float, or_else: str) -> Outcome:
        """Raises TimeoutError, which begins with `or_else`."""
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result(timeout_s)
        except TimeoutError:
            raise TimeoutError(f"{or_else}: no end after {timeout_s:g} s") from None

    async def start(self) -> None:
        """Starts a browser where none runs, or the last one died."""
        if self._browser is None or not self._browser.is_connected():
            self._playwright = self._playwright or await async_playwright().start()
            self._browser = await launch_chromium(self._playwright)

    async def run(self, asked: RunAsked, journey: Journey) -> tuple[RunResult, BaseException | None]:
        """After `start`."""
        assert self._browser is not None
        marking = await Marking.of(self._browser)
        folder = Path(asked.import_folder)
        with open_ledger(folder) as ledger:
            reporter = LedgerReporter(asked.run_id, folder, self._owed, ledger)
            run = JourneyRun(
                asked,
                browser=self._browser,
                marking=marking,
                closing=self._closing,
                reporter=reporter,
                pulse=self._pulse,
            )
            try:
                return await run.execute(journey), run.error
            finally:
                await reporter.settle()

    def close(self) -> None:
        self._owed.settle()
        try:
            self.call(self._close(), timeout_s=_CLOSE_TIMEOUT_S, or_else="Chromium did not close")
        except TimeoutError:
            return
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_CLOSE_TIMEOUT_S)
        self._loop.close()

    async def _close(self) -> None:
        await self._closing.settle()
        self._pulse.stop()
        if self._browser is not None:
            await self._browser.close()
        if self._playwright is not None:
            await self._playwright.stop()


_RESULTS = pytest.StashKey[list[tuple[str, RunResult]]]()


def _results_of(config: pytest.Config) -> list[tuple[str, RunResult]]:
    """What ran so far, with the folder of its leadline.toml; kept in the home's records when pytest ends."""
    if _RESULTS not in config.stash:
        config.stash[_RESULTS] = []
        config.add_cleanup(lambda: _keep_results(config.stash[_RESULTS]))
    return config.stash[_RESULTS]


def _keep_results(ran: list[tuple[str, RunResult]]) -> None:
    """By the command's room, where it is installed: probes alone have no database."""
    try:
        keeping = importlib.import_module("leadline.cli.ci_results")
    except ModuleNotFoundError:
        return
    for folder in dict.fromkeys(folder for folder, _ in ran):
        toml = Path(folder, "leadline.toml")
        if toml.is_file():
            keeping.keep_ci_results(toml, [result for one, result in ran if one == folder])


_KEY = pytest.StashKey[_Browsers]()


def _browsers_of(config: pytest.Config) -> _Browsers:
    if _KEY not in config.stash:
        config.stash[_KEY] = _Browsers()
        config.add_cleanup(config.stash[_KEY].close)
    return config.stash[_KEY]
