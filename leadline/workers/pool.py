"""The pool: runs one journey per worker and any number of checks at once, and always returns a result for each.

A fault of ours (a browser or a worker that died) is tried once more on a fresh worker before it is given back as
aborted; a run that went over its deadline is not.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from pathlib import Path

from leadline import clock
from leadline.model.monitors import JourneySpec
from leadline.model.runs import RunResult
from leadline.model.worker_messages import CheckAsked, CleanupAsked, JourneyProblem, RunAsked
from leadline.workers.check_worker import CheckWorker
from leadline.workers.errands import clean_up, discover_journeys
from leadline.workers.journey_worker import JourneyWorker, StepListener
from leadline.workers.ledger import CleanupLedger, NoLedger
from leadline.workers.scratch import sweep_scratch

# A worker that ends sends the last beacons (1 s) and closes its browser.
_CLOSE_GRACE_S = 4.0

_log = logging.getLogger("leadline.workers")


class WorkerPool:
    """`start`, then any number of `run` and `check` at once, then `close`. `discover` and `clean_up` need no start."""

    def __init__(
        self,
        *,
        size: int,
        import_folder: Path,
        evidence_folder: Path,
        on_fault: Callable[[str], None] | None = None,
        ledger: CleanupLedger | None = None,
    ) -> None:
        self._import_folder = import_folder
        self._evidence_folder = evidence_folder
        self._told_of_fault = on_fault
        self._ledger = ledger or NoLedger()
        self._faults = 0
        self._busy = 0
        self._is_quiet = asyncio.Event()
        self._is_quiet.set()
        self._all = [self._make_worker() for _ in range(size)]
        self._cleaning: set[asyncio.Task[None]] = set()
        # The worker that was used last is used next: fewer warm browsers when there is little to do.
        self._idle: asyncio.LifoQueue[JourneyWorker] = asyncio.LifoQueue()
        self._checks = CheckWorker(on_fault=self._count_fault)

    @property
    def workers(self) -> int:
        return len(self._all)

    @property
    def busy(self) -> int:
        """How many journeys are running."""
        return self._busy

    @property
    def faults(self) -> int:
        """How often Leadline failed since the start: workers that died or were killed, browsers that crashed."""
        return self._faults

    async def start(self) -> None:
        """Have every worker warm. BrowserMissing or ProbeFault, with nothing left running, where that can't be."""
        sweeping = asyncio.to_thread(sweep_scratch)
        outcomes = await asyncio.gather(sweeping, *(worker.warm() for worker in self._all), return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                await self.close(grace_s=0)
                raise outcome
        for worker in self._all:
            self._idle.put_nowait(worker)

    async def grow(self, size: int) -> None:
        """Have `size` workers, all of them warm, where there are fewer. BrowserMissing or ProbeFault, and no more than
        before, where that can't be."""
        more = [self._make_worker() for _ in range(size - len(self._all))]
        outcomes = await asyncio.gather(*(worker.warm() for worker in more), return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                await asyncio.gather(*(worker.close(grace_s=0) for worker in more))
                raise outcome
        self._all += more
        for worker in more:
            self._idle.put_nowait(worker)

    async def close(self, *, grace_s: float = 5.0) -> None:
        """Gives runs `grace_s` to end, then kills them: those become aborted (scheduler_stopped)."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace_s):
                await self._is_quiet.wait()
        if self._busy:
            await asyncio.gather(*(worker.kill() for worker in self._all))
        await self._settle_cleanups(grace_s=grace_s)
        await asyncio.gather(
            *(worker.close(grace_s=_CLOSE_GRACE_S) for worker in self._all), self._checks.close(grace_s=1.0)
        )

    async def discover(self, paths: Sequence[Path]) -> tuple[list[JourneySpec], list[JourneyProblem]]:
        """The journeys in these files and folders, and one problem for each thing that is wrong."""
        return await discover_journeys(paths, self._import_folder)

    async def run(
        self,
        asked: RunAsked,
        *,
        on_start: Callable[[datetime], Awaitable[None]] | None = None,
        on_step: StepListener | None = None,
    ) -> RunResult:
        """Run one journey once, when a worker is free. `on_start` is awaited when one takes it, before it begins,
        and again where it is tried once more on a fresh browser.

        Never raises because of a run: a dead worker, a deadline, a crashed browser are *aborted*.
        """
        worker = await self._idle.get()
        self._busy += 1
        self._is_quiet.clear()
        try:
            if on_start is not None:
                await on_start(clock.now())
            result, may_be_tried_again = await worker.run(asked, on_step)
            if may_be_tried_again:
                if on_start is not None:
                    await on_start(clock.now())
                result, _ = await worker.run(asked, on_step)
            return result
        finally:
            self._busy -= 1
            if not self._busy:
                self._is_quiet.set()
            self._idle.put_nowait(worker)

    async def check(self, asked: CheckAsked) -> RunResult:
        """Makes one HTTP check at once. Never raises because of the site."""
        return await self._checks.check(asked)

    async def clean_up(self, *, cleanup_id: str, function: str, arguments: bytes) -> str | None:
        """Does a cleanup of a dead run, and updates the ledger; returns the error, or None."""
        error = await clean_up(
            cleanup_id=cleanup_id, function=function, arguments=arguments, import_folder=self._import_folder
        )
        await self._ledger.done(cleanup_id, error)
        return error

    def _make_worker(self) -> JourneyWorker:
        return JourneyWorker(ledger=self._ledger, on_fault=self._count_fault, on_left=self._clean_up_soon)

    def _clean_up_soon(self, left: Sequence[CleanupAsked]) -> None:
        """Does the cleanups of a killed run at once, in other processes, one after another."""
        task = asyncio.create_task(self._clean_up_in_order(left))
        self._cleaning.add(task)
        task.add_done_callback(self._cleaning.discard)

    async def _clean_up_in_order(self, left: Sequence[CleanupAsked]) -> None:
        for one in left:
            await self.clean_up(cleanup_id=one.cleanup_id, function=one.function, arguments=one.arguments)

    async def _settle_cleanups(self, *, grace_s: float) -> None:
        """Waits for them; unfinished ones stay in the ledger."""
        if self._cleaning:
            _, late = await asyncio.wait(self._cleaning, timeout=grace_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _count_fault(self, text: str) -> None:
        self._faults += 1
        _log.warning("%s", text)
        if self._told_of_fault is not None:
            self._told_of_fault(text)
