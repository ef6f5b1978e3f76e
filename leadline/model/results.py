"""A result carries whatever its run was asked under: written here once, for all who end a run."""

from __future__ import annotations

from datetime import datetime

from leadline.model.runs import Cause, RunResult, RunStatus
from leadline.model.worker_messages import CheckAsked, RunAsked

__all__ = ["result_of"]


def result_of(
    asked: RunAsked | CheckAsked,
    status: RunStatus,
    *,
    started_at: datetime,
    finished_at: datetime,
    duration_ms: float | None = None,
    cause: Cause | None = None,
    error_message: str | None = None,
) -> RunResult:
    """The result of `asked`; what was seen of it is for `dataclasses.replace`. Without `duration_ms`, by the clock."""
    if duration_ms is None:
        # A clock that was set back makes no negative run.
        duration_ms = max(round((finished_at - started_at).total_seconds() * 1000, 3), 0.0)
    return RunResult(
        run_id=asked.run_id,
        monitor="journey" if isinstance(asked, RunAsked) else "check",
        name=asked.journey.name if isinstance(asked, RunAsked) else asked.check.name,
        app=asked.app if isinstance(asked, RunAsked) else asked.check.app,
        status=status,
        started_at=started_at,
        finished_at=finished_at,
        duration_ms=duration_ms,
        environment=asked.environment,
        location=asked.location,
        cohort=asked.cohort.name,
        source=asked.source,
        scheduled_at=asked.scheduled_at,
        cause=cause,
        error_message=error_message,
        confirms_run_id=asked.confirms_run_id,
    )
