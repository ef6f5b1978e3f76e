"""Results that the records can't take (a full disk): kept in memory, in order, and written once possible.

The number is bounded; results that don't fit are lost and counted. A result is judged when it is written, so an outage
during a full disk opens its incident afterwards, with the times of the runs. They stand in a file as well
(kept_file.py), as far as the disk takes it.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable

from leadline.errors import StorageUnavailable
from leadline.incidents import Judgement
from leadline.model import RunResult
from leadline_scheduler.kept_file import KeptFile
from leadline_scheduler.monitors import Monitor
from leadline_scheduler.records_thread import RecordsThread

log = logging.getLogger(__name__)

# A result takes a few kB. A hundred monitors, twice a minute: enough for an hour and a half.
MOST_KEPT = 20_000
TRY_EVERY_S = 1.0
# More than zero, so that the failure counts for the emergency page (records_thread.py).
_TRY_S = 0.01

Commit = Callable[[], Judgement]


class KeptResults:
    """`keep` what was refused; `run` writes it until it is cancelled. `on_written` hears of each whose monitor is
    known."""

    def __init__(
        self, thread: RecordsThread, on_written: Callable[[Monitor, RunResult, Judgement], None], file: KeptFile
    ) -> None:
        self._thread = thread
        self._on_written = on_written
        self._file = file
        self._kept: deque[tuple[Monitor | None, RunResult, Commit]] = deque()
        self._wake = asyncio.Event()

    @property
    def is_waiting(self) -> bool:
        """Whether results wait: new ones must wait behind them."""
        return bool(self._kept)

    def take_up(
        self, find: Callable[[str], Monitor | None], prepare: Callable[[Monitor | None, RunResult], Commit]
    ) -> int:
        """Takes what the last scheduler could not write any more; how many results. `find` has a monitor by its key,
        `prepare` says what writes a result."""
        left = self._file.read()
        for one in left:
            monitor = find(one.monitor)
            self._wait(monitor, one.result, prepare(monitor, one.result))
        self._file.reserve()
        return len(left)

    def keep(self, monitor: Monitor, result: RunResult, commit: Commit) -> None:
        """Keeps a result that can't be written now. If there is no room, the oldest is lost."""
        self._file.add(monitor.key, result)
        self._wait(monitor, result, commit)

    def _wait(self, monitor: Monitor | None, result: RunResult, commit: Commit) -> None:
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
                await asyncio.to_thread(self._file.sync)
                await asyncio.sleep(TRY_EVERY_S)

    async def write(self) -> bool:
        """Writes waiting results, oldest first; returns whether none waits any more."""
        count = 0
        while self._kept:
            monitor, result, commit = self._kept[0]
            try:
                judgement = await self._thread.do(commit, patience_s=_TRY_S)
            except StorageUnavailable:
                return False
            except Exception:
                log.exception("the result %s of %r can't be kept: our own fault", result.run_id, result.name)
                self._drop(result)
                continue
            self._drop(result)
            count += 1
            if monitor is not None:
                self._on_written(monitor, result, judgement)
        self._file.clear()
        if count:
            log.warning("%d results that waited for the records are written; %d were lost", count, self._thread.lost)
            self._thread.lost = 0
        return True

    def _drop(self, result: RunResult) -> None:
        """Removes the first, unless it was lost for lack of room while it was written."""
        if self._kept and self._kept[0][1] is result:
            self._kept.popleft()
        self._thread.kept = len(self._kept)
