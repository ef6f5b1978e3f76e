"""Retention: removes rows of the store by class, whole UTC days at a time.

Raw rows are removed only once they are in the rollups, so that figures stay. New data uses the freed space.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Literal

import duckdb

from leadline.store.database import Store

RetentionClass = Literal["raw", "rollups", "records"]
_ROLLED = (
    "(log_file = 'import-again' OR EXISTS "
    "(SELECT 1 FROM rollups.progress AS p WHERE p.file = log_file AND p.upto >= log_position))"
)
_OF_RUNS = "run_id IN (SELECT run_id FROM facts.runs WHERE finished_at < $before)"
_ENDED = "incident_id IN (SELECT incident_id FROM facts.incidents WHERE resolved_at < $before)"


@dataclass(frozen=True, slots=True)
class KeptTable:
    """`time` is the column of a row's age; `goes` is the condition for removal."""

    name: str
    kept: RetentionClass
    time: str
    goes: str


# Steps, KPIs and notifications before the rows they belong to.
KEPT: tuple[KeptTable, ...] = (
    *(
        KeptTable(f"facts.{t}", "raw", "received_at", f"received_at < $before AND {_ROLLED}")
        for t in ("errors", "events")
    ),
    KeptTable("facts.requests", "raw", "received_at", f"received_at < $before AND {_ROLLED}"),
    KeptTable("facts.beacons", "raw", "received_at", f"received_at < $before AND {_ROLLED}"),
    *(
        KeptTable(f"rollups.{t}", "rollups", "starts_at", "starts_at < $before")
        for t in ("minutes", "hours", "chart_hours", "days", "dimension_hours", "dimension_days")
    ),
    KeptTable("rollups.retired", "rollups", "day::TIMESTAMP", "day < $before"),
    # As long as the runs that they are added up from.
    *(KeptTable(f"rollups.{t}", "records", "starts_at", "starts_at < $before") for t in ("step_hours", "step_days")),
    KeptTable("facts.steps", "records", "started_at", _OF_RUNS),
    KeptTable("facts.run_kpis", "records", "", _OF_RUNS),
    KeptTable("facts.runs", "records", "finished_at", "finished_at < $before"),
    KeptTable("facts.notifications", "records", "created_at", _ENDED),
    KeptTable("facts.incidents", "records", "since", "resolved_at < $before"),
    KeptTable("facts.verdicts", "records", "decided_at", "decided_at < $before"),
    KeptTable("facts.actions", "records", "requested_at", "requested_at < $before"),
    KeptTable("facts.flag_changes", "records", "changed_at", "changed_at < $before"),
    KeptTable("facts.load_reports", "records", "reported_at", "reported_at < $before"),
    KeptTable("facts.quarantine", "records", "quarantined_at", "quarantined_at < $before"),
)


@dataclass(frozen=True, slots=True)
class Aged:
    """One table: its rows, the oldest, its size on disk, and how many rows are due."""

    table: str
    kept: RetentionClass
    rows: int
    oldest_at: datetime | None
    size_bytes: int
    expired: int


def begins_of_kept(now: datetime, kept_s: float) -> datetime:
    """The midnight (UTC) before which rows are removed: a partly kept day is kept as a whole."""
    day = (now - timedelta(seconds=kept_s)).astimezone(UTC).date()
    return datetime.combine(day, time.min, UTC)


def list_aged(store: Store, before: dict[RetentionClass, datetime]) -> Iterator[Aged]:
    """Lists without removing anything."""
    cursor = store.cursor()
    try:
        for table in KEPT:
            oldest = f"min({table.time})" if table.time else "NULL"
            row = cursor.execute(
                f"SELECT count(*), {oldest}, count(*) FILTER ({table.goes}) FROM {table.name}",
                {"before": _naive(before[table.kept])},
            ).fetchone()
            rows, first, expired = row if row is not None else (0, None, 0)
            at = first.replace(tzinfo=UTC) if first is not None else None
            yield Aged(table.name, table.kept, rows, at, _size_of(cursor, table.name), expired)
    finally:
        cursor.close()


def count_by_app(store: Store) -> list[tuple[str, int]]:
    """Beacons of each app, the most first: by what share an app fills the store."""
    cursor = store.cursor()
    try:
        found = cursor.execute("SELECT app, count(*) FROM facts.beacons GROUP BY ALL ORDER BY ALL DESC").fetchall()
        return sorted(((str(app), int(rows)) for app, rows in found), key=lambda one: -one[1])
    finally:
        cursor.close()


def remove_expired(store: Store, before: dict[RetentionClass, datetime]) -> dict[str, int]:
    """Rows removed per table, those without any left out. One transaction per table: after a kill, the rest is removed
    next time.
    """
    cursor = store.cursor()
    removed: dict[str, int] = {}
    try:
        _retire(cursor, _naive(before["raw"]))
        for table in KEPT:
            sql = f"DELETE FROM {table.name} WHERE {table.goes}"
            row = cursor.execute(sql, {"before": _naive(before[table.kept])}).fetchone()
            if row is not None and row[0]:
                removed[table.name] = int(row[0])
        if removed:
            _give_back(cursor)
        return removed
    finally:
        cursor.close()


def _retire(cursor: duckdb.DuckDBPyConnection, before: datetime) -> None:
    """Records which days lose raw rows, before they do, so that an import of such a day isn't added to its sums
    again.
    """
    cursor.execute(
        "INSERT INTO rollups.retired BY NAME SELECT app, received_at::DATE AS day FROM facts.beacons "
        f"WHERE received_at < $before AND {_ROLLED} EXCEPT SELECT app, day FROM rollups.retired",
        {"before": before},
    )


def _give_back(cursor: duckdb.DuckDBPyConnection) -> None:
    try:
        cursor.execute("CHECKPOINT")
    except duckdb.TransactionException:  # somebody reads: the next one will do
        return


def _size_of(cursor: duckdb.DuckDBPyConnection, table: str) -> int:
    row = cursor.execute(
        "SELECT count(DISTINCT block_id) FILTER (block_id >= 0) FROM pragma_storage_info($table)", {"table": table}
    ).fetchone()
    return int(row[0]) * 262_144 if row is not None else 0


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)
