"""Messages to and from a worker process, over its standard input and output.

Each message is a four-byte big-endian length and a msgpack document (msgspec, tagged by `kind`). The parent is
leadline/workers/, the worker is leadline_probes: neither imports the other; both import this file.
"""

from __future__ import annotations

from datetime import datetime

import msgspec
from msgspec import Struct, field

from leadline.model.monitors import CheckSpec, Cohort, JourneySpec
from leadline.model.runs import MonitorKind, RunContext, RunResult, RunSource, StepResult
from leadline.model.web_origins import without_credentials

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

# A message is a result or a list of journeys, some kB; a greater length means that the stream is out of sync.
MAX_MESSAGE_BYTES = 16 * 1024 * 1024


class DiscoverAsked(Struct, tag="discover", tag_field="kind", frozen=True):
    """List the journeys in `paths` (files or folders), without importing the files in `skip`."""

    request_id: str
    paths: list[str]
    import_folder: str
    skip: list[str] = []


class _Asked(Struct, frozen=True, kw_only=True):
    """The fields of every request to run something."""

    request_id: str
    run_id: str
    environment: str = "production"
    cohort: Cohort = field(default_factory=Cohort)
    location: str = "local"
    source: RunSource = RunSource.PROBE
    scheduled_at: datetime | None = None
    confirms_run_id: str | None = None
    masked: tuple[str, ...] = ()  # secrets of the configuration, in addition to those of the run's own fields

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

    `code` is a snapshot of the journeys' code (leadline/journeys/kept_code.py), which is run; if
    it is empty, the files themselves are run.
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

    @property
    def site_url(self) -> str | None:
        """`base_url` for pages. Its user and password are given when the site asks for them: with them in its address,
        a page gets no service worker, and is shown under another address than it has."""
        return without_credentials(self.base_url) if self.base_url is not None else None


class CheckAsked(_Asked, tag="check", tag_field="kind", frozen=True, kw_only=True):
    """Make one HTTP request without a browser. A check worker takes many at a time."""

    check: CheckSpec

    @property
    def context(self) -> RunContext:
        return self._context("check", self.check.name, self.check.app)


class CleanupKept(Struct, tag="cleanup_kept", tag_field="kind", frozen=True):
    """The ledger has it on disk: the step may end. `error` says why it could not be stored."""

    cleanup_id: str
    error: str | None = None


class CleanUpAsked(Struct, tag="clean_up", tag_field="kind", frozen=True, kw_only=True):
    """Do a cleanup of a run that died. `function` is `file.py::qualname`, `arguments` a msgpack array."""

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
    """The worker ends: something it needs is not on this machine. A restart does not help."""

    message: str
    hint: str = ""


class JourneyProblem(Struct, frozen=True):
    """A journey file that can't be imported, or an invalid journey."""

    path: str
    line: int
    message: str
    hint: str = ""
    column: int = 1


class Importing(Struct, tag="importing", tag_field="kind", frozen=True):
    """About to import this file: if no further message comes, the parent knows which file blocks."""

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
    """Store this in the ledger and answer with CleanupKept: the step waits for it."""

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
    """Sent every second by a separate thread: the process lives, whatever its event loop does. `stuck_at` is the line
    of the journey (`journeys/checkout.py:12`) that has blocked the loop for some seconds."""

    stuck_at: str = ""


class RunFinished(Struct, tag="run_finished", tag_field="kind", frozen=True):
    """`is_replaced`: the run's own result could not be encoded, and this one says so. `is_spent`: the worker's browser
    is of no use for another run."""

    request_id: str
    result: RunResult
    is_replaced: bool = False
    is_spent: bool = False


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
    """The bytes for the pipe. UnicodeError or ValueError for messages that the other side could not read."""
    body = _encoder.encode(message)
    if len(body) > MAX_MESSAGE_BYTES:
        raise ValueError(f"a message of {len(body):,} bytes is longer than {MAX_MESSAGE_BYTES:,}")
    return len(body).to_bytes(4, "big") + body


def read_ask(body: bytes) -> Ask:
    """The parent's request. Raises msgspec.DecodeError for anything else."""
    ask: Ask = _ask_decoder.decode(body)
    return ask


def read_say(body: bytes) -> Say:
    """What the worker says. Raises msgspec.DecodeError for anything else."""
    said: Say = _say_decoder.decode(body)
    return said
