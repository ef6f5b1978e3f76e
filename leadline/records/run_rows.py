"""Runs with their steps, KPIs and evidence, to rows and back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, bindparam, insert, select, update

from leadline.incidents import Judgement
from leadline.model import (
    Cause,
    Evidence,
    Kpi,
    RunContext,
    RunResult,
    RunSource,
    RunStatus,
    RunTiming,
    StartedRun,
    StepResult,
    StepStatus,
    Subject,
)
from leadline.records.tables import evidence, kpis, runs, steps

__all__ = [
    "context_of",
    "find_unfinished_runs",
    "insert_started",
    "read_run_row",
    "read_run_starts",
    "read_runs",
    "read_runs_by_id",
    "read_runs_in_order",
    "write_judgement",
    "write_result",
]

_CONTEXT_COLUMNS = [known.name for known in fields(RunContext)]
_PARTS = {"steps": steps, "kpis": kpis, "evidence": evidence}
# SQLite accepts at most 32,766 values in a statement (sqlite.org/limits.html); PostgreSQL as many.
_IDS_AT_ONCE = 10_000
_RESULT_COLUMNS = [column.name for column in runs.c if column.name in RunResult.__dataclass_fields__]
# Made once: building a statement costs as much as running it.
_RUN_ROW = select(runs).where(runs.c.run_id == bindparam("wanted_run_id"))
_UPDATE_RUN = update(runs).where(runs.c.run_id == bindparam("wanted_run_id"))


def insert_started(connection: Connection, started: StartedRun) -> None:
    """A row without a status. Does nothing if the run is known already."""
    if read_run_row(connection, started.run_id) is None:
        connection.execute(insert(runs).values(**asdict(started)))


def read_run_row(connection: Connection, run_id: str) -> Row[Any] | None:
    """The run's own row, started or finished."""
    return connection.execute(_RUN_ROW, {"wanted_run_id": run_id}).first()


def write_result(connection: Connection, result: RunResult, *, is_started: bool) -> None:
    """The run's row and its parts; `is_started`: there is a row already."""
    values = {name: getattr(result, name) for name in _RESULT_COLUMNS} | _timing_columns(result.timing)
    if is_started:
        connection.execute(_UPDATE_RUN, values | {"wanted_run_id": result.run_id})
    else:
        connection.execute(insert(runs), values)
    for name, table in _PARTS.items():
        parts = [
            {"run_id": result.run_id, "ordinal": ordinal, **asdict(part)}
            for ordinal, part in enumerate(getattr(result, name))
        ]
        if parts:
            connection.execute(insert(table), parts)


def write_judgement(connection: Connection, run_id: str, judgement: Judgement) -> None:
    """Stores the judgement, for when the same result is stored again."""
    values = {
        "wanted_run_id": run_id,
        "transition": judgement.transition,
        "incident_id": judgement.incident.incident_id if judgement.incident else None,
        "needs_confirmation": judgement.needs_confirmation,
    }
    connection.execute(_UPDATE_RUN, values)


def find_unfinished_runs(connection: Connection) -> Sequence[Row[Any]]:
    """Rows of runs that a scheduler began and that have no result."""
    wanted = runs.c.status.is_(None) & (runs.c.source == RunSource.PROBE)
    return connection.execute(select(runs).where(wanted).order_by(runs.c.started_at)).all()


def read_runs(connection: Connection, *, name: str | None, app: str | None, limit: int) -> list[RunResult]:
    """Results, the newest first."""
    wanted = select(runs).where(runs.c.status.is_not(None)).order_by(runs.c.started_at.desc()).limit(limit)
    if name is not None:
        wanted = wanted.where(runs.c.name == name)
    if app is not None:
        wanted = wanted.where(runs.c.app == app)
    return read_runs_in_order(connection, connection.execute(wanted).all())


