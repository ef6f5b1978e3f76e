"""pytest plugin of the process that runs one monitored test: a marked browser, evidence, and the result in a file.

Loaded by pytest_process.py only. Gives the fixtures `playwright`, `browser`, `new_context`, `context` and `page` in
their sync form, in place of pytest-playwright's where that is installed; its other fixtures build on these.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, Playwright, Response, Route, sync_playwright

from leadline import clock
from leadline.journeys import Failure, known_secrets
from leadline.model.results import result_of
from leadline.model.runs import Cause, RunStatus
from leadline.model.worker_messages import RunAsked
from leadline.wire.synthetic import USER_AGENT_SUFFIX
from leadline_probes.browser import sync_launch_options
from leadline_probes.causes import judge_error
from leadline_probes.evidence import EvidenceFolder, keep_log, keep_trace_facts, write_pages
from leadline_probes.first_party import FirstParty, write_marks, write_traceparent
from leadline_probes.masking import mask_of
from leadline_probes.page_facts import ASK_VITALS, PageFacts, round_vitals
from leadline_probes.places import place_of_error
from leadline_probes.pytest_process import ASKED, RESULT
from leadline_probes.run_log import RunLog
from leadline_probes.secret_values import secrets_of_run
from leadline_probes.served_version import version_in
from leadline_probes.storable import storable

# Of one test: more tell no more.
_MOST_KEPT = 4


@dataclass(slots=True)
class _Seen:
    """How the pages were answered, and what went wrong first."""

    status_code: int | None = None
    version: str | None = None
    bad: dict[Page, tuple[int, str]] = field(default_factory=dict)
    error: BaseException | None = None
    duration_ms: float = 0.0


class MonitoredTest:
    """One run of one test."""

    def __init__(self, asked: RunAsked) -> None:
        self._asked = asked
        self._seen = _Seen()
        self._started_at = clock.now()
        self._evidence = EvidenceFolder(Path(asked.evidence_folder), run_id=asked.run_id, started_at=self._started_at)
        self._log = RunLog()
        self._trace_id = os.urandom(16).hex()

    @pytest.fixture(scope="session")
    def playwright(self) -> Iterator[Playwright]:
        with sync_playwright() as running:
            yield running

    @pytest.fixture(scope="session")
    def browser(self, playwright: Playwright) -> Iterator[Browser]:
        browser = playwright.chromium.launch(**sync_launch_options(playwright.chromium.executable_path))
        yield browser
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
            if self._asked.base_url:
                options["base_url"] = self._asked.base_url
            if agent := options.get("user_agent"):
                options["user_agent"] = f"{agent} {USER_AGENT_SUFFIX}"
            context = browser.new_context(**options)
            opened.append(context)
            self._watch(context)
            return context

        yield make
        if self._failure() is not None:
            self._keep(opened)
        for context in opened:
            context.close()

    @pytest.fixture
    def context(self, new_context: Callable[..., BrowserContext]) -> BrowserContext:
        return new_context()

    @pytest.fixture
    def page(self, context: BrowserContext) -> Page:
        return context.new_page()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, call: pytest.CallInfo[None]) -> Any:
        report = yield
        if call.when == "call":
            self._seen.duration_ms = call.duration * 1000
        if call.excinfo is not None and not report.skipped and self._seen.error is None:
            self._seen.error = call.excinfo.value
            self._log.note(str(report.longrepr))
            for title, text in report.sections:
                self._log.note(f"--- {title}\n{text}")
        if call.excinfo is not None and report.skipped and call.when != "teardown":
            self._seen.error = pytest.UsageError(f"the test was skipped: {call.excinfo.value}")
        return report

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Nothing is written where no test ran: whoever asked then has pytest's own words."""
        if session.testscollected != 1 or (session.testsfailed and self._seen.error is None):
            return
        failure = self._failure()
        if failure is not None:
            keep_log(self._evidence, self._mask, self._log)
        result = result_of(
            self._asked.context,
            failure.status if failure else RunStatus.PASSED,
            started_at=self._started_at,
            finished_at=clock.now(),
            duration_ms=round(self._seen.duration_ms, 3),
            cause=failure.cause if failure else None,
            error_message=storable(self._mask.text(failure.message)) if failure else None,
        )
        result = replace(
            result,
            service_version=self._seen.version,
            status_code=self._seen.status_code,
            trace_id=self._trace_id,
            evidence=self._evidence.kept,
        )
        Path(os.environ[RESULT]).write_bytes(msgspec.msgpack.encode(result))

    @property
    def _mask(self) -> Any:
        return mask_of((*secrets_of_run(self._asked), *known_secrets()))

    def _failure(self) -> Failure | None:
        """The page's bad answer first: what was missing on it is the consequence."""
        error, bad = self._seen.error, next(iter(self._seen.bad.values()), None)
        budget_ms = self._asked.journey.budget_ms
        if isinstance(error, pytest.UsageError):
            return Failure(RunStatus.ABORTED, Cause.PROBE_FAULT, str(error))
        if error is not None:
            failure = judge_error(error)
            place = place_of_error(error, Path(self._asked.import_folder))
            message = (
                f"{failure.message} ({place})" if place and failure.cause is Cause.JOURNEY_ERROR else failure.message
            )
            if bad is None or failure.status is not RunStatus.FAILED:
                return Failure(failure.status, failure.cause, message)
            return Failure(RunStatus.FAILED, Cause.STATUS_CODE, f"{bad[1]} answered {bad[0]}; {message}")
        if bad is not None:
            return Failure(RunStatus.FAILED, Cause.STATUS_CODE, f"{bad[1]} answered {bad[0]}")
        if budget_ms is not None and self._seen.duration_ms > budget_ms:
            slow = f"the test took {self._seen.duration_ms:.0f} ms, its budget is {budget_ms:.0f} ms"
            return Failure(RunStatus.DEGRADED, Cause.BUDGET, slow)
        return None

    def _mark(self, context: BrowserContext, base_url: str) -> None:
        own = FirstParty.of(base_url)
        cohort = self._asked.cohort
        marks = {
            **cohort.headers,
            **write_marks(run_id=self._asked.run_id, monitor="journey", name=self._asked.journey.name),
        }

        def complete(route: Route) -> None:
            headers = {**route.request.headers, **{name.lower(): value for name, value in marks.items()}}
            headers.setdefault("traceparent", write_traceparent(self._trace_id))
            route.fallback(headers=headers)

        context.route(lambda url: own.includes(url), complete)  # Playwright writes on what a bound method is bound to
        if cohort.cookies:
            context.add_cookies(
                [{"name": name, "value": value, "url": base_url} for name, value in cohort.cookies.items()]
            )

    def _see(self, response: Response) -> None:
        if 300 <= response.status < 400:
            return
        self._seen.version = version_in(response.headers) or self._seen.version
        if not response.request.is_navigation_request() or response.frame.parent_frame is not None:
            return
        page = response.frame.page
        self._seen.status_code = response.status
        self._seen.bad.pop(page, None)
        if response.status >= 400:
            self._seen.bad[page] = (response.status, response.url.partition("?")[0])

    def _watch(self, context: BrowserContext) -> None:
        context.set_default_timeout(self._asked.journey.timeout_ms)
        context.on("response", self._see)
        context.on("weberror", lambda raised: self._log.note_page("page error", str(raised.error)))
        context.tracing.start(snapshots=True)
        if self._asked.base_url is not None:
            self._mark(context, self._asked.base_url)

    def _keep(self, contexts: list[BrowserContext]) -> None:
        """A trace of each context, and pictures of the first pages. A context that the test closed has none."""
        for number, context in enumerate(contexts[:_MOST_KEPT], 1):
            trace = self._evidence.place("trace.zip" if number == 1 else f"trace-{number}.zip")
            try:
                context.tracing.stop(path=trace)
            except Error as error:
                self._log.note(f"no {trace.name}: {error.message}")
                continue
            self._mask.zip(trace)
            self._evidence.keep("trace", trace)
            if number == 1:
                keep_trace_facts(trace, self._evidence, self._log)
        pages = [page for context in contexts for page in context.pages]
        write_pages([self._look_at(page) for page in pages[:_MOST_KEPT]], self._evidence, self._mask)
        for number, page in enumerate(pages[:_MOST_KEPT], 1):
            picture = self._evidence.place("screenshot.png" if number == 1 else f"screenshot-{number}.png")
            page.screenshot(path=picture, mask=[page.locator("input[type=password]")])
            self._evidence.keep("screenshot", picture)

    def _look_at(self, page: Page) -> PageFacts:
        try:
            return PageFacts(page.url, self._seen.version, round_vitals(page.evaluate(ASK_VITALS)))
        except Error:
            return PageFacts(page.url, self._seen.version, {})


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
        if asked.base_url and hasattr(config.option, "base_url"):
            config.option.base_url = asked.base_url  # the fixture `base_url` of pytest-base-url
        config.pluginmanager.register(MonitoredTest(asked), "leadline-monitored-test")
