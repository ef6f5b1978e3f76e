"""What the walk knows of the running system, as plain values: what claims are judged by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Run:
    run_id: str
    cohort: str
    status: str
    service_version: str | None = None
    failed_step: str | None = None
    confirms_run_id: str | None = None


@dataclass(frozen=True, slots=True)
class Check:
    status: str


@dataclass(frozen=True, slots=True)
class VersionFigures:
    """Real users of one version since some moment. `bought` counts visits with a sale, `sales` the sales."""

    version: str
    sessions: int = 0
    bought: int = 0
    sales: int = 0
    page_views: int = 0
    errors: int = 0
    failed_requests: int = 0
    ttfb_p50_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page as the receiver has it."""

    title: str
    body: str
    received_at: datetime
    attachments: tuple[bytes, ...] = ()
    transition: str = "open"
    incident_id: str = "I"


@dataclass(frozen=True, slots=True)
class Incident:
    incident_id: str
    state: str
    title: str
    subject_kind: str = "journey"


@dataclass(frozen=True, slots=True)
class Notification:
    transition: str
    target: str
    state: str
    incident_id: str = "I"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One that was recorded. `occurred_at` is the end of the minute that it judges up to."""

    verdict_id: str
    service_version: str
    verdict: str
    sentence: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class Action:
    """What one hook did."""

    hook: str
    state: str
    verdict_id: str | None
    attempts: int
    requested_at: datetime
    executed_at: datetime | None = None
    verified_at: datetime | None = None
    evidence: str = ""
