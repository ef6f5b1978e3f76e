"""pytest plugin of the process that runs one monitored test: a marked browser, its steps, and the result in a file.

Loaded by pytest_process.py only. Gives the fixtures `playwright`, `browser`, `new_context`, `context` and `page` in
their sync form, in place of pytest-playwright's where that is installed; its other fixtures build on these.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, Collection, Coroutine, Generator, Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, Playwright, sync_playwright

from leadline.journeys import Failure
from leadline.journeys.marked_steps import write_steps_into
from leadline.model.runs import Cause, RunStatus
from leadline.model.worker_messages import RunAsked
from leadline.wire.synthetic import USER_AGENT_SUFFIX
from leadline_probes.beside_sync import async_browser, async_context, keep_faces_apart, wait_for
from leadline_probes.browser import sync_launch_options
from leadline_probes.cut_off import CutOff
from leadline_probes.marked_run import MarkedRun
from leadline_probes.pytest_process import ASKED, ENDS, RESULT
from leadline_probes.soft_checks import soft_scope
from leadline_probes.step_pipe import STEPS, StepTeller

Outcome = TypeVar("Outcome")

# A test that swallows its interruption is interrupted again after this.
_AGAIN_S = 1.0


class MonitoredTest:
    """One run of one test, and the book of its steps."""

    def __init__(self, asked: RunAsked) -> None:
        ends_s = float(os.environ[ENDS])
        self._asked = asked
        self._marked = MarkedRun(asked, StepTeller(int(os.environ[STEPS])), ends_s=ends_s)
        self._cut_off = CutOff(Path(asked.import_folder), at_s=ends_s, again_s=_AGAIN_S)
        self._anchor: Playwright | None = None
        self._error: BaseException | None = None
        self._has_settled = False
        self._settled_with: BaseException | None = None
        self._duration_ms = 0.0
        self._is_written = False

    @pytest.fixture(scope="session")
    def playwright(self) -> Iterator[Playwright]:
        keep_faces_apart()
        with sync_playwright() as running:
            self._anchor = running
            self._marked.begin(running)
            yield running
            self._anchor = None

    @pytest.fixture(scope="session")
    def browser(self, playwright: Playwright) -> Iterator[Browser]:
        browser = playwright.chromium.launch(**sync_launch_options(playwright.chromium.executable_path))
        wait_for(browser, self._marked.open(async_browser(browser)))
        yield browser
        with contextlib.suppress(Error):  # one that crashed is closed already
            browser.close()

    @pytest.fixture
    def new_context(self, browser: Browser, request: pytest.FixtureRequest) -> Iterator[Callable[..., BrowserContext]]:
        """Contexts as the suite wants them (`browser_context_args`, as a fixture and as a mark), each marked and kept
        when the test fails. The base URL of the monitor stands above the suite's."""
        wanted = _fixture_if_any(request, "browser_context_args")
        for mark in request.node.iter_markers("browser_context_args"):
            wanted = {**wanted, **mark.kwargs}
        # What a person wants kept on a laptop; what a monitor keeps is decided here.
        wanted = {name: value for name, value in wanted.items() if not name.startswith("record_")}
        opened: list[BrowserContext] = []

        def make(**more: Any) -> BrowserContext:
            options = {**wanted, **more}
            if self._asked.site_url:
                options["base_url"] = self._asked.site_url
            if agent := options.get("user_agent"):
                options["user_agent"] = f"{agent} {USER_AGENT_SUFFIX}"
            context = browser.new_context(**options)
            opened.append(context)
            wait_for(context, self._marked.add(async_context(context)))
            return context

        yield make
        self._settle()
        with contextlib.suppress(Error):
            self._wait(self._marked.leave())
            for context in opened:
                context.close()

    @pytest.fixture
    def context(self, new_context: Callable[..., BrowserContext]) -> BrowserContext:
        return new_context()

    @pytest.fixture
    def page(self, context: BrowserContext) -> Page:
        return context.new_page()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self) -> Generator[None, Any, Any]:
        """Its setup can hang too: a login in a fixture."""
        with write_steps_into(self):
            self._cut_off.begin()
            try:
                return (yield)
            finally:
                self._cut_off.end()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Generator[None, Any, Any]:
        with soft_scope() as self._marked.soft:
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
        if call.when == "call" or call.excinfo is not None:
            self._cut_off.end()  # what is left of the deadline is for the evidence
        report = yield
        if call.when == "call":
            self._duration_ms += call.duration * 1000
        if call.excinfo is not None and not report.skipped and self._error is None:
            self._error = call.excinfo.value
            self._marked.log.note(str(report.longrepr))
            for title, text in report.sections:
                self._marked.log.note(f"--- {title}\n{text}")
        if call.excinfo is not None and report.skipped and call.when != "teardown":
            self._error = pytest.UsageError(f"the test was skipped: {call.excinfo.value}")
        return report

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Writes nothing if no test ran: the caller then has pytest's own message."""
        if self._is_written or not session.testscollected or (session.testsfailed and self._error is None):
            return
        skipped = self._error if isinstance(self._error, pytest.UsageError) else None
        failure = Failure(RunStatus.ABORTED, Cause.PROBE_FAULT, str(skipped)) if skipped else None
        if failure is None and not self._has_settled:  # a test without a page
            self._settle()
        if self._is_written:
            return
        if self._error is not self._settled_with and failure is None:
            assert self._error is not None
            failure = self._marked.judge(self._error)  # a fixture's end
        self._write(failure, is_last=True)

    # The book of steps (leadline/journeys/marked_steps.py).

    def begin(self, name: str, *, budget: str | None, status: int | Collection[int]) -> Any:
        step = self._marked.run.step(name, budget=budget, status=status)
        self._wait(step.__aenter__())
        return step

    def end(self, opened: Any, error: BaseException | None) -> None:
        kind, trace = (type(error), error.__traceback__) if error is not None else (None, None)
        self._wait(opened.__aexit__(kind, error, trace))

    def _settle(self) -> None:
        """While the contexts are still open. A parametrised test is several: the first that fails decides."""
        if self._is_written:
            return
        self._has_settled, self._settled_with = True, self._error
        self._wait(self._marked.settle(None if isinstance(self._error, pytest.UsageError) else self._error))
        if self._marked.has_failed:
            self._write(None, is_last=False)
        self._wait(self._marked.keep())
        if self._marked.has_failed:  # what a failed test's fixtures say at their end changes nothing
            self._write(None, is_last=True)
            self._is_written = True

    def _write(self, failure: Failure | None, *, is_last: bool) -> None:
        """Writes it atomically: this process may be killed at any moment."""
        result = self._wait(self._marked.result(failure=failure, duration_ms=self._duration_ms, is_last=is_last))
        place = Path(os.environ[RESULT])
        place.with_suffix(".new").write_bytes(msgspec.msgpack.encode(result))
        place.with_suffix(".new").rename(place)

    def _wait(self, work: Coroutine[Any, Any, Outcome]) -> Outcome:
        return wait_for(self._anchor, work) if self._anchor is not None else asyncio.run(work)


def _fixture_if_any(request: pytest.FixtureRequest, name: str) -> dict[str, Any]:
    """What the suite or pytest-playwright says; nothing where neither has such a fixture."""
    try:
        return dict(request.getfixturevalue(name))
    except pytest.FixtureLookupError:
        return {}


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """After every other plugin, so that these fixtures are the ones that count."""
    if ASKED in os.environ:
        asked = msgspec.json.decode(os.environ[ASKED], type=RunAsked)
        if asked.site_url and hasattr(config.option, "base_url"):
            config.option.base_url = asked.site_url  # the fixture `base_url` of pytest-base-url
        config.pluginmanager.register(MonitoredTest(asked), "leadline-monitored-test")
