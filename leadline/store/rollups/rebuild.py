"""Rebuilds the rollups from the stored beacons, in one transaction, one part of the sessions after the other.

For a store without rollups (written by an earlier version), or to check them: the result is the same as the current
ones. It reads all beacons twice for each part.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import datetime

import duckdb

from leadline.store.database import Store
from leadline.store.rollups.folds import move_folds
from leadline.store.rollups.journeys import write_due_steps
from leadline.store.rollups.passes import PASS_BEACONS, RECORDS_FEED, RolledFile, pass_gate
from leadline.store.rollups.steps import ADDING, Transaction, run

# The larger a part, the fewer rows it appends; what does not fit in memory goes to disk.
PART_BEACONS = 1_000_000
Tell = Callable[[int, int], None]


def rebuild(store: Store, now: datetime, *, part_beacons: int = PART_BEACONS, tell: Tell | None = None) -> None:
    """Replaces what stands, but for days that lost raw rows to retention; calls `tell(done, parts)` after each part.

    Raises GateLost where a pass came between.
    """
    with closing(store.cursor()) as cursor:
        run(cursor, "seed", feed=RECORDS_FEED)
        with Transaction(cursor):
            files = _all_files(cursor)
            if _has_retired(cursor):  # what waits is of days that stay, too: a pass adds it to them
                files = [RolledFile(file.name, file.rolled, file.rolled) for file in files]
            pass_gate(cursor, files, now)
            run(cursor, "rebuild")
            move_folds(cursor, now)
            parts = _prepare(cursor, part_beacons)
            for part in range(parts):
                run(cursor, "gather_part", part=part, parts=parts)
                for step in ADDING:
                    run(cursor, step)
                if tell is not None:
                    tell(part + 1, parts)
            run(cursor, "steps_anew")
            write_due_steps(cursor, now)


def needs_building(store: Store) -> bool:
    """Whether many beacons are kept and none was ever rolled up: those are better built at once than passed over.

    Or whether a new version sums what an earlier one did not.
    """
    with closing(store.cursor()) as cursor:
        if cursor.execute("SELECT 1 FROM rollups.rebuild_due LIMIT 1").fetchone() is not None:
            return True
        (is_rolled,) = cursor.execute("SELECT count(*) > 0 FROM rollups.progress WHERE upto > 0").fetchone() or (True,)
        (beacons,) = cursor.execute("SELECT count(*) FROM facts.beacons").fetchone() or (0,)
        return not is_rolled and beacons > PASS_BEACONS


def _all_files(cursor: duckdb.DuckDBPyConnection) -> list[RolledFile]:
    found = cursor.execute(
        "SELECT l.file, r.upto, l.upto FROM facts.load_progress AS l JOIN rollups.progress AS r ON r.file = l.file"
    ).fetchall()
    return [RolledFile(*one) for one in found]


def _has_retired(cursor: duckdb.DuckDBPyConnection) -> bool:
    return cursor.execute("SELECT 1 FROM rollups.retired LIMIT 1").fetchone() is not None


def _prepare(cursor: duckdb.DuckDBPyConnection, part_beacons: int) -> int:
    """The temporary tables that parts are gathered by; how many parts there are."""
    run(cursor, "files")
    (beacons,) = cursor.execute("SELECT count(*) FROM facts.beacons").fetchone() or (0,)
    parts = max(1, -(-int(beacons) // part_beacons))
    cursor.execute("CREATE OR REPLACE TEMP TABLE mixed (app VARCHAR, page_view_id VARCHAR, session_id VARCHAR)")
    for part in range(parts):
        run(cursor, "mixed", part=part, parts=parts)
    return parts
