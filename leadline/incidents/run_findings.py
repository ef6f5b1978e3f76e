"""Turns a result of a journey or check into a finding, "healthy", or nothing yet. Pure.

It concludes nothing from runs that did not judge the site: aborted and skipped runs, and runs that a
pipeline or a person started. transitions.py decides what a finding does to an incident.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from leadline.incidents.transitions import Observed
from leadline.model import Cause, Evidence, Finding, Incident, RunResult, RunSource, RunStatus, Severity, Subject

__all__ = ["FailedRun", "RunObserved", "find_in_run", "remember_failure", "subject_of_run"]

HEALTHY = frozenset({RunStatus.PASSED, RunStatus.DEGRADED})
# An incident keeps the errors; a page shows 6 lines of 300 characters. The whole text stays with the run.
_MOST_ERROR_CHARACTERS = 4_000
# For one place; a page attaches the newest screenshot.
_MOST_EVIDENCE = 20
_NOTHING_LOOKED_AT = Observed(well={})


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedRun:
    """What is remembered about a failed run until it is confirmed or refuted."""

    run_id: str
    started_at: datetime
    cause: Cause | None = None
    step: str | None = None
    service_version: str | None = None
    error_message: str | None = None
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class RunObserved:
    """What a result says about its cohort and location. `needs_confirmation`: it should be run once more."""

    observed: Observed
    needs_confirmation: bool = False


def subject_of_run(result: RunResult) -> Subject:
    """The journey or check of this result, as the subject of an incident."""
    return Subject(kind=result.monitor, name=result.name, app=result.app, environment=result.environment)


def find_in_run(
    incident: Incident | None,
    failures: tuple[FailedRun, ...],
    result: RunResult,
    *,
    confirm: int,
    severity: Severity,
    shared_cause: str | None = None,
    lasts: timedelta = timedelta(),
    is_slow_wrong: bool = False,
) -> RunObserved:
    """`failures` is the unbroken chain of failed runs of this cohort and location, oldest first, since its last passed
    or degraded one. `confirm` failed runs in a row make a finding, once they have lasted for `lasts`; where there is
    one already (`incident`), the result only counts if it is healthy. `is_slow_wrong`: so many degraded runs in a row
    are a warning, and only a passed one ends that."""
    if result.source is not RunSource.PROBE:
        return RunObserved(_NOTHING_LOOKED_AT)
    place = ("", result.cohort, result.location)
    known = next((one for one in incident.findings if one.place == place), None) if incident is not None else None
    was_slow = known is not None and known.cause == Cause.BUDGET
    if result.status is RunStatus.DEGRADED and is_slow_wrong and (known is None or was_slow):
        return _find_slow(known, failures, result, confirm=confirm, lasts=lasts)
    if result.status in HEALTHY:
        return RunObserved(Observed(well={place: result.run_id}))
    if known is not None and not was_slow:
        return RunObserved(_find_another_step(known, result))
    failures = tuple(one for one in failures if one.cause is not Cause.BUDGET)
    if result.status is not RunStatus.FAILED:
        return RunObserved(_NOTHING_LOOKED_AT, needs_confirmation=bool(failures) and len(failures) < confirm)
    chain = (*failures, remember_failure(result))
    if len(chain) < confirm:
        return RunObserved(_NOTHING_LOOKED_AT, needs_confirmation=True)
    if result.finished_at - chain[0].started_at < lasts:
        return RunObserved(_NOTHING_LOOKED_AT)  # the next slot decides
    return RunObserved(
        Observed(findings=(_find(chain, result, severity=severity, shared_cause=shared_cause),), well={})
    )


def _find_slow(
    known: Finding | None, failures: tuple[FailedRun, ...], result: RunResult, *, confirm: int, lasts: timedelta
) -> RunObserved:
    """It works but is over its budget, and that is configured as a warning. Only slots count: an immediate re-run would
    meet the same load."""
    slow = tuple(one for one in failures if one.cause is Cause.BUDGET)
    chain = (*slow, remember_failure(result))
    if known is not None or len(chain) < confirm or result.finished_at - chain[0].started_at < lasts:
        return RunObserved(_NOTHING_LOOKED_AT)
    found = _find(chain, result, severity="warning", shared_cause=None)
    return RunObserved(Observed(findings=(replace(found, summary="is over its budget"),), well={}))


def _find_another_step(known: Finding, result: RunResult) -> Observed:
    """It fails already; a failure at a step that never failed in this incident is news."""
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
    """The memory that a failed result leaves in its monitor."""
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
