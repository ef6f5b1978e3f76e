"""Whether a result opens, changes or resolves an incident, or asks for a confirming re-run.

A pure decision on what is remembered of one monitor in one cohort and location: who calls it commits what it says. It
refuses to conclude anything from runs that did not judge the site: aborted and skipped runs, and runs that a pipeline
or a person asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from leadline.incidents.titles import title_incident
from leadline.model import (
    Cause,
    Evidence,
    FailingCohort,
    Incident,
    IncidentState,
    RunResult,
    RunSource,
    RunStatus,
    Severity,
    TransitionKind,
)

__all__ = ["FailedRun", "Judgement", "MonitorMemory", "judge_run"]

_HEALTHY = frozenset({RunStatus.PASSED, RunStatus.DEGRADED})
# An incident carries its errors along; a page shows 6 lines of 300 characters. The whole text stays with the run.
_MOST_ERROR_CHARACTERS = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedRun:
    """What is remembered of a run that failed until it is confirmed or refuted."""

    run_id: str
    started_at: datetime
    cause: Cause | None = None
    step: str | None = None
    service_version: str | None = None
    error_message: str | None = None
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class MonitorMemory:
    """What came before a result: the monitor's unresolved incident, and the unbroken chain of failed runs of this
    cohort and location, oldest first, since its last passed or degraded one."""

    incident: Incident | None
    failures: tuple[FailedRun, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a result comes to. `incident` is the monitor's incident afterwards, resolved or not; None where there is
    none. `needs_confirmation` asks for another run of the same cohort and location at once."""

    transition: TransitionKind | None
    incident: Incident | None
    needs_confirmation: bool


def judge_run(
    memory: MonitorMemory,
    result: RunResult,
    *,
    confirm: int,
    severity: Severity,
    now: datetime,
    new_incident_id: str,
) -> Judgement:
    """Judges one result. `confirm` failed runs in a row of one cohort in one location make the monitor's incident."""
    if result.source is not RunSource.PROBE:
        return Judgement(None, memory.incident, False)
    failing = _failing_here(memory.incident, result)
    if result.status in _HEALTHY:
        return _judge_healthy(memory.incident, failing, result, now=now)
    if failing is not None:
        return Judgement(None, memory.incident, False)
    if result.status is not RunStatus.FAILED:
        return Judgement(None, memory.incident, bool(memory.failures))
    chain = (*memory.failures, remember_failure(result))
    if len(chain) < confirm:
        return Judgement(None, memory.incident, True)
    return _judge_confirmed(memory.incident, chain, result, severity=severity, now=now, incident_id=new_incident_id)


def remember_failure(result: RunResult) -> FailedRun:
    """What a failed result leaves in its monitor's memory."""
    step = next((step for step in result.steps if step.step == result.failed_step), None)
    return FailedRun(
        run_id=result.run_id,
        started_at=result.started_at,
        cause=result.cause,
        step=result.failed_step,
        service_version=(step.service_version if step else None) or result.service_version,
        error_message=result.error_message and result.error_message[:_MOST_ERROR_CHARACTERS],
        evidence=result.evidence,
    )


def _judge_healthy(
    incident: Incident | None, failing: FailingCohort | None, result: RunResult, *, now: datetime
) -> Judgement:
    if incident is None or failing is None:
        return Judgement(None, incident, False)
    left = tuple(one for one in incident.failing if one is not failing)
    healed = (*incident.healed, replace(failing, healed_run_id=result.run_id, healed_at=now))
    healed = tuple({(one.cohort, one.location): one for one in healed}.values())  # one that flaps is listed once
    after = replace(incident, failing=left, healed=healed)
    if left:
        return Judgement(TransitionKind.CHANGE, replace(after, title=title_incident(after)), False)
    return Judgement(TransitionKind.RESOLVE, replace(after, state=IncidentState.RESOLVED, resolved_at=now), False)


def _judge_confirmed(
    incident: Incident | None,
    chain: tuple[FailedRun, ...],
    result: RunResult,
    *,
    severity: Severity,
    now: datetime,
    incident_id: str,
) -> Judgement:
    first, last = chain[0], chain[-1]
    new = FailingCohort(
        cohort=result.cohort,
        location=result.location,
        run_id=first.run_id,
        since=first.started_at,
        cause=last.cause,
        step=last.step,
        service_version=last.service_version or first.service_version,
        error_message=last.error_message or first.error_message,
        confirmed_by=tuple(run.run_id for run in chain[1:]),
        evidence=tuple(file for run in reversed(chain) for file in run.evidence),
    )
    if incident is not None:
        after = replace(incident, failing=(*incident.failing, new), since=min(incident.since, new.since))
        return Judgement(TransitionKind.CHANGE, replace(after, title=title_incident(after)), False)
    opened = Incident(
        incident_id=incident_id,
        app=result.app,
        environment=result.environment,
        monitor=result.monitor,
        name=result.name,
        title="",
        state=IncidentState.OPEN,
        severity=severity,
        since=new.since,
        opened_at=now,
        service_version=new.service_version,
        failing=(new,),
    )
    return Judgement(TransitionKind.OPEN, replace(opened, title=title_incident(opened)), False)


def _failing_here(incident: Incident | None, result: RunResult) -> FailingCohort | None:
    here = (result.cohort, result.location)
    return next((one for one in incident.failing if (one.cohort, one.location) == here), None) if incident else None
