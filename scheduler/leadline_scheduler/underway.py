"""A run on its way: what a worker is asked, what the records hear at its start, how it ends without an answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from leadline.model import Cause, CheckSpec, JourneySpec, RunResult, RunSource, RunStatus
from leadline.model.worker_messages import CheckAsked, RunAsked
from leadline.records import StartedRun
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

    def ask_journey(
        self, journey: JourneySpec, *, import_folder: str, evidence_folder: str, code: str = ""
    ) -> RunAsked:
        return RunAsked(
            request_id=self.run_id,
            run_id=self.run_id,
            journey=journey,
            app=self.monitor.app,
            base_url=self.monitor.base_url,
            import_folder=import_folder,
            evidence_folder=evidence_folder,
            code=code,
            environment=self.monitor.environment,
            cohort=self.monitor.cohort,
            location=self.monitor.location,
            scheduled_at=self.scheduled_at,
            confirms_run_id=self.confirms_run_id,
        )

    def ask_check(self, check: CheckSpec) -> CheckAsked:
        return CheckAsked(
            request_id=self.run_id,
            run_id=self.run_id,
            check=check,
            environment=self.monitor.environment,
            cohort=self.monitor.cohort,
            location=self.monitor.location,
            scheduled_at=self.scheduled_at,
            confirms_run_id=self.confirms_run_id,
        )

    def as_started(self) -> StartedRun:
        return StartedRun(
            run_id=self.run_id,
            monitor=self.monitor.kind,
            name=self.monitor.name,
            app=self.monitor.app,
            environment=self.monitor.environment,
            cohort=self.monitor.cohort.name,
            location=self.monitor.location,
            source=RunSource.PROBE,
            scheduled_at=self.scheduled_at,
            started_at=self.started_at,
            confirms_run_id=self.confirms_run_id,
        )

    def end(self, cause: Cause, message: str, *, finished_at: datetime) -> RunResult:
        """The result that we write ourselves: aborted where the run had begun, skipped where it had not."""
        return RunResult(
            run_id=self.run_id,
            monitor=self.monitor.kind,
            name=self.monitor.name,
            app=self.monitor.app,
            environment=self.monitor.environment,
            cohort=self.monitor.cohort.name,
            location=self.monitor.location,
            status=RunStatus.ABORTED if self.has_begun else RunStatus.SKIPPED,
            cause=cause if self.has_begun else Cause.MISSED,
            error_message=message if self.has_begun else f"not run: {message}",
            scheduled_at=self.scheduled_at,
            confirms_run_id=self.confirms_run_id,
            started_at=self.started_at,
            finished_at=finished_at,
            duration_ms=max(0.0, (finished_at - self.started_at).total_seconds() * 1000) if self.has_begun else 0.0,
        )


def skipped_result(monitor: Monitor, skipped: Skipped, *, run_id: str) -> RunResult:
    """The row of slots in which nothing was run; it spans from the first of them to the last."""
    return RunResult(
        run_id=run_id,
        monitor=monitor.kind,
        name=monitor.name,
        app=monitor.app,
        environment=monitor.environment,
        cohort=monitor.cohort.name,
        location=monitor.location,
        status=RunStatus.SKIPPED,
        cause=skipped.cause,
        error_message=skipped.message,
        scheduled_at=skipped.first_slot,
        started_at=skipped.first_slot,
        finished_at=skipped.last_slot,
        duration_ms=0.0,
    )
