"""Reduces the rollups: differences of a cell become one row, hours become days, old minutes and dimensions are removed.

No sum changes. Both pass their own gate (the row of rollups.folds), so that it is never done twice.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import duckdb

from leadline.store.gate import GateLost
from leadline.store.rollups.steps import Transaction, run

# Minutes, and hours of dimensions, serve charts of the last two days; before that there are days of them.
FINE_KEPT = timedelta(hours=48)
# An hour (a day) is summed up this long after its end: what comes later is appended to the sums as it comes.
SETTLED_AFTER = timedelta(minutes=30)

_Folds = tuple[datetime, datetime, datetime]


def compact_if_due(cursor: duckdb.DuckDBPyConnection, now: datetime) -> bool:
    """Past hours become one row per cell; returns whether there were any."""
    _, _, upto = _folds(cursor)
    before = _hour(_naive(now) - SETTLED_AFTER)
    if before <= upto:
        return False
    with Transaction(cursor):
        _pass_gate(cursor, "compacted_before", upto, before)
        cursor.execute(
            "CREATE TEMP TABLE compacting AS SELECT $a::TIMESTAMP AS starts_from, $b::TIMESTAMP AS starts_before",
            {"a": upto, "b": before},
        )
        run(cursor, "compact")
    return True


def fold_if_due(cursor: duckdb.DuckDBPyConnection, now: datetime) -> bool:
    """Sums past days, and removes data that is only kept for two days; returns whether there was any."""
    days, dimensions, _ = _folds(cursor)
    days_before, dimensions_before = _due(now)
    if days_before <= days and dimensions_before <= dimensions:
        return False
    with Transaction(cursor):
        _pass_gate(cursor, "days_before", days, max(days, days_before))
        _pass_gate(cursor, "dimensions_before", dimensions, max(dimensions, dimensions_before))
        _fold(cursor, days, max(days, days_before), max(dimensions, dimensions_before))
    return True


def move_folds(cursor: duckdb.DuckDBPyConnection, now: datetime) -> None:
    """Within a rebuild's transaction: what is added from here on goes where a fold as of `now` would put it."""
    days, dimensions, _ = _folds(cursor)
    days_before, dimensions_before = _due(now)
    _pass_gate(cursor, "days_before", days, max(days, days_before))
    _pass_gate(cursor, "dimensions_before", dimensions, max(dimensions, dimensions_before))


def _fold(cursor: duckdb.DuckDBPyConnection, days_from: datetime, days_before: datetime, dimensions: datetime) -> None:
    cursor.execute(
        "CREATE OR REPLACE TEMP TABLE folding AS SELECT $a::TIMESTAMP AS days_from, $b::TIMESTAMP AS days_before, "
        "$c::TIMESTAMP AS dimensions_before",
        {"a": days_from, "b": days_before, "c": dimensions},
    )
    run(cursor, "fold")


def _folds(cursor: duckdb.DuckDBPyConnection) -> _Folds:
    row = cursor.execute("SELECT days_before, dimensions_before, compacted_before FROM rollups.folds").fetchone()
    assert row is not None  # rollups.sql writes it
    return row[0], row[1], row[2]


_GATES = {
    column: f"UPDATE rollups.folds SET {column} = $to WHERE {column} = $from"
    for column in ("days_before", "dimensions_before", "compacted_before")
}


def _pass_gate(cursor: duckdb.DuckDBPyConnection, column: str, after: datetime, upto: datetime) -> None:
    answer = cursor.execute(_GATES[column], {"from": after, "to": upto}).fetchone()
    if answer is None or answer[0] != 1:
        raise GateLost(f"the rollups are no longer folded up to {after}")


def _due(now: datetime) -> tuple[datetime, datetime]:
    """Before when days are over, and before when dimensions and minutes are only kept as days."""
    return _day(_naive(now) - SETTLED_AFTER), _day(_naive(now) - FINE_KEPT)


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _day(moment: datetime) -> datetime:
    return _hour(moment).replace(hour=0)
