"""Sums loaded beacons, in passes: changes by new beacons are appended to the rollups as differences, exactly once.

A pass takes all of each session with new beacons: its sum now, minus its sum
before, is the difference. So late beacons, replaced sections and continuing sessions need no special code, and
passes of any size give the same sums (docs/decisions/0014-rollups.md). All sums are of whole numbers.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb

from leadline.clock import monotonic_s
from leadline.store.database import Store
from leadline.store.gate import GateLost
from leadline.store.rollups.folds import compact_if_due, fold_if_due
from leadline.store.rollups.journeys import roll_steps
from leadline.store.rollups.steps import ADDING, Transaction, read, run

# A pass holds what its sessions have in memory: some 2 kB a beacon.
PASS_BEACONS = 200_000
# A pass looks through all beacons for its sessions. It may take a tenth of the time, and follows no sooner than this.
SHARE_OF_TIME = 0.1
SOONEST_S = 2.0
# So many waiting beacons are rolled up at once, whatever the last pass cost: who catches up makes full passes.
FULL = 100_000
# The records' change feed has a position like a log file, and no beacons.
RECORDS_FEED = "records"


@dataclass(frozen=True, slots=True)
class Rolled:
    """The result of a pass: positions of log files that it processed, and whether more are waiting."""

    positions: int = 0
    is_behind: bool = False


@dataclass(frozen=True, slots=True)
class RolledFile:
    """A log file that a pass moves over: after `rolled`, up to and including `upto`."""

    name: str
    rolled: int
    upto: int


class Roller:
    """For one thread, parallel to the loader or after it. It keeps no position: each pass reads it, and passes a
    gate.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._next_s = 0.0

    def roll_if_due(self, now: datetime) -> Rolled:
        """A pass and what is due of folding, unless the last pass was too short ago for what it cost."""
        began_s = monotonic_s()
        if began_s < self._next_s and self._waiting() < FULL:
            return Rolled()
        rolled = self.roll(now)
        ended_s = monotonic_s()
        if not rolled.is_behind:
            self._next_s = ended_s + max(SOONEST_S, (ended_s - began_s) / SHARE_OF_TIME)
            self.fold(now)
        return rolled

    def roll_all(self, now: datetime) -> None:
        """Passes until nothing is waiting, then folds."""
        while self.roll(now).is_behind:
            pass
        roll_steps(self._store, now)
        self.fold(now)

    def roll(self, now: datetime, *, limit: int = PASS_BEACONS) -> Rolled:
        """One pass over at most `limit` positions. Raises GateLost, duckdb.Error; then nothing was added."""
        with closing(self._store.cursor()) as cursor:
            run(cursor, "seed", feed=RECORDS_FEED)
            with Transaction(cursor):
                files, is_behind = _choose(cursor, limit)
                if files:
                    pass_gate(cursor, files, now)
                    _gather(cursor, files)
                    for step in ADDING:
                        run(cursor, step)
        return Rolled(sum(file.upto - file.rolled for file in files), is_behind)

    def fold(self, now: datetime) -> None:
        """Sums up complete hours and days, where there are new ones."""
        with closing(self._store.cursor()) as cursor:
            compact_if_due(cursor, now)
            fold_if_due(cursor, now)

    def _waiting(self) -> int:
        with closing(self._store.cursor()) as cursor:
            return sum(upto - rolled for _, rolled, upto in cursor.execute(read("waiting")).fetchall())


def _choose(cursor: duckdb.DuckDBPyConnection, limit: int) -> tuple[list[RolledFile], bool]:
    """Files with something new, as far as the limit reaches, and whether more is waiting."""
    chosen: list[RolledFile] = []
    room = limit
    for name, rolled, upto in cursor.execute(read("waiting")).fetchall():
        if room <= 0:
            return chosen, True
        taken = min(upto, rolled + room)
        chosen.append(RolledFile(name, rolled, taken))
        room -= taken - rolled
        if taken < upto:
            return chosen, True
    return chosen, False


def pass_gate(cursor: duckdb.DuckDBPyConnection, files: list[RolledFile], now: datetime) -> None:
    """First statements of a pass. Raises GateLost where a file is no longer where this pass found it."""
    at = now.astimezone(UTC).replace(tzinfo=None)
    for file in files:
        moved = {"file": file.name, "after": file.rolled, "upto": file.upto, "now": at}
        answer = cursor.execute(
            "UPDATE rollups.progress SET upto = $upto, rolled_at = $now WHERE file = $file AND upto = $after", moved
        ).fetchone()
        if answer is None or answer[0] != 1:
            raise GateLost(f"the rollups of {file.name} are no longer at {file.rolled}")


def _gather(cursor: duckdb.DuckDBPyConnection, files: list[RolledFile]) -> None:
    """All beacons of the sessions of which a beacon is new."""
    run(cursor, "files")
    cursor.execute("CREATE OR REPLACE TEMP TABLE fresh (app VARCHAR, page_view_id VARCHAR, session_id VARCHAR)")
    for file in files:
        at = {"file": file.name, "rolled": file.rolled, "upto": file.upto}
        cursor.execute("UPDATE files SET rolled = $rolled, upto = $upto WHERE file = $file", at)
        run(cursor, "fresh", **at)
    run(cursor, "01_gather")
    while run(cursor, "02_widen") > 0:
        run(cursor, "01_gather")
