"""A run of a journey or a check, and the result it yields.

`cause` is why a run did not pass, from a closed set; the table cause → status → who is paged is in
docs/causes.md and is tested row by row.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

MonitorKind = Literal["journey", "check"]
# The files of a run: docs/evidence.md.
EvidenceKind = Literal["screenshot", "trace", "log", "console", "requests", "pages", "video", "attachment"]


class RunStatus(StrEnum):
    """How a run ended. Only `failed` counts against the site; `aborted` is an error inside Leadline, `skipped` did not
    run.
    """

    PASSED = "passed"
    DEGRADED = "degraded"
    FAILED = "failed"
    ABORTED = "aborted"
    SKIPPED = "skipped"


class StepStatus(StrEnum):
    PASSED = "passed"
    DEGRADED = "degraded"
    FAILED = "failed"
    ABORTED = "aborted"


class RunSource(StrEnum):
    """Who started the run: the scheduler, a pipeline, or a person."""

    PROBE = "probe"
    CI = "ci"
    ADHOC = "adhoc"


class Cause(StrEnum):
    """Why a run did not pass. The comment groups say which status follows."""

    # degraded: everything worked, but slower than its budget
    BUDGET = "budget"
    # failed: the site did not do what the journey or check asserts
    ASSERTION = "assertion"
    KPI = "kpi"
    TIMEOUT = "timeout"
    NAME_NOT_RESOLVED = "name_not_resolved"
    CONNECTION_REFUSED = "connection_refused"
    CONNECTION_FAILED = "connection_failed"
    CERTIFICATE = "certificate"
    STATUS_CODE = "status_code"
    JOURNEY_ERROR = "journey_error"
    # aborted: an error inside Leadline
    DEADLINE = "deadline"
    WORKER_DIED = "worker_died"
    BROWSER_CRASHED = "browser_crashed"
    PROBE_FAULT = "probe_fault"
    SCHEDULER_STOPPED = "scheduler_stopped"
    # skipped: nothing ran in the slot
    STILL_RUNNING = "still_running"
    MISSED = "missed"
    CONFIGURATION = "configuration"
    MAINTENANCE = "maintenance"
    RUN_LIMIT = "run_limit"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """One named part of a journey. `service_version` is the version that served the step, None if unknown."""

    step: str
    status: StepStatus
    started_at: datetime
    duration_ms: float
    budget_ms: float | None = None
    service_version: str | None = None
    error_message: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpi:
    """A business figure that a journey read from the page; a value out of bounds fails its step."""

    name: str
    value: float
    step: str | None = None
    service_version: str | None = None
    is_within_bounds: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A file that shows what a run saw. `path` is relative to the home's evidence folder, POSIX style."""

    kind: EvidenceKind
    path: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFinding:
    """Something that a run saw that is not yet a failure: it does not change the run's status.

    `subject` is what it is about (a host), `message` one line for people, without a full stop.
    """

    kind: Literal["certificate_expires"]
    subject: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTiming:
    """Where the time of an HTTP check went, in milliseconds, summed over its redirects. None: not needed, or not
    reached."""

    dns_ms: float | None = None
    connect_ms: float | None = None
    tls_ms: float | None = None
    first_byte_ms: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunContext:
    """What is known about a run before it begins. Its result contains all of it."""

    run_id: str
    monitor: MonitorKind
    name: str
    app: str
    environment: str = "production"
    location: str = "local"
    cohort: str | None = None
    source: RunSource = RunSource.PROBE
    scheduled_at: datetime | None = None
    confirms_run_id: str | None = None

    def facts(self) -> dict[str, Any]:
        """As a dictionary by field, to build types that extend it."""
        return {known.name: getattr(self, known.name) for known in fields(RunContext)}


@dataclass(frozen=True, slots=True, kw_only=True)
class StartedRun(RunContext):
    """A run that a worker has taken."""

    started_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult(RunContext):
    """The result of one run of one journey or check in one cohort and location."""

    status: RunStatus
    started_at: datetime
    finished_at: datetime
    duration_ms: float
    cause: Cause | None = None
    error_message: str | None = None
    failed_step: str | None = None
    service_version: str | None = None
    status_code: int | None = None
    trace_id: str | None = None
    steps: tuple[StepResult, ...] = ()
    kpis: tuple[Kpi, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    findings: tuple[RunFinding, ...] = ()
    timing: RunTiming | None = None
