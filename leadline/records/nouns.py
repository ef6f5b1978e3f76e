"""Types of questions and answers of the records that leadline/model does not have."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from leadline.model import (
    Action,
    Deployment,
    FlagChange,
    Incident,
    MonitorKind,
    Notification,
    RecordedVerdict,
    RunResult,
    RunStatus,
    Severity,
    SubjectKind,
    TransitionKind,
)

__all__ = [
    "Change",
    "ChangeKind",
    "Claimed",
    "KeptCleanup",
    "LastResult",
    "Silence",
    "Transition",
    "Waiting",
]

ChangeKind = Literal["run", "incident", "notification", "deployment", "flag_change", "verdict", "action"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LastResult:
    """The newest run of a monitor in one cohort and location, skipped ones included.

    `unconfirmed_run_id` is the failed run that still waits for its re-run; it is not the newest run if that was
    aborted or skipped. `has_failed`: the last run that was judged failed; an aborted or skipped one judges nothing.
    """

    monitor: MonitorKind
    name: str
    app: str
    environment: str
    cohort: str | None
    location: str
    run_id: str
    status: RunStatus
    started_at: datetime
    finished_at: datetime
    scheduled_at: datetime | None
    needs_confirmation: bool
    unconfirmed_run_id: str | None = None
    has_failed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """A change of an incident, made by a run (`run_id`) or a person (`by`)."""

    transition_id: str
    incident_id: str
    kind: TransitionKind
    at: datetime
    run_id: str | None
    by: str | None
    title: str


# As long as a page of text; more belongs in a document that the note names.
LONGEST_NOTE = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What a person wrote about an incident. It pages nobody."""

    note_id: str
    incident_id: str
    at: datetime
    by: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A notification that we may send until the lease ends. `is_combined`: its opening was never delivered, so report
    both in one message. `others` are part of the same message and share its result. `alert` is the key that the message
    of the opening and the one of the end have in common, for services that group alerts. `still_open`: how many
    incidents that failed together with those of an end are not over."""

    notification: Notification
    incident: Incident
    transition: TransitionKind
    is_combined: bool
    others: tuple[Claimed, ...] = ()
    alert: str | None = None
    still_open: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """Mutes pages about matching incidents, never the incidents. None matches anything."""

    silence_id: str
    starts_at: datetime
    ends_at: datetime
    reason: str
    created_by: str
    created_at: datetime
    app: str | None = None
    monitor: SubjectKind | None = None
    name: str | None = None
    severity: Severity | None = None

    @property
    def muted(self) -> str:
        """What it mutes, in words: `shop check api`, `shop, warnings`, `everything`."""
        words = " ".join(filter(None, (self.app, self.monitor, self.name))) or "everything"
        return f"{words}, {self.severity}s" if self.severity == "warning" else words

    def mutes(self, incident: Incident, now: datetime) -> bool:
        """Whether it is in force and matches."""
        return (
            self.starts_at <= now < self.ends_at
            and self.app in (None, incident.subject.app)
            and self.monitor in (None, incident.subject.kind)
            and self.name in (None, incident.subject.name)
            and self.severity in (None, incident.severity)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCleanup:
    """A clean-up that a journey asked for and that has not been done yet."""

    cleanup_id: str
    run_id: str
    function: str
    arguments: bytes
    kept_at: datetime
    tries: int
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Pages that wait for one target: how many, the oldest since `since`, and the target's last answer."""

    target: str
    pages: int
    since: datetime
    last_error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A changed object, in its state at reading time."""

    position: int
    kind: ChangeKind
    noun: RunResult | Incident | Notification | Deployment | FlagChange | RecordedVerdict | Action
