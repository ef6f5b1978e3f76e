"""A run in progress: the request to the worker, the record of its start, and its result if no answer comes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from leadline.model import Cause, CheckSpec, JourneySpec, RunContext, RunResult, RunStatus, StartedRun
from leadline.model.results import result_of
from leadline.model.worker_messages import CheckAsked, RunAsked
from leadline_scheduler.clockwork import Skipped
from leadline_scheduler.monitors import Monitor


@dataclass(slots=True, kw_only=True)
class RunUnderway:
    """`started_at` is when the slot came, then when a worker took it; `has_begun` says which."""

    monitor: Monitor
    run_id: str
    scheduled_at: datetime | None
    confirms_run_id: str | None
    started_at: datetime
    has_begun: bool = False

    @property
    def context(self) -> RunContext:
        return context_of(self.monitor, self.run_id, self.scheduled_at, confirms_run_id=self.confirms_run_id)

    def ask_journey(
        self, journey: JourneySpec, *, import_folder: str, evidence_folder: str, code: str = ""
    ) -> RunAsked:
        return RunAsked(
            **self._asked(),
            journey=journey,
            app=self.monitor.app,
            base_url=self.monitor.base_url,
            import_folder=import_folder,
            evidence_folder=evidence_folder,
            code=code,
        )

    def ask_check(self, check: CheckSpec) -> CheckAsked:
        return CheckAsked(**self._asked(), check=check)

    def as_started(self) -> StartedRun:
        return StartedRun(**self.context.facts(), started_at=self.started_at)

    def end(self, cause: Cause, message: str, *, finished_at: datetime) -> RunResult:
        """The result that we write ourselves: aborted if the run had begun, else skipped."""
        return result_of(
            self.context,
            RunStatus.ABORTED if self.has_begun else RunStatus.SKIPPED,
            cause=cause if self.has_begun else Cause.MISSED,
            error_message=message if self.has_begun else f"not run: {message}",
            started_at=self.started_at,
            finished_at=finished_at,
            duration_ms=None if self.has_begun else 0.0,
        )

    def _asked(self) -> dict[str, Any]:
        """The common part of the request for a journey and a check."""
        return {
            "request_id": self.run_id,
            "run_id": self.run_id,
            "environment": self.monitor.environment,
            "cohort": self.monitor.cohort,
            "location": self.monitor.location,
            "scheduled_at": self.scheduled_at,
            "confirms_run_id": self.confirms_run_id,
            "masked": self.monitor.masked,
        }


def skipped_result(monitor: Monitor, skipped: Skipped, *, run_id: str) -> RunResult:
    """The row of slots in which nothing ran, from the first of them to the last."""
    return result_of(
        context_of(monitor, run_id, skipped.first_slot),
        RunStatus.SKIPPED,
        cause=skipped.cause,
        error_message=skipped.message,
        started_at=skipped.first_slot,
        finished_at=skipped.last_slot,
        duration_ms=0.0,
    )


def context_of(
    monitor: Monitor, run_id: str, scheduled_at: datetime | None, *, confirms_run_id: str | None = None
) -> RunContext:
    """What is known about a run of this monitor before it begins."""
    return RunContext(
        run_id=run_id,
        monitor=monitor.kind,
        name=monitor.name,
        app=monitor.app,
        environment=monitor.environment,
        location=monitor.location,
        cohort=monitor.cohort.name,
        scheduled_at=scheduled_at,
        confirms_run_id=confirms_run_id,
    )
