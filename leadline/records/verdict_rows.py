"""The rows of verdicts: appended, never changed. verdicts.py decides which verdicts get a row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from leadline.model import RecordedVerdict, Verdict
from leadline.records.guard_tables import verdicts

__all__ = ["insert_verdict", "list_verdicts", "read_last_verdict", "read_verdicts"]


def insert_verdict(connection: Connection, recorded: RecordedVerdict) -> None:
    """The caller notes the change in the feed."""
    verdict = recorded.verdict
    connection.execute(
        insert(verdicts).values(
            verdict_id=recorded.verdict_id,
            app=verdict.app,
            environment=recorded.environment,
            service_version=verdict.canary,
            baseline_version=verdict.baseline,
            stage=verdict.stage,
            verdict=verdict.verdict,
            decided_at=verdict.decided_at,
            said=verdict,
        )
    )


def read_last_verdict(connection: Connection, verdict: Verdict) -> RecordedVerdict | None:
    """The newest of the same canary."""
    is_same = (verdicts.c.app == verdict.app) & (verdicts.c.service_version == verdict.canary)
    newest = select(verdicts).where(is_same).order_by(verdicts.c.verdict_id.desc()).limit(1)
    row = connection.execute(newest).first()
    return None if row is None else _as_recorded(row)


def list_verdicts(connection: Connection, *, app: str | None, limit: int) -> list[RecordedVerdict]:
    """The newest first."""
    wanted = select(verdicts).order_by(verdicts.c.verdict_id.desc())
    if app is not None:
        wanted = wanted.where(verdicts.c.app == app)
    return [_as_recorded(row) for row in connection.execute(wanted.limit(limit))]


def read_verdicts(connection: Connection, verdict_ids: Sequence[str]) -> dict[str, RecordedVerdict]:
    found = connection.execute(select(verdicts).where(verdicts.c.verdict_id.in_(verdict_ids)))
    return {row.verdict_id: _as_recorded(row) for row in found}


def _as_recorded(row: Row[Any]) -> RecordedVerdict:
    return RecordedVerdict(verdict_id=row.verdict_id, environment=row.environment, verdict=row.said)
