"""The clock for leases and plans, kept steady while people set the wall clock (watchdog.SteadyClock).

If the wall clock was set forward, now or between two starts, planned times move along: no escalation is due
earlier because of it.
"""

from __future__ import annotations

import logging
from datetime import datetime

from leadline import clock
from leadline.errors import StorageUnavailable
from leadline.records import Records
from leadline_scheduler.records_thread import RecordsThread
from leadline_scheduler.watchdog import SteadyClock

log = logging.getLogger(__name__)


class PlannedTimes:
    """`now` is safe on any thread."""

    def __init__(self, steady: SteadyClock, *, records: Records, thread: RecordsThread) -> None:
        self._steady = steady
        self._records = records
        self._thread = thread

    def now(self) -> datetime:
        return self._steady.read(wall=clock.now(), boot_s=clock.boot_s())

    async def follow_clock(self) -> None:
        """Call it once a second, and before the first claim. Never raises for full or busy records: the next call
        tries again."""
        self.now()
        if not self._steady.step:
            return
        try:
            await self._thread.do(self._move)
        except StorageUnavailable as error:
            log.error("planned pages can't be moved along with the clock: %s", error.message)

    def _move(self) -> None:
        """Runs on the records' thread, so that no claim comes between the move and the change of the clock."""
        before, step = self.now(), self._steady.step
        moved = self._records.move_plans(by=step, now=before)
        self._steady.follow(step)
        log.warning("the clock was set forward by %.1f s: %d planned pages were moved", step.total_seconds(), moved)
