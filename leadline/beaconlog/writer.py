"""Group commit: the event loop appends, a thread commits, and each batch shares one future.

A lone record is committed at once; the pace applies only from the last commit on, so the batch grows with the load.
The thread runs one statement per batch (one release of the GIL) and calls back into the loop once. It never blocks
the loop, never retries a batch (the sender does), and bounds what may wait.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue

from leadline.beaconlog.current import CurrentFile
from leadline.beaconlog.sealing import seal_left_files
from leadline.clock import monotonic_s
from leadline.errors import LogUnavailable

# Halves the number of commits at full load and is invisible to a browser (docs/decisions/0003, "Pace").
PACE_S = 0.002
# After a batch of more than 40 records (20,000 a second) the next waits 5 ms: 1.8 to 1.7 times an empty answer at 128
# connections, and still a fifth of the 25 ms that an answer may take. Not sensitive: 30 to 60 do the same.
LOADED_RECORDS = 40
LOADED_PACES = 2.5
# While more records come in, the batch waits for them, this much longer at most: on a busy machine 19 of 32
# connections and 65 of 128 were in a batch. A batch smaller than the last waits a millisecond for the next record,
# the finest that the loop's timers know; another only for the next turn of the loop. A lone record never waits.
GROWING_PACES = 2.5
NEXT_RECORD_S = 0.001
# 64 MB is 70,000 beacons: seconds at full load, hours at a shop's; a reader's worst re-read stays small.
SEAL_BYTES = 64_000_000
SEAL_AFTER_S = 3600.0
# About 20 MB of records that wait for one commit: a disk that stalls for more than a second or two of full load.
MAX_WAITING = 20_000
TICK_S = 1.0  # also: how often a log that failed is tried again without a beacon
HINT = "nothing to do while the disk heals: the collector answers 503 and goes on by itself"

Committed = LogUnavailable | None
_log = logging.getLogger("leadline.beaconlog")


@dataclass(frozen=True, slots=True)
class Commit:
    """One batch, passed to `observe`: the number of records, the commit's time, and how long the first one waited."""

    records: int
    commit_s: float
    waited_s: float
    error: LogUnavailable | None


class _Batch:
    __slots__ = ("bodies", "committed", "since_s")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.bodies: list[bytes] = []
        self.committed: asyncio.Future[Committed] = loop.create_future()
        self.since_s = 0.0


