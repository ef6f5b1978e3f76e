"""Builds a result with all facts of its run, in one place for all code that ends a run."""

from __future__ import annotations

from datetime import datetime

from leadline.model.runs import Cause, RunContext, RunResult, RunStatus
from leadline.model.worker_messages import CheckAsked, RunAsked

__all__ = ["result_of"]


def result_of(
    run: RunContext | RunAsked | CheckAsked,
    status: RunStatus,
    *,
    started_at: datetime,
    finished_at: datetime,
    duration_ms: float | None = None,
    cause: Cause | None = None,
    error_message: str | None = None,
) -> RunResult:
    """The result of `run`; add what was observed with `dataclasses.replace`. Without `duration_ms`, the clock
    decides.
    """
    if duration_ms is None:
        # A clock that was set back must not make a negative duration.
        duration_ms = max(round((finished_at - started_at).total_seconds() * 1000, 3), 0.0)
    context = run if isinstance(run, RunContext) else run.context
    return RunResult(
        **context.facts(),
        status=status,
        started_at=started_at,
        finished_at=finished_at,
        duration_ms=duration_ms,
        cause=cause,
        error_message=error_message,
    )
