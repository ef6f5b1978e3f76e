"""Rebuilds the rollups from the stored beacons, in one transaction, one part of the sessions after the other.

For a store without rollups (written by an earlier version), or to check them: the result is the same as the current
ones. The sessions of a part began in the same hours, so that a part reads little more than its own beacons, and adds
its views to cells that few other parts have: time and rows grow with the beacons, not with their square.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb

from leadline.store.database import Store
from leadline.store.rollups.folds import move_folds
from leadline.store.rollups.journeys import write_due_steps
from leadline.store.rollups.passes import PASS_BEACONS, RECORDS_FEED, RolledFile, pass_gate
from leadline.store.rollups.steps import ADDING, Transaction, read, run

# The larger a part, the fewer rows it appends; what does not fit in memory goes to disk.
PART_BEACONS = 1_000_000
# Views are told apart by a number each, so many more fit.
MIXED_BEACONS = 10_000_000
HOUR = timedelta(hours=1)
Tell = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Part:
    """Sessions that began in a time, or one of several slices of them."""

    began_from: datetime
    began_before: datetime
    slice: int = 0
    slices: int = 1


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
            for done, part in enumerate(parts, start=1):
                run(
                    cursor, "part", began_from=part.began_from, began_before=part.began_before, slice=part.slice,
                    slices=part.slices,
                )  # fmt: skip
                for step in ("gather_part", *ADDING):
                    run(cursor, step)
                if tell is not None:
                    tell(done, len(parts))
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


def _prepare(cursor: duckdb.DuckDBPyConnection, part_beacons: int) -> list[Part]:
    """The temporary tables that parts are gathered by, and the parts."""
    run(cursor, "files")
    (beacons,) = cursor.execute("SELECT count(*) FROM facts.beacons").fetchone() or (0,)
    parts = max(1, -(-int(beacons) // MIXED_BEACONS))
    cursor.execute("CREATE OR REPLACE TEMP TABLE mixed (app VARCHAR, page_view_id VARCHAR, session_id VARCHAR)")
    for part in range(parts):
        run(cursor, "mixed", part=part, parts=parts)
    run(cursor, "began")
    return cut(cursor.execute(read("began_by_hour")).fetchall(), part_beacons)


def cut(hours: list[tuple[datetime, int]], part_beacons: int) -> list[Part]:
    """Parts of whole hours (given in order, with their beacons) while they have room; a fuller hour is cut by itself.

    >>> [first, second] = cut([(datetime(2026, 11, 1, 10), 6), (datetime(2026, 11, 1, 14), 5)], 10)
    >>> first.began_before == second.began_from == datetime(2026, 11, 1, 14)
    True
    """
    parts: list[Part] = []
    held = 0
    for hour, beacons in hours:
        if parts and held + beacons <= part_beacons:
            parts[-1] = Part(parts[-1].began_from, hour + HOUR)
            held += beacons
            continue
        if parts and parts[-1].slices == 1:
            parts[-1] = Part(parts[-1].began_from, hour)
        slices = max(1, -(-beacons // part_beacons))
        parts += [Part(hour, hour + HOUR, slice_, slices) for slice_ in range(slices)]
        held = part_beacons if slices > 1 else beacons
    return parts
