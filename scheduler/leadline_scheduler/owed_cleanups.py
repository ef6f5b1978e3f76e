"""Cleanups left after a crash: done at the start, and tried again with growing pauses if they fail.

While a run lives, its worker does its cleanups, and the pool those of a run it had to kill. The ones here were left
by a dead scheduler, or have failed before; they stay in the ledger, with the error, after the last try.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from leadline.errors import StorageUnavailable
from leadline.records import KeptCleanup, Records
from leadline_scheduler.records_thread import RecordsThread

log = logging.getLogger(__name__)

# All of a crash's cleanups within 60 s of the restart (docs/journeys.md); later tries at 1, 2, 4 ... min.
LOOK_EVERY_S = 30.0
FIRST_PAUSE = timedelta(minutes=1)
MOST_TRIES = 8
# `leadline run` and pytest keep cleanups in this ledger as well, and may be killed. No run takes this long.
LIVES_AT_MOST = timedelta(hours=2)


class CleansUp(Protocol):
    """What is asked of leadline.workers.WorkerPool."""

    async def clean_up(self, *, cleanup_id: str, function: str, arguments: bytes) -> str | None: ...


def is_due(kept: KeptCleanup, *, began_at: datetime, now: datetime) -> bool:
    """Whether to do it now: it was left by a scheduler before `began_at`, or by a command or
    pytest that was killed, or it failed and its pause is over."""
    if kept.tries >= MOST_TRIES:
        return False
    if kept.tries == 0:
        return kept.kept_at < began_at or now - kept.kept_at > LIVES_AT_MOST
    pause = FIRST_PAUSE * int(2**kept.tries - 1)
    return now >= kept.kept_at + pause


def newest_first(owed: list[KeptCleanup]) -> list[KeptCleanup]:
    """Run by run, oldest run first; within a run the newest cleanup first. Ids are in order of time."""
    began = {one.run_id: one.kept_at for one in sorted(owed, key=lambda one: one.kept_at, reverse=True)}
    undone = sorted(owed, key=lambda one: one.cleanup_id, reverse=True)
    return sorted(undone, key=lambda one: (began[one.run_id], one.run_id))


class OwedCleanups:
    """Runs until it is cancelled. One cleanup at a time, to be gentle with production."""

    def __init__(
        self, *, records: Records, thread: RecordsThread, pool: CleansUp, wall: Callable[[], datetime]
    ) -> None:
        self._records = records
        self._thread = thread
        self._pool = pool
        self._wall = wall
        self._began_at = wall()

    async def run(self) -> None:
        while True:
            try:
                await self.settle()
            except StorageUnavailable as error:  # the scheduler goes on: it pages from memory
                log.error("owed cleanups can't be read now: %s", error.message)
            await asyncio.sleep(LOOK_EVERY_S)

    async def settle(self) -> int:
        """Does due cleanups; returns how many were done. The pool writes a failure to the ledger."""
        owed = await self._thread.do(self._records.unfinished_cleanups)
        done = 0
        for kept in newest_first(owed):
            if not is_due(kept, began_at=self._began_at, now=self._wall()):
                continue
            error = await self._pool.clean_up(
                cleanup_id=kept.cleanup_id, function=kept.function, arguments=kept.arguments
            )
            if error is None:
                done += 1
                log.info("cleanup %s of run %s is done", kept.function, kept.run_id)
            else:
                log.error("cleanup %s of run %s failed, try %d: %s", kept.function, kept.run_id, kept.tries + 1, error)
        return done
