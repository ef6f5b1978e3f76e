"""An incident: one per journey or check, with the cohorts that fail, and the transitions it went through."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from leadline.model.runs import Cause, Evidence, MonitorKind

__all__ = ["FailingCohort", "Incident", "IncidentState", "MonitorKind", "Severity", "TransitionKind"]

Severity = Literal["critical", "warning"]


class IncidentState(StrEnum):
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
    UNKNOWN = "unknown"


class TransitionKind(StrEnum):
    """Why an incident changed. Only `open` and `resolve` page; the others are recorded."""

    OPEN = "open"
    CHANGE = "change"
    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"


@dataclass(frozen=True, slots=True, kw_only=True)
class FailingCohort:
    """Where an incident's monitor fails: the confirmed run of one cohort in one location.

    `run_id` is the first run that failed, `confirmed_by` are the re-runs that failed too; `healed_*` name the run that
    passed again; `removed_at` says that it was taken out of the configuration while it failed.
    """

    cohort: str | None
    location: str
    run_id: str
    since: datetime
    cause: Cause | None = None
    step: str | None = None
    service_version: str | None = None
    error_message: str | None = None
    confirmed_by: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    healed_run_id: str | None = None
    healed_at: datetime | None = None
    removed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """`failing` lists the cohorts that fail now, `healed` those that did; `since` is when the first run that failed was
    started."""

    incident_id: str
    app: str
    environment: str
    monitor: MonitorKind
    name: str
    title: str
    state: IncidentState
    severity: Severity
    since: datetime
    opened_at: datetime
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    resolved_at: datetime | None = None
    service_version: str | None = None
    failing: tuple[FailingCohort, ...] = ()
    healed: tuple[FailingCohort, ...] = ()
