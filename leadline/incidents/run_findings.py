"""What a result of a journey or check says about it: a finding, that it is well, or nothing yet. Pure.

It refuses to conclude anything from runs that did not judge the site: aborted and skipped runs, and runs that a
pipeline or a person asked for. What a finding then comes to, transitions.py says.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from leadline.incidents.transitions import Observed
from leadline.model import Cause, Evidence, Finding, Incident, RunResult, RunSource, RunStatus, Severity, Subject

__all__ = ["FailedRun", "RunObserved", "find_in_run", "remember_failure", "subject_of_run"]

HEALTHY = frozenset({RunStatus.PASSED, RunStatus.DEGRADED})
# An incident carries its errors along; a page shows 6 lines of 300 characters. The whole text stays with the run.
_MOST_ERROR_CHARACTERS = 4_000
# Of one place; a page attaches the newest screenshot.
_MOST_EVIDENCE = 20
_NOTHING_LOOKED_AT = Observed(well={})


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
class RunObserved:
    """What a result says about its cohort and location. `needs_confirmation`: nothing before it was run once more."""

    observed: Observed
    needs_confirmation: bool = False


def subject_of_run(result: RunResult) -> Subject:
    """The journey or check that an incident of this result is about."""
    return Subject(kind=result.monitor, name=result.name, app=result.app, environment=result.environment)


def find_in_run(
    incident: Incident | None,
    failures: tuple[FailedRun, ...],
    result: RunResult,
    *,
    confirm: int,
    severity: Severity,
    shared_cause: str | None = None,
) -> RunObserved:
    """`failures` is the unbroken chain of failed runs of this cohort and location, oldest first, since its last passed
    or degraded one. `confirm` failed runs in a row make a finding; where there is one already (`incident`), the result
    only counts if it is healthy."""
    if result.source is not RunSource.PROBE:
        return RunObserved(_NOTHING_LOOKED_AT)
    place = ("", result.cohort, result.location)
    if result.status in HEALTHY:
        return RunObserved(Observed(well={place: result.run_id}))
    known = next((one for one in incident.findings if one.place == place), None) if incident is not None else None
    if known is not None:
        return RunObserved(_find_another_step(known, result))
    if result.status is not RunStatus.FAILED:
        return RunObserved(_NOTHING_LOOKED_AT, needs_confirmation=bool(failures))
    chain = (*failures, remember_failure(result))
    if len(chain) < confirm:
        return RunObserved(_NOTHING_LOOKED_AT, needs_confirmation=True)
    return RunObserved(
        Observed(findings=(_find(chain, result, severity=severity, shared_cause=shared_cause),), well={})
    )


def _find_another_step(known: Finding, result: RunResult) -> Observed:
    """It fails already; at a step that never failed in this incident, that is worth knowing."""
    step = result.failed_step
    if result.status is not RunStatus.FAILED or step is None or step in (known.step, *known.earlier_steps):
        return _NOTHING_LOOKED_AT
    last = remember_failure(result)
    worse = replace(
        known,
        step=step,
        earlier_steps=(*known.earlier_steps, *([known.step] if known.step else [])),
        cause=last.cause,
        error_message=last.error_message,
        service_version=last.service_version or known.service_version,
        evidence=(*last.evidence, *known.evidence)[:_MOST_EVIDENCE],
    )
    return Observed(findings=(worse,), well={})


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


def _find(chain: tuple[FailedRun, ...], result: RunResult, *, severity: Severity, shared_cause: str | None) -> Finding:
    first, last = chain[0], chain[-1]
    return Finding(
        cohort=result.cohort,
        location=result.location,
        severity=severity,
        shared_cause=shared_cause,
        run_id=first.run_id,
        since=first.started_at,
        cause=last.cause,
        step=last.step,
        service_version=last.service_version or first.service_version,
        error_message=last.error_message or first.error_message,
        confirmed_by=tuple(run.run_id for run in chain[1:]),
        evidence=tuple(file for run in reversed(chain) for file in run.evidence),
    )