class LogWriter:
    """The writer of one process. All methods belong to the event loop that called `start`."""

    def __init__(
        self,
        folder: Path,
        *,
        seal_bytes: int = SEAL_BYTES,
        seal_after_s: float = SEAL_AFTER_S,
        pace_s: float = PACE_S,
        max_waiting: int = MAX_WAITING,
        observe: Callable[[Commit], None] | None = None,
    ) -> None:
        self.folder = folder
        self.last_error: LogUnavailable | None = None
        self._seal_bytes = seal_bytes
        self._seal_after_s = seal_after_s
        self._pace_s = pace_s
        self._max_waiting = max_waiting
        self._observe = observe
        self._queue: SimpleQueue[_Batch | None] = SimpleQueue()
        self._current: CurrentFile | None = None
        self._sealers: list[threading.Thread] = []
        self._is_under_way = False
        self._is_closing = False
        self._is_seal_wanted = False
        self._committed_s = float("-inf")
        self._next_pace_s = pace_s
        self._records_seen = 0
        self._records_before = 0
        self._latest_s = 0.0

    async def start(self) -> None:
        """Starts the thread, seals files of dead writers, opens a file. A disk error is reported, not raised."""
        self._loop = asyncio.get_running_loop()
        self._batch = _Batch(self._loop)
        self._ended = asyncio.Event()
        started = asyncio.Event()
        self._thread = threading.Thread(target=self._work, args=(started,), name="beacon-log", daemon=True)
        self._thread.start()
        await started.wait()

    def append(self, body: bytes) -> asyncio.Future[Committed]:
        """The batch's future: None once the record is on disk, LogUnavailable if it is not.

        Raises LogUnavailable at once if too many records wait. Cancelling one waiter cancels the answer for the
        whole batch (so that no answer "on disk" is wrong); the commit goes on.
        """
        batch = self._batch
        bodies = batch.bodies
        if bodies:
            if len(bodies) >= self._max_waiting:
                raise LogUnavailable(f"{len(bodies)} beacons wait for the disk", hint=HINT)
        else:
            batch.since_s = monotonic_s()
        if self._is_closing:
            raise LogUnavailable("the beacon log is closing", hint=HINT)
        bodies.append(body)
        if not self._is_under_way:
            self._is_under_way = True
            self._plan(batch.since_s)
        return batch.committed

    @property
    def waiting(self) -> int:
        """Records whose commit has not begun."""
        return len(self._batch.bodies)

    def seal_soon(self) -> None:
        """Seals the current file within a second if it has records, so that the loader can remove it later."""
        self._is_seal_wanted = True

    async def close(self) -> None:
        """Commits waiting records, seals the file and ends the thread."""
        self._is_closing = True
        self._hand_over()
        self._queue.put(None)
        await self._ended.wait()
        self._thread.join()

    def _plan(self, now_s: float) -> None:
        due_s = max(now_s, self._committed_s + self._next_pace_s)
        self._records_seen = len(self._batch.bodies)
        self._latest_s = due_s + GROWING_PACES * self._pace_s
        if due_s > now_s:
            self._loop.call_later(due_s - now_s, self._hand_over_unless_growing)
        else:  # further records of this turn of the loop join the batch
            self._loop.call_soon(self._hand_over_unless_growing)

    def _hand_over_unless_growing(self) -> None:
        records = len(self._batch.bodies)
        if records > self._records_seen and monotonic_s() < self._latest_s:
            self._records_seen = records
            if records < self._records_before:
                self._loop.call_later(NEXT_RECORD_S, self._hand_over_unless_growing)
            else:
                self._loop.call_soon(self._hand_over_unless_growing)
        else:
            self._hand_over()

    def _hand_over(self) -> None:
        batch = self._batch
        if not batch.bodies:  # `close` has already passed it on
            return
        self._batch = _Batch(self._loop)
        self._records_before = len(batch.bodies)
        self._queue.put(batch)

    def _done(self, batch: _Batch, error: LogUnavailable | None, commit_s: float) -> None:
        now_s = self._committed_s = monotonic_s()
        self._next_pace_s = self._pace_s * (LOADED_PACES if len(batch.bodies) > LOADED_RECORDS else 1)
        self._note(error)
        if not batch.committed.done():
            batch.committed.set_result(error)
        if self._observe is not None:
            self._observe(Commit(len(batch.bodies), commit_s, now_s - batch.since_s, error))
        if self._batch.bodies:
            self._plan(now_s)
        else:
            self._is_under_way = False

    def _note(self, error: LogUnavailable | None) -> None:
        if error is not None and self.last_error is None:
            _log.error("%s", error.message)
        elif error is None and self.last_error is not None:
            _log.warning("the beacon log is written again")
        self.last_error = error

    # From here on: the thread's.

    def _work(self, started: asyncio.Event) -> None:
        try:
            self._serve(started)
        except BaseException:
            # A bug. Without this thread every sender would wait for ever; ending the process loses no acknowledged
            # record.
            _log.critical("the beacon log's thread broke; the process ends", exc_info=True)
            os._exit(LogUnavailable.exit_code)

    def _serve(self, started: asyncio.Event) -> None:
        seal_left_files(self.folder, _log.warning)
        self._tell_opening()
        self._loop.call_soon_threadsafe(started.set)
        while True:
            try:
                batch = self._queue.get(timeout=TICK_S)
            except Empty:
                self._seal_if_due()
                self._prove_if_failing()
                continue
            if batch is None:
                break
            begun_s = monotonic_s()
            error = self._commit(batch.bodies)
            self._loop.call_soon_threadsafe(self._done, batch, error, monotonic_s() - begun_s)
            self._seal_if_due()
        self._seal_current()
        for sealer in self._sealers:
            sealer.join()
        self._loop.call_soon_threadsafe(self._ended.set)

    def _tell_opening(self) -> None:
        try:
            self._open()
        except (sqlite3.Error, OSError) as error:
            told = LogUnavailable(f"the beacon log can't be opened: {error}", hint=HINT)
            self._loop.call_soon_threadsafe(self._note, told)

    def _prove_if_failing(self) -> None:
        """Recovers without a beacon: nobody may send to a collector that is not ready."""
        if self.last_error is None:
            return
        try:
            self._open().prove()
        except (sqlite3.Error, OSError) as error:
            self._set_aside(error)
        else:
            self._loop.call_soon_threadsafe(self._note, None)

    def _open(self) -> CurrentFile:
        if self._current is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._current = CurrentFile(self.folder)
        return self._current

    def _commit(self, bodies: list[bytes]) -> LogUnavailable | None:
        try:
            self._open().commit(bodies)
        except (sqlite3.Error, OSError) as error:
            self._set_aside(error)
            return LogUnavailable(f"beacons could not be written: {error}", hint=HINT)
        return None

    def _set_aside(self, error: Exception) -> None:
        """After a full disk the file is still good and is used again; after any other error it is closed."""
        is_full = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
        if self._current is not None and not is_full:
            self._current.abandon()
            self._current = None

    def _seal_if_due(self) -> None:
        current = self._current
        is_wanted, self._is_seal_wanted = self._is_seal_wanted, False
        if current is None or not current.size_bytes:
            return
        is_old = monotonic_s() - current.opened_s >= self._seal_after_s
        if current.size_bytes >= self._seal_bytes or is_old or is_wanted:
            self._seal_current()
            self._tell_opening()

    def _seal_current(self) -> None:
        """In a separate thread: checkpoints and syncs the rest of the WAL, which takes 10 ms."""
        if self._current is None:
            return
        sealer = threading.Thread(target=self._seal, args=(self._current,), name="beacon-log-seal", daemon=True)
        self._current = None
        sealer.start()
        self._sealers = [each for each in self._sealers if each.is_alive()] + [sealer]

    def _seal(self, current: CurrentFile) -> None:
        try:
            current.seal()
        except (sqlite3.Error, OSError) as error:
            _log.warning("%s could not be sealed and will be at the next start: %s", current.name, error)
        seal_left_files(self.folder, _log.warning)
