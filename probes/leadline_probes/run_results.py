"""Makes the result of a run from its steps: status, cause, and what was over budget."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from leadline import clock
from leadline.errors import LeadlineError
from leadline.journeys import Failure, Run
from leadline.model.results import result_of
from leadline.model.runs import Cause, Evidence, RunFinding, RunResult, RunStatus, StepResult, StepStatus
from leadline.model.worker_messages import RunAsked


def write_result(
    asked: RunAsked,
    run: Run,
    failure: Failure | None,
    *,
    started_at: datetime,
    duration_ms: float,
    status_code: int | None,
    evidence: tuple[Evidence, ...],
    findings: tuple[RunFinding, ...] = (),
    version: str | None = None,
) -> RunResult:
    """The result of a run that came to its end. `failure`'s message is masked already; `version` is what was seen
    outside of steps."""
    status = RunStatus.PASSED
    cause: Cause | None = None
    message: str | None = None
    if failure is not None:
        status, cause, message = failure.status, failure.cause, failure.message
    elif slow := _over_budget(run.steps, duration_ms=duration_ms, budget_ms=asked.journey.budget_ms):
        status, cause, message = RunStatus.DEGRADED, Cause.BUDGET, slow
    versions = [step.service_version for step in run.steps if step.service_version is not None]
    result = result_of(
        asked,
        status,
        started_at=started_at,
        finished_at=clock.now(),
        duration_ms=round(duration_ms, 3),
        cause=cause,
        error_message=message,
    )
    return replace(
        result,
        failed_step=run.failed_step if failure is not None else None,
        service_version=versions[-1] if versions else version,
        status_code=status_code,
        trace_id=run.trace_id,
        steps=tuple(run.steps),
        kpis=tuple(run.kpis),
        evidence=evidence,
        findings=findings,
    )


def not_loaded(asked: RunAsked, error: LeadlineError, *, now: datetime) -> RunResult:
    """The result of a journey that could not begin: aborted."""
    return result_of(
        asked,
        RunStatus.ABORTED,
        started_at=now,
        finished_at=now,
        cause=Cause.PROBE_FAULT,
        error_message=error.message,
    )


def _over_budget(steps: list[StepResult], *, duration_ms: float, budget_ms: float | None) -> str | None:
    """In words what was too slow: the journey, or its first step over its budget."""
    for step in steps:
        if step.status is StepStatus.DEGRADED and step.budget_ms is not None:
            return f"step {step.step} took {step.duration_ms:.0f} ms, its budget is {step.budget_ms:.0f} ms"
    if budget_ms is not None and duration_ms > budget_ms:
        return f"the journey took {duration_ms:.0f} ms, its budget is {budget_ms:.0f} ms"
    return None
