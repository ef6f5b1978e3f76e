"""The memory of each monitor in each cohort and location: its newest run, and its failed runs in a row.

It is separate from the runs, so that judging costs the same with a million runs and retention can't change a judgement.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, and_, bindparam, insert, select, update

from leadline.incidents import FailedRun
from leadline.incidents.run_findings import remember_failure
from leadline.model import Cause, RunResult, RunSource, RunStatus
from leadline.records.nouns import LastResult
from leadline.records.tables import marks

__all__ = ["read_failures", "read_last_results", "write_mark"]

# The most that `confirm` can ask for (leadline.toml allows 1 to 10).
_MOST_FAILURES = 10
# Made once: building a statement costs as much as running it.
_OF_THIS = and_(*(column == bindparam(f"of_{column.name}") for column in marks.primary_key.columns))
_FAILURES = select(marks.c.failures).where(_OF_THIS)
_UPDATE = update(marks).where(_OF_THIS)


def read_failures(connection: Connection, result: RunResult) -> tuple[FailedRun, ...]:
    """The unbroken chain of failed runs before `result`, oldest first."""
    found: tuple[FailedRun, ...] | None = connection.execute(_FAILURES, _key(result)).scalar()
    return found or ()


def write_mark(
    connection: Connection,
    result: RunResult,
    before: tuple[FailedRun, ...],
    *,
    needs_confirmation: bool,
    is_slow_wrong: bool = False,
) -> None:
    """Remembers `result`. Only runs of the scheduler are remembered: others don't represent production. With
    `is_slow_wrong`, degraded runs in a row are remembered as failed ones are."""
    if result.source is not RunSource.PROBE:
        return
    values: dict[str, Any] = {
        "run_id": result.run_id,
        "status": result.status,
        "started_at": result.started_at,
        "finished_at": result.finished_at,
        "scheduled_at": result.scheduled_at,
        "failures": _extend(before, result, is_slow_wrong=is_slow_wrong),
        "needs_confirmation": needs_confirmation,
    }
    key = _key(result)
    if connection.execute(_UPDATE, values | key).rowcount == 0:
        connection.execute(insert(marks), values | {name.removeprefix("of_"): value for name, value in key.items()})


def read_last_results(connection: Connection) -> list[LastResult]:
    """One per monitor, cohort and location."""
    wanted = select(marks).order_by(marks.c.app, marks.c.name, marks.c.cohort, marks.c.location)
    return [
        LastResult(
            monitor=row.monitor,
            name=row.name,
            app=row.app,
            environment=row.environment,
            cohort=row.cohort or None,
            location=row.location,
            run_id=row.run_id,
            status=RunStatus(row.status),
            started_at=row.started_at,
            finished_at=row.finished_at,
            scheduled_at=row.scheduled_at,
            needs_confirmation=row.needs_confirmation,
            unconfirmed_run_id=row.failures[-1].run_id if row.needs_confirmation and row.failures else None,
            has_failed=bool(row.failures) and row.failures[-1].cause is not Cause.BUDGET,
        )
        for row in connection.execute(wanted)
    ]


def _extend(before: tuple[FailedRun, ...], result: RunResult, *, is_slow_wrong: bool) -> tuple[FailedRun, ...]:
    """Passed and degraded end the chain, failed extends it, aborted and skipped leave it unchanged. If slow counts as
    wrong, degraded runs have a separate chain."""
    if result.status is RunStatus.DEGRADED and is_slow_wrong:
        before = tuple(one for one in before if one.cause is Cause.BUDGET)
    elif result.status in (RunStatus.PASSED, RunStatus.DEGRADED):
        return ()
    elif result.status is RunStatus.FAILED:
        before = tuple(one for one in before if one.cause is not Cause.BUDGET)
    else:
        return before
    return (*before, remember_failure(result)) if len(before) < _MOST_FAILURES else before


def _key(result: RunResult) -> dict[str, str]:
    return {
        "of_app": result.app,
        "of_environment": result.environment,
        "of_monitor": result.monitor,
        "of_name": result.name,
        "of_cohort": result.cohort or "",
        "of_location": result.location,
    }
