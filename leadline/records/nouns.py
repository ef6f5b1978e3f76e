"""What the records are asked with and answer with, where leadline/model has no noun for it."""

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

    `unconfirmed_run_id` is the failed run that still waits for its re-run, which is not the newest run where that was
    aborted or skipped.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """A change of an incident: what it came from is a run (`run_id`) or a person (`by`)."""

    transition_id: str
    incident_id: str
    kind: TransitionKind
    at: datetime
    run_id: str | None
    by: str | None
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A notification whose sending is ours until the lease ends. `is_combined`: its opening was never delivered, tell
    both in one message. `others` are told by the same message, and share its fate. `alert` is what the message that
    told the opening and the one that ends it have in common, for services that fold alerts."""

    notification: Notification
    incident: Incident
    transition: TransitionKind
    is_combined: bool
    others: tuple[Claimed, ...] = ()
    alert: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """Mutes pages about what matches it, never the incident. What is None matches anything."""

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
    """What waits for one target: so many pages, the oldest since `since`, and what the target said last."""

    target: str
    pages: int
    since: datetime
    last_error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A noun that changed, in its state at reading time."""

    position: int
    kind: ChangeKind
    noun: RunResult | Incident | Notification | Deployment | FlagChange | RecordedVerdict | Action
