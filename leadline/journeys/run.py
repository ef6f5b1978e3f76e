"""`run`, the first argument of a journey: its steps, its business figures, and what must be undone.

It records a run and knows nothing about browsers and processes; it uses them through a `RunHost`. A step
that failed fails the run even if the journey catches its exception: a monitor must not hide errors.
"""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from leadline import clock
from leadline.model.durations import parse_duration_s
from leadline.model.runs import Cause, Kpi, RunStatus, StepResult, StepStatus


class KpiOutOfBounds(AssertionError):
    """A business figure is out of its bounds."""


class UnexpectedStatus(AssertionError):
    """The page at the end of a step was answered with 400 or more, and the step does not expect that."""


@dataclass(frozen=True, slots=True)
class Failure:
    """The meaning of an exception: `failed` (the site) or `aborted` (ours), the cause, and one line for people."""

    status: RunStatus
    cause: Cause
    message: str


@dataclass(frozen=True, slots=True)
class StepView:
    """What the browser saw during a step: the version that served it, and the last main document's bad answer."""

    service_version: str | None = None
    bad_status: int | None = None
    bad_url: str | None = None


class RunHost(Protocol):
    """What a run needs from its runner."""

    @property
    def request(self) -> Any: ...
    def mask(self, text: str) -> str: ...
    def attach(self, name: str, content: bytes) -> None: ...
    def start_step(self, step: str) -> None: ...
    async def view_step(self) -> StepView: ...
    async def look_after(self, error: BaseException) -> None: ...
    def judge(self, error: BaseException) -> Failure: ...
    def take_soft_failures(self) -> list[str]: ...
    def keep_cleanup(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None: ...
    async def settle_cleanups(self) -> None: ...
    def finish_step(self, step: StepResult) -> None: ...


@dataclass(slots=True)
class _OpenStep:
    """A step that has begun: the answers that it expects, and the index of its result."""

    name: str
    budget_ms: float | None
    expected: tuple[int, ...]
    place: int
    started_at: datetime
    started_s: float
    kpis: list[Kpi] = field(default_factory=list)
    soft: list[str] = field(default_factory=list)


class Run:
    """One run of a journey. `run_id`, `cohort`, `base_url` and `trace_id` may be read."""

    def __init__(
        self, host: RunHost, *, run_id: str, cohort: str | None = None, base_url: str | None = None, trace_id: str = ""
    ) -> None:
        self.run_id = run_id
        self.cohort = cohort
        self.base_url = base_url
        self.trace_id = trace_id
        self.kpis: list[Kpi] = []
        self.failure: Failure | None = None
        self.failed_step: str | None = None
        self._host = host
        self._steps: list[StepResult | None] = []
        self._open: list[_OpenStep] = []
        self._soft: list[str] = []
        self._judged: tuple[BaseException, Failure] | None = None

    @property
    def steps(self) -> list[StepResult]:
        """The steps that have ended, in the order in which they began: an outer step comes before its inner ones."""
        return [step for step in self._steps if step is not None]

    @property
    def current_step(self) -> str | None:
        """The innermost step that is open."""
        return self._open[-1].name if self._open else None

    def step(
        self, name: str, *, budget: str | None = None, status: int | Collection[int] = ()
    ) -> AbstractAsyncContextManager[None]:
        """A named part of the journey: `async with run.step("pay", budget="2s"):`. Steps may be nested.

        Over its budget it is *degraded*. It fails with what its body raises, and when the last page it loaded was
        answered with 400 or more, unless `status` names that answer (`status=404`), here or around it.
        """
        budget_ms = None if budget is None else parse_duration_s(budget) * 1000
        expected = (status,) if isinstance(status, int) else tuple(status)
        return self._step_context(self._host.mask(name), budget_ms=budget_ms, expected=expected)

    def kpi(
        self,
        name: str,
        value: float,
        *,
        gt: float | None = None,
        ge: float | None = None,
        lt: float | None = None,
        le: float | None = None,
    ) -> None:
        """Record a business figure read from the page. A value out of bounds fails the step."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise TypeError(f"the KPI {name} is {value!r}, which is not a number")
        broken = _broken_bound(float(value), gt=gt, ge=ge, lt=lt, le=le)
        kpi = Kpi(
            name=self._host.mask(name), value=float(value), step=self.current_step, is_within_bounds=broken is None
        )
        (self._open[-1].kpis if self._open else self.kpis).append(kpi)
        if broken is not None:
            raise KpiOutOfBounds(f"{name} is {value:g}, not {broken}")

    @property
    def request(self) -> Any:
        """Playwright's `APIRequestContext` of the run's browser context: it shares cookies with the page.

        Requests to the app's own origins are marked and sent to the cohort, their version is the step's, and an answer
        of 500 or more fails the step unless its `status` names it.
        """
        return self._host.request

    def attach(self, name: str, content: str | bytes) -> None:
        """Keep `content` with the evidence of a run that does not pass, under `name` (`cart.json`). Secrets are masked.

        At most 20 files of 5 MB in all; ValueError beyond that.
        """
        self._host.attach(name, content.encode() if isinstance(content, str) else content)

    def cleanup(self, function: Callable[..., Any], *arguments: Any) -> None:
        """Call `function(*arguments)` when the run is over, however it ends: from here on it survives a crash.

        It is on disk before the step ends. `function` is a plain or async function of a module; the arguments are plain
        values or dataclasses.
        """
        self._host.keep_cleanup(function, arguments)

    def end(self) -> None:
        """Ends the run: failures of `expect.soft` fail it, if nothing else has."""
        self._soft += self._host.take_soft_failures()
        if self._soft and self.failure is None:
            self.failure = soft_failure(self._soft)

    @asynccontextmanager
    async def _step_context(
        self, name: str, *, budget_ms: float | None, expected: tuple[int, ...]
    ) -> AsyncIterator[None]:
        step = self._begin_step(name, budget_ms=budget_ms, expected=expected)
        duration_ms: float | None = None
        view = StepView()
        failure: Failure | None = None
        try:
            yield
            duration_ms = (clock.monotonic_s() - step.started_s) * 1000
            await self._host.settle_cleanups()
            view = await self._host.view_step()
            if view.bad_status is not None and view.bad_status not in step.expected:
                raise UnexpectedStatus(f"{view.bad_url} answered {view.bad_status}")
        except BaseException as error:
            failure = await self._judge(error)
            if self.failure is None:
                self.failure, self.failed_step = failure, name
            raise
        finally:
            if duration_ms is None:
                duration_ms = (clock.monotonic_s() - step.started_s) * 1000
            if failure is not None:
                after = await _view_after(failure, self._host)
                view = after if after.service_version else replace(after, service_version=view.service_version)
            soft = self._take_soft(step)
            self._end_step(step, view, failure or soft, duration_ms)

    async def _judge(self, error: BaseException) -> Failure:
        """An error that leaves an inner step is the same error to the outer one."""
        if self._judged is None or self._judged[0] is not error:
            await self._host.look_after(error)
            self._judged = (error, self._host.judge(error))
        return self._judged[1]

    def _begin_step(self, name: str, *, budget_ms: float | None, expected: tuple[int, ...]) -> _OpenStep:
        if self._open:
            self._open[-1].soft += self._host.take_soft_failures()
            expected = (*self._open[-1].expected, *expected)
        step = _OpenStep(name, budget_ms, expected, len(self._steps), clock.now(), clock.monotonic_s())
        self._steps.append(None)
        self._open.append(step)
        self._host.start_step(name)
        return step

    def _take_soft(self, step: _OpenStep) -> Failure | None:
        """Failures of `expect.soft` in this step: they fail the step and the run, but the journey goes on."""
        step.soft += self._host.take_soft_failures()
        if not step.soft:
            return None
        self._soft += step.soft
        if self.failed_step is None:
            self.failed_step = step.name
        return soft_failure(step.soft)

    def _end_step(self, step: _OpenStep, view: StepView, failure: Failure | None, duration_ms: float) -> None:
        if failure is not None:
            status = StepStatus.ABORTED if failure.status is RunStatus.ABORTED else StepStatus.FAILED
        elif step.budget_ms is not None and duration_ms > step.budget_ms:
            status = StepStatus.DEGRADED
        else:
            status = StepStatus.PASSED
        result = StepResult(
            step=step.name,
            status=status,
            started_at=step.started_at,
            duration_ms=round(duration_ms, 3),
            budget_ms=step.budget_ms,
            service_version=view.service_version,
            error_message=failure.message if failure else None,
        )
        self._open.remove(step)
        self._steps[step.place] = result
        self.kpis.extend(replace(kpi, service_version=view.service_version) for kpi in step.kpis)
        self._host.finish_step(result)


def soft_failure(messages: list[str]) -> Failure:
    """Several failures in one line, as Playwright reports them at the end."""
    head = messages[0] if len(messages) == 1 else f"{len(messages)} soft assertions failed: {'; '.join(messages)}"
    return Failure(RunStatus.FAILED, Cause.ASSERTION, head)


async def _view_after(failure: Failure, host: RunHost) -> StepView:
    """The version of a failed step; None if the browser died. Cleanups stay recorded."""
    if failure.status is RunStatus.ABORTED:
        return StepView()
    await host.settle_cleanups()
    return await host.view_step()


def _broken_bound(
    value: float, *, gt: float | None, ge: float | None, lt: float | None, le: float | None
) -> str | None:
    """The first bound that `value` is not within, in words."""
    if not math.isfinite(value):
        return "a finite number"
    if gt is not None and not value > gt:
        return f"more than {gt:g}"
    if ge is not None and not value >= ge:
        return f"at least {ge:g}"
    if lt is not None and not value < lt:
        return f"less than {lt:g}"
    if le is not None and not value <= le:
        return f"at most {le:g}"
    return None
