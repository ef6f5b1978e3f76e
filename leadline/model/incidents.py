"""An incident: its subject, its findings, and its transitions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from leadline.model.runs import Evidence, MonitorKind

__all__ = [
    "Finding",
    "Incident",
    "IncidentKind",
    "IncidentState",
    "MonitorKind",
    "Place",
    "Severity",
    "Subject",
    "SubjectKind",
    "TransitionKind",
]

Severity = Literal["critical", "warning"]
SubjectKind = Literal["journey", "check", "objective", "release", "location", "leadline"]
# `failure`: something is wrong. `blindness`: it is not known whether something is wrong; that pages too.
IncidentKind = Literal["failure", "blindness"]
# A place in a subject: part, cohort and location. There is one finding per place.
Place = tuple[str, str | None, str | None]


class IncidentState(StrEnum):
    """`unknown`: a blindness that nobody has acknowledged yet."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
    UNKNOWN = "unknown"


class TransitionKind(StrEnum):
    """Why an incident changed. docs/paging.md says which ones are sent."""

    OPEN = "open"
    CHANGE = "change"
    ACKNOWLEDGE = "acknowledge"
    SILENCE = "silence"
    RESOLVE = "resolve"
    TEST = "test"  # nothing is broken: tests whether a target accepts a page
    RECOVER = "recover"  # of a rolled-back release: its figures are what they were before


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What an incident is about. `app` and `environment` are None if the subject belongs to no app."""

    kind: SubjectKind
    name: str
    app: str | None = None
    environment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is wrong, where, in which version, since when, with its evidence.

    `part` distinguishes findings of one subject without a cohort or location (a window of an objective, a metric of
    a release). `summary` ends the title after the subject ("burns its budget"); without one a title says "fails".
    `cause` is a leadline.model.Cause if a run found it; `remedy` says what to do, if known.
    `shared_cause` names a cause that other subjects may share ("host shop.example:443"): they make one page.

    From runs only: `run_id` is the first run that failed, `confirmed_by` are the re-runs that failed too,
    `healed_run_id` the run that passed again. `removed_at`: it was taken out of the configuration while it failed.

    `journeys_pass_since`: the failed journeys pass again since then; the finding stays.
    """

    since: datetime
    part: str = ""
    cohort: str | None = None
    location: str | None = None
    severity: Severity = "critical"
    summary: str | None = None
    cause: str | None = None
    step: str | None = None
    earlier_steps: tuple[str, ...] = ()  # that failed before `step` did
    service_version: str | None = None
    error_message: str | None = None
    remedy: str | None = None
    evidence: tuple[Evidence, ...] = ()
    shared_cause: str | None = None
    run_id: str | None = None
    confirmed_by: tuple[str, ...] = ()
    healed_run_id: str | None = None
    healed_at: datetime | None = None
    removed_at: datetime | None = None
    journeys_pass_since: datetime | None = None

    @property
    def place(self) -> Place:
        return self.part, self.cohort, self.location


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """`findings` are wrong now, `healed` were wrong; `since` is when the first of them began. `severity` is that
    of its worst finding so far. `shared_cause` is that of its first finding. `group_id` is the id of the incident
    that this cause broke first when this one opened: its own id if nothing else was broken by it.

    `turns` counts how often it came back after it had healed, `reopened` how often after its end had been sent: one
    that comes and goes stays one incident. It then ends only when it has been healthy for `quiet_s` since
    `quiet_since`.
    """

    incident_id: str
    subject: Subject
    title: str
    state: IncidentState
    severity: Severity
    since: datetime
    opened_at: datetime
    kind: IncidentKind = "failure"
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    resolved_at: datetime | None = None
    service_version: str | None = None
    shared_cause: str | None = None
    turns: int = 0
    reopened: int = 0
    quiet_since: datetime | None = None
    quiet_s: float | None = None
    group_id: str | None = None
    findings: tuple[Finding, ...] = ()
    healed: tuple[Finding, ...] = ()
