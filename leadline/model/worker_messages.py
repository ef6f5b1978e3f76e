"""What a worker process is asked and what it says, over its standard input and output.

Each message is a four-byte big-endian length and a msgpack document (msgspec, tagged by `kind`). The parent is
leadline/workers/, the worker is leadline_probes: neither imports the other, both import this.
"""

from __future__ import annotations

from datetime import datetime

import msgspec
from msgspec import Struct, field

from leadline.model.monitors import CheckSpec, Cohort, JourneySpec
from leadline.model.runs import MonitorKind, RunContext, RunResult, RunSource, StepResult

__all__ = [
    "Ask",
    "Beat",
    "CannotStart",
    "CheckAsked",
    "CleanUpAsked",
    "CleanupAsked",
    "CleanupFinished",
    "CleanupKept",
    "DiscoverAsked",
    "Discovered",
    "Importing",
    "JourneyProblem",
    "Ready",
    "RunAsked",
    "RunFinished",
    "Say",
    "StepFinished",
    "StepStarted",
    "frame_message",
    "read_ask",
    "read_say",
]

# A message is a result or a list of journeys, some kB; a length beyond this means the stream is out of step.
MAX_MESSAGE_BYTES = 16 * 1024 * 1024


class DiscoverAsked(Struct, tag="discover", tag_field="kind", frozen=True):
    """List the journeys in `paths` (files or folders), without importing the files in `skip`."""

    request_id: str
    paths: list[str]
    import_folder: str
    skip: list[str] = []


class _Asked(Struct, frozen=True, kw_only=True):
    """What a worker is told of any run."""

    request_id: str
    run_id: str
    environment: str = "production"
    cohort: Cohort = field(default_factory=Cohort)
    location: str = "local"
    source: RunSource = RunSource.PROBE
    scheduled_at: datetime | None = None
    confirms_run_id: str | None = None
    masked: tuple[str, ...] = ()  # secrets of the configuration, beside those of the run's own fields

    def _context(self, monitor: MonitorKind, name: str, app: str) -> RunContext:
        return RunContext(
            run_id=self.run_id,
            monitor=monitor,
            name=name,
            app=app,
            environment=self.environment,
            location=self.location,
            cohort=self.cohort.name,
            source=self.source,
            scheduled_at=self.scheduled_at,
            confirms_run_id=self.confirms_run_id,
        )


class RunAsked(_Asked, tag="run", tag_field="kind", frozen=True, kw_only=True):
    """Run one journey once. `deadline_s` is enforced by the parent; the worker's own timeouts end before it.

    `code` is the file of a snapshot of the journeys' code (leadline/journeys/kept_code.py), which is what runs; where
    it is empty, the files run as they stand.
    """

    journey: JourneySpec
    app: str
    base_url: str | None
    import_folder: str
    evidence_folder: str
    is_headed: bool = False
    keep_trace: bool = False
    code: str = ""

    @property
    def context(self) -> RunContext:
        return self._context("journey", self.journey.name, self.app)


class CheckAsked(_Asked, tag="check", tag_field="kind", frozen=True, kw_only=True):
    """Make one HTTP request without a browser. A check worker takes many at a time."""

    check: CheckSpec

    @property
    def context(self) -> RunContext:
        return self._context("check", self.check.name, self.check.app)


class CleanupKept(Struct, tag="cleanup_kept", tag_field="kind", frozen=True):
    """The ledger has it on disk: the step may end. `error` says why it could not be kept."""

    cleanup_id: str
    error: str | None = None


class CleanUpAsked(Struct, tag="clean_up", tag_field="kind", frozen=True, kw_only=True):
    """Do what a run that died left undone. `function` is `file.py::qualname`, `arguments` a msgpack array."""

    request_id: str
    cleanup_id: str
    function: str
    arguments: bytes
    import_folder: str


class Ready(Struct, tag="ready", tag_field="kind", frozen=True):
    """The worker is warm: its browser is up (or, for checks, its session)."""

    pid: int
    browser_version: str | None = None


class CannotStart(Struct, tag="cannot_start", tag_field="kind", frozen=True):
    """The worker ends: what it needs is not on this machine. No restart will mend it."""

    message: str
    hint: str = ""


class JourneyProblem(Struct, frozen=True):
    """A journey file that does not import, or a journey that is not one."""

    path: str
    line: int
    message: str
    hint: str = ""
    column: int = 1


class Importing(Struct, tag="importing", tag_field="kind", frozen=True):
    """About to import this file: whoever waits in vain for the next message knows which file blocks."""

    request_id: str
    path: str


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


class CleanupAsked(Struct, tag="cleanup", tag_field="kind", frozen=True, kw_only=True):
    """Keep this in the ledger and answer with CleanupKept: the step waits for it."""

    request_id: str
    run_id: str
    cleanup_id: str
    function: str
    arguments: bytes


class CleanupFinished(Struct, tag="cleanup_finished", tag_field="kind", frozen=True):
    """The cleanup was done, or failed for good with `error`."""

    request_id: str
    cleanup_id: str
    error: str | None = None


class Beat(Struct, tag="beat", tag_field="kind", frozen=True):
    """Said every second by a thread of its own: the process lives, whatever its event loop does. `stuck_at` is the line
    of the journey (`journeys/checkout.py:12`) that has held the loop up for some seconds."""

    stuck_at: str = ""


class RunFinished(Struct, tag="run_finished", tag_field="kind", frozen=True):
    """`is_replaced`: the run's own result could not be written down, and this one says so."""

    request_id: str
    result: RunResult
    is_replaced: bool = False


Ask = DiscoverAsked | RunAsked | CheckAsked | CleanupKept | CleanUpAsked
Say = (
    Ready
    | CannotStart
    | Importing
    | Discovered
    | StepStarted
    | StepFinished
    | CleanupAsked
    | CleanupFinished
    | RunFinished
    | Beat
)

_encoder = msgspec.msgpack.Encoder()
_ask_decoder = msgspec.msgpack.Decoder(Ask)
_say_decoder = msgspec.msgpack.Decoder(Say)


def frame_message(message: Ask | Say) -> bytes:
    """The bytes that go on the pipe. UnicodeError or ValueError for what the other side could not read."""
    body = _encoder.encode(message)
    if len(body) > MAX_MESSAGE_BYTES:
        raise ValueError(f"a message of {len(body):,} bytes is longer than {MAX_MESSAGE_BYTES:,}")
    return len(body).to_bytes(4, "big") + body


def read_ask(body: bytes) -> Ask:
    """What the parent asks. Raises msgspec.DecodeError for anything else."""
    ask: Ask = _ask_decoder.decode(body)
    return ask


def read_say(body: bytes) -> Say:
    """What the worker says. Raises msgspec.DecodeError for anything else."""
    said: Say = _say_decoder.decode(body)
    return said
