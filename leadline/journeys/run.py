"""`run`, the first argument of a journey: its steps, its business figures, and what must be undone.

It keeps the book of a run and knows nothing of browsers and processes; what it needs of them is a `RunHost`. A step
that failed fails the run even where the journey catches its exception: a monitor doesn't swallow errors.
"""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from leadline import clock
from leadline.model.durations import parse_duration_s
from leadline.model.runs import Cause, Kpi, RunStatus, StepResult, StepStatus


class KpiOutOfBounds(AssertionError):
    """A business figure is not what the journey says it must be."""


class UnexpectedStatus(AssertionError):
    """The page that a step ended on was answered with 400 or more, and the step does not say that it may be."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What an exception means: `failed` (the site) or `aborted` (ours), the cause, and one line for people."""

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
    """What a run needs from whoever runs it."""

    def mask(self, text: str) -> str: ...
    def start_step(self, step: str) -> None: ...
    async def view_step(self) -> StepView: ...
    def judge(self, error: BaseException) -> Failure: ...
    def keep_cleanup(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None: ...
    async def settle_cleanups(self) -> None: ...
    def finish_step(self, step: StepResult) -> None: ...


class Run:
    """One run of a journey. `run_id`, `cohort`, `base_url` and `trace_id` may be read."""

    def __init__(
        self, host: RunHost, *, run_id: str, cohort: str | None = None, base_url: str | None = None, trace_id: str = ""
    ) -> None:
        self.run_id = run_id
        self.cohort = cohort
        self.base_url = base_url
        self.trace_id = trace_id
        self.steps: list[StepResult] = []
        self.kpis: list[Kpi] = []
        self.failure: Failure | None = None
        self.failed_step: str | None = None
        self._host = host
        self._step: str | None = None
        self._step_kpis: list[Kpi] = []

    @property
    def current_step(self) -> str | None:
        return self._step

    def step(
        self, name: str, *, budget: str | None = None, status: int | Collection[int] = ()
    ) -> AbstractAsyncContextManager[None]:
        """A named part of the journey: `async with run.step("pay", budget="2s"):`.

        Over its budget it is *degraded*. It fails with what its body raises, and when the last page it loaded was
        answered with 400 or more, unless `status` names that answer (`status=404`).
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
        """Record a business figure read off the page. Out of its bounds it fails the step."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise TypeError(f"the KPI {name} is {value!r}, which is not a number")
        broken = _broken_bound(float(value), gt=gt, ge=ge, lt=lt, le=le)
        kpi = Kpi(name=self._host.mask(name), value=float(value), step=self._step, is_within_bounds=broken is None)
        (self.kpis if self._step is None else self._step_kpis).append(kpi)
        if broken is not None:
            raise KpiOutOfBounds(f"{name} is {value:g}, not {broken}")

    def cleanup(self, function: Callable[..., Any], *arguments: Any) -> None:
        """Call `function(*arguments)` when the run is over, however it ends: from here on it survives a crash.

        It is on disk before the step ends. `function` is a plain or async function of a module; the arguments are plain
        values or dataclasses.
        """
        self._host.keep_cleanup(function, arguments)

    @asynccontextmanager
    async def _step_context(
        self, name: str, *, budget_ms: float | None, expected: tuple[int, ...]
    ) -> AsyncIterator[None]:
        if self._step is not None:
            raise RuntimeError(f'step "{name}" begins inside step "{self._step}": steps do not nest')
        self._step = name
        started_at, started_s = clock.now(), clock.monotonic_s()
        self._host.start_step(name)
        duration_ms: float | None = None
        view = StepView()
        failure: Failure | None = None
        try:
            yield
            duration_ms = (clock.monotonic_s() - started_s) * 1000
            await self._host.settle_cleanups()
            view = await self._host.view_step()
            if view.bad_status is not None and view.bad_status not in expected:
                raise UnexpectedStatus(f"{view.bad_url} answered {view.bad_status}")
        except BaseException as error:
            failure = self._host.judge(error)
            if self.failure is None:
                self.failure, self.failed_step = failure, name
            raise
        finally:
            if duration_ms is None:
                duration_ms = (clock.monotonic_s() - started_s) * 1000
            if failure is not None:
                view = await _view_after(failure, self._host)
            self._end_step(name, view, failure, started_at=started_at, duration_ms=duration_ms, budget_ms=budget_ms)

    def _end_step(
        self,
        name: str,
        view: StepView,
        failure: Failure | None,
        *,
        started_at: datetime,
        duration_ms: float,
        budget_ms: float | None,
    ) -> None:
        if failure is not None:
            status = StepStatus.ABORTED if failure.status is RunStatus.ABORTED else StepStatus.FAILED
        elif budget_ms is not None and duration_ms > budget_ms:
            status = StepStatus.DEGRADED
        else:
            status = StepStatus.PASSED
        step = StepResult(
            step=name,
            status=status,
            started_at=started_at,
            duration_ms=round(duration_ms, 3),
            budget_ms=budget_ms,
            service_version=view.service_version,
            error_message=failure.message if failure else None,
        )
        self._step = None
        self.steps.append(step)
        self.kpis.extend(
            Kpi(
                name=kpi.name,
                value=kpi.value,
                step=name,
                service_version=view.service_version,
                is_within_bounds=kpi.is_within_bounds,
            )
            for kpi in self._step_kpis
        )
        self._step_kpis = []
        self._host.finish_step(step)


async def _view_after(failure: Failure, host: RunHost) -> StepView:
    """The version of a step that failed; a browser that died has none to tell, and a cleanup asked for stays kept."""
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
