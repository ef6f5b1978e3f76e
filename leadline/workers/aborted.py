"""The result of a run whose worker can no longer give one: its steps so far, and why it ended."""

from __future__ import annotations

import signal
from dataclasses import dataclass, field, replace
from datetime import datetime

from leadline.model.results import result_of
from leadline.model.runs import Cause, RunResult, RunStatus, StepResult, StepStatus
from leadline.model.worker_messages import CheckAsked, RunAsked, StepFinished, StepStarted

# For a process that lives but does not beat: it was stopped, or hangs so that not even its threads run.
SILENCE = "the worker process was stopped or hung, and has been replaced"


@dataclass(slots=True)
class Progress:
    """How far a run has come, as its worker reported. Steps may be nested; `stuck_at` is the line of the journey that
    blocks its worker, if any."""

    steps: list[StepResult] = field(default_factory=list)
    stuck_at: str = ""
    _open: list[tuple[str, datetime]] = field(default_factory=list)

    def follow(self, said: StepStarted | StepFinished, *, now: datetime) -> None:
        if isinstance(said, StepStarted):
            self._open.append((said.step, now))
        else:
            self.steps.append(said.step)
            ended = next((step for step in reversed(self._open) if step[0] == said.step.step), None)
            if ended is not None:
                self._open.remove(ended)

    @property
    def failed_step(self) -> str | None:
        """The innermost interrupted step, or the first that failed."""
        bad = (step.step for step in self.steps if step.status in (StepStatus.FAILED, StepStatus.ABORTED))
        return self._open[-1][0] if self._open else next(bad, None)

    def steps_until(self, now: datetime, message: str) -> tuple[StepResult, ...]:
        """The steps in the order in which they began; interrupted ones say why."""
        cut_off = [
            StepResult(
                step=name,
                status=StepStatus.ABORTED,
                started_at=started_at,
                duration_ms=_between_ms(started_at, now),
                error_message=message,
            )
            for name, started_at in self._open
        ]
        return tuple(sorted([*self.steps, *cut_off], key=lambda step: step.started_at))


def abort_run(
    asked: RunAsked, cause: Cause, message: str, *, progress: Progress, started_at: datetime, now: datetime
) -> RunResult:
    """An aborted journey, with its steps so far."""
    versions = [step.service_version for step in progress.steps if step.service_version is not None]
    result = result_of(
        asked, RunStatus.ABORTED, started_at=started_at, finished_at=now, cause=cause, error_message=message
    )
    return replace(
        result,
        failed_step=progress.failed_step,
        service_version=versions[-1] if versions else None,
        steps=progress.steps_until(now, message),
    )


def abort_check(asked: CheckAsked, cause: Cause, message: str, *, started_at: datetime, now: datetime) -> RunResult:
    """An aborted check."""
    return result_of(
        asked, RunStatus.ABORTED, started_at=started_at, finished_at=now, cause=cause, error_message=message
    )


def describe_death(exit_code: int) -> str:
    """How a worker ended, for a person."""
    if exit_code >= 0:
        return f"the worker process ended itself with exit code {exit_code} (os._exit, or a crash of the interpreter)"
    try:
        name = signal.Signals(-exit_code).name
    except ValueError:
        name = f"signal {-exit_code}"
    hint = ", most often the kernel's because memory ran out" if name == "SIGKILL" else ""
    return f"the worker process was killed by {name}{hint}"


def _between_ms(start: datetime, end: datetime) -> float:
    return max(round((end - start).total_seconds() * 1000, 3), 0.0)