def read_run_starts(connection: Connection, subject: Subject, *, since: datetime) -> list[datetime]:
    """When each run of a journey or check began, the oldest first; also of those that have not ended."""
    has_begun = runs.c.status.is_(None) | (runs.c.status != RunStatus.SKIPPED)
    is_its = (runs.c.monitor == subject.kind) & (runs.c.name == subject.name) & (runs.c.app == subject.app)
    is_ours = (runs.c.environment == subject.environment) & (runs.c.source == RunSource.PROBE)
    wanted = select(runs.c.started_at).where(has_begun & is_its & is_ours & (runs.c.started_at > since))
    return list(connection.execute(wanted.order_by(runs.c.started_at)).scalars())


def read_runs_by_id(connection: Connection, run_ids: Sequence[str]) -> dict[str, RunResult]:
    """The results among these; a run that has none yet is left out."""
    found: dict[str, RunResult] = {}
    for start in range(0, len(run_ids), _IDS_AT_ONCE):
        ids = run_ids[start : start + _IDS_AT_ONCE]
        rows = connection.execute(select(runs).where(runs.c.run_id.in_(ids), runs.c.status.is_not(None))).all()
        found.update({run.run_id: run for run in read_runs_in_order(connection, rows)})
    return found


def read_runs_in_order(connection: Connection, rows: Sequence[Row[Any]]) -> list[RunResult]:
    """The rows as results, with their parts read in one go."""
    ids = [row.run_id for row in rows]
    parts = {name: _read_parts(connection, table, ids) for name, table in _PARTS.items()}
    return [_as_result(row, {name: tuple(found[row.run_id]) for name, found in parts.items()}) for row in rows]


def _read_parts(connection: Connection, table: Table, run_ids: Sequence[str]) -> dict[str, list[Any]]:
    parts: dict[str, list[Any]] = defaultdict(list)
    for start in range(0, len(run_ids), _IDS_AT_ONCE):
        ids = run_ids[start : start + _IDS_AT_ONCE]
        wanted = select(table).where(table.c.run_id.in_(ids)).order_by(table.c.run_id, table.c.ordinal)
        for row in connection.execute(wanted):
            parts[row.run_id].append(_MAKERS[table.name](row))
    return parts


def context_of(row: Row[Any]) -> RunContext:
    """What was known about the run before it began; columns have the names of the fields."""
    known = {name: getattr(row, name) for name in _CONTEXT_COLUMNS}
    return RunContext(**known | {"source": RunSource(row.source)})


def _as_result(row: Row[Any], parts: dict[str, Any]) -> RunResult:
    return RunResult(
        **context_of(row).facts(),
        status=RunStatus(row.status),
        started_at=row.started_at,
        finished_at=row.finished_at,
        duration_ms=row.duration_ms,
        cause=Cause(row.cause) if row.cause else None,
        error_message=row.error_message,
        failed_step=row.failed_step,
        service_version=row.service_version,
        status_code=row.status_code,
        trace_id=row.trace_id,
        findings=row.findings,
        timing=_as_timing(row),
        **parts,
    )


def _timing_columns(timing: RunTiming | None) -> dict[str, float | None]:
    return {} if timing is None else asdict(timing)


def _as_timing(row: Row[Any]) -> RunTiming | None:
    """None for a run that was not timed part by part."""
    parts = {part.name: getattr(row, part.name) for part in fields(RunTiming)}
    return None if all(part is None for part in parts.values()) else RunTiming(**parts)


def _as_step(row: Row[Any]) -> StepResult:
    return StepResult(
        step=row.step,
        status=StepStatus(row.status),
        started_at=row.started_at,
        duration_ms=row.duration_ms,
        budget_ms=row.budget_ms,
        service_version=row.service_version,
        error_message=row.error_message,
    )


def _as_kpi(row: Row[Any]) -> Kpi:
    return Kpi(
        name=row.name,
        value=row.value,
        step=row.step,
        service_version=row.service_version,
        is_within_bounds=row.is_within_bounds,
    )


def _as_evidence(row: Row[Any]) -> Evidence:
    return Evidence(kind=row.kind, path=row.path, size_bytes=row.size_bytes)


_MAKERS = {"steps": _as_step, "kpis": _as_kpi, "evidence": _as_evidence}
