"""What a worker process is asked and what it says, over its standard input and output.

Each message is a four-byte big-endian length and a msgpack document (msgspec, tagged by `kind`). The parent is
leadline/workers/, the worker is leadline_probes: neither imports the other, both import this.
"""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct, field

from leadline.model.monitors import CheckSpec, Cohort, JourneySpec
from leadline.model.runs import RunResult, RunSource, StepResult

__all__ = [
    "Ask",
    "CheckAsked",
    "DiscoverAsked",
    "Discovered",
    "JourneyProblem",
    "Ready",
    "RunAsked",
    "RunFinished",
    "Say",
    "StepFinished",
    "StepStarted",
]


class DiscoverAsked(Struct, tag="discover", tag_field="kind", frozen=True):
    """List the journeys in `paths` (files or folders)."""

    request_id: str
    paths: list[str]
    import_folder: str


class RunAsked(Struct, tag="run", tag_field="kind", frozen=True, kw_only=True):
    """Run one journey once. `deadline_s` is enforced by the parent; the worker's own timeouts end before it."""

    request_id: str
    run_id: str
    journey: JourneySpec
    app: str
    base_url: str | None
    import_folder: str
    evidence_folder: str
    environment: str = "production"
    cohort: Cohort = field(default_factory=Cohort)
    location: str = "local"
    source: RunSource = RunSource.PROBE
    scheduled_at: datetime | None = None
    confirms_run_id: str | None = None
    is_headed: bool = False
    keep_trace: bool = False


class CheckAsked(Struct, tag="check", tag_field="kind", frozen=True, kw_only=True):
    """Make one HTTP request without a browser. A check worker takes many at a time."""

    request_id: str
    run_id: str
    check: CheckSpec
    environment: str = "production"
    cohort: Cohort = field(default_factory=Cohort)
    location: str = "local"
    source: RunSource = RunSource.PROBE
    scheduled_at: datetime | None = None
    confirms_run_id: str | None = None


class Ready(Struct, tag="ready", tag_field="kind", frozen=True):
    """The worker is warm: its browser is up (or, for checks, its session)."""

    pid: int
    browser_version: str | None = None


class JourneyProblem(Struct, frozen=True):
    """A journey file that does not import, or a journey that is not one."""

    path: str
    line: int
    message: str
    hint: str = ""


class Discovered(Struct, tag="discovered", tag_field="kind", frozen=True):
    request_id: str
    journeys: list[JourneySpec]
    problems: list[JourneyProblem]


class StepStarted(Struct, tag="step_started", tag_field="kind", frozen=True):
    request_id: str
    step: str


class StepFinished(Struct, tag="step_finished", tag_field="kind", frozen=True):
    request_id: str
    step: StepResult


class RunFinished(Struct, tag="run_finished", tag_field="kind", frozen=True):
    request_id: str
    result: RunResult


Ask = DiscoverAsked | RunAsked | CheckAsked
Say = Ready | Discovered | StepStarted | StepFinished | RunFinished
