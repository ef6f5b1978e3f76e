"""Results that the records refuse (a full disk): kept in memory, in order, and written once they can be.

Bounded and counted: what does not fit is lost, and said so. Nothing is judged before it is written, so an outage within
a full disk opens its incident afterwards, with the times at which it was seen. Refuses to outlive the process.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable

from leadline.errors import StorageUnavailable
from leadline.incidents import Judgement
from leadline.model import RunResult
from leadline_scheduler.monitors import Monitor
from leadline_scheduler.records_thread import RecordsThread

log = logging.getLogger(__name__)

# A result takes some kB. A hundred monitors, twice a minute: an hour and a half.
MOST_KEPT = 20_000
TRY_EVERY_S = 1.0
# More than nothing, so that the refusal counts for the emergency page (records_thread.py).
_TRY_S = 0.01

Commit = Callable[[], Judgement]


class KeptResults:
    """`keep` what was refused; `run` writes it until it is cancelled. `on_written` hears of each."""

    def __init__(self, thread: RecordsThread, on_written: Callable[[Monitor, RunResult, Judgement], None]) -> None:
        self._thread = thread
        self._on_written = on_written
        self._kept: deque[tuple[Monitor, RunResult, Commit]] = deque()
        self._wake = asyncio.Event()

    @property
    def is_waiting(self) -> bool:
        """Whether anything waits: what comes now waits behind it."""
        return bool(self._kept)

    def keep(self, monitor: Monitor, result: RunResult, commit: Commit) -> None:
        """Takes a result that can't be written now. Where there is no room, the oldest is lost."""
        if len(self._kept) == MOST_KEPT:
            self._kept.popleft()
            self._thread.lost += 1
        self._kept.append((monitor, result, commit))
        self._thread.kept = len(self._kept)
        self._wake.set()

    async def run(self) -> None:
        while True:
            await self._wake.wait()
            if await self.write():
                self._wake.clear()
            else:
                await asyncio.sleep(TRY_EVERY_S)

    async def write(self) -> bool:
        """Writes what waits, the oldest first; whether nothing waits any more."""
        count = 0
        while self._kept:
            monitor, result, commit = self._kept[0]
            try:
                judgement = await self._thread.do(commit, patience_s=_TRY_S)
            except StorageUnavailable:
                return False
            except Exception:
                log.exception("the result %s of %s can't be kept: our own fault", result.run_id, monitor.key)
                self._drop(result)
                continue
            self._drop(result)
            count += 1
            self._on_written(monitor, result, judgement)
        if count:
            log.warning("%d results that the records had refused are written; %d were lost", count, self._thread.lost)
            self._thread.lost = 0
        return True

    def _drop(self, result: RunResult) -> None:
        """The first, unless it was lost for want of room while it was written."""
        if self._kept and self._kept[0][1] is result:
            self._kept.popleft()
        self._thread.kept = len(self._kept)
