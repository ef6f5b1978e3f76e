"""Runs journeys in one warm worker process, which is replaced when it dies, ages, or has to be killed.

It takes one run at a time and always returns a result; the pool decides whether to run it again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec

from leadline import clock
from leadline.errors import LeadlineError
from leadline.model.runs import Cause, RunResult
from leadline.model.worker_messages import (
    Beat,
    CleanupAsked,
    CleanupFinished,
    CleanupKept,
    RunAsked,
    RunFinished,
    StepFinished,
    StepStarted,
)
from leadline.workers.aborted import SILENCE, Progress, abort_run, describe_death
from leadline.workers.ledger import CleanupLedger
from leadline.workers.process import WorkerProcess
from leadline.workers.process_tree import memory_of_tree
from leadline.workers.worker_age import WorkerAge

MODULE = "leadline_probes.worker"

# A worker that does not become ready is tried again after 1, 2, 4 ... 60 s: a machine with problems is not overloaded.
FIRST_BACKOFF_S = 1.0
MOST_BACKOFF_S = 60.0
# The process ends milliseconds after its pipe.
_EXIT_GRACE_S = 1.0
# A worker that is replaced closes its browser in about 0.1 s.
_RECYCLE_GRACE_S = 5.0

StepListener = Callable[[StepStarted | StepFinished], None]


class JourneyWorker:
    """`warm` starts the process, `run` uses it, `close` ends it."""

    def __init__(
        self,
        *,
        ledger: CleanupLedger,
        on_fault: Callable[[str], None],
        on_left: Callable[[Sequence[CleanupAsked]], None],
    ) -> None:
        self._ledger = ledger
        self._on_left = on_left
        self._open_cleanups: dict[str, CleanupAsked] = {}
        self._on_fault = on_fault
        self._process: WorkerProcess | None = None
        self._age = WorkerAge(clock.monotonic_s())
        self._warming: asyncio.Task[WorkerProcess] | None = None
        self._retiring: set[asyncio.Task[None]] = set()
        self._failed_starts = 0
        self._is_closing = False

    async def warm(self) -> None:
        """Makes sure that there is a ready process. BrowserMissing or ProbeFault if that fails."""
        if self._process is None:
            self._begin_warming()
            assert self._warming is not None
            warming = self._warming
            try:
                self._process = await asyncio.shield(warming)
            finally:
                if warming.done():
                    self._warming = None
            self._age = WorkerAge(clock.monotonic_s())

    async def run(self, asked: RunAsked, on_step: StepListener | None) -> tuple[RunResult, bool]:
        """The result, and whether it was our own fault that a fresh worker may not have.

        Cleanups that the run could not do itself are passed to `on_left`, newest first.
        """
        try:
            return await self._run(asked, on_step)
        finally:
            left, self._open_cleanups = self._open_cleanups, {}
            if left:
                self._on_left(list(reversed(left.values())))

    async def _run(self, asked: RunAsked, on_step: StepListener | None) -> tuple[RunResult, bool]:
        started_at = clock.now()
        asked = msgspec.structs.replace(asked, request_id=clock.new_id())
        progress = Progress()
        try:
            await self.warm()
        except LeadlineError as error:
            self._on_fault(error.message)
            return self._abort(asked, Cause.PROBE_FAULT, error.message, progress, started_at), False
        assert self._process is not None
        process = self._process
        try:
            async with asyncio.timeout(asked.journey.deadline_s):
                finished = await self._converse(process, asked, progress, on_step)
        except TimeoutError:
            await self._discard()
            message = f"killed at its deadline of {asked.journey.deadline_s:g} s"
            if progress.stuck_at:
                message = f"{message}: {progress.stuck_at} does not come to an end"
            self._on_fault(f"journey {asked.journey.name}: {message}")
            return self._abort(asked, Cause.DEADLINE, message, progress, started_at), False
        except BaseException:
            await self._discard()
            raise
        if finished is None:
            return await self._end_of_process(process, asked, progress, started_at)
        self._age.runs += 1
        result = finished.result
        if result.cause is Cause.BROWSER_CRASHED:
            self._on_fault(f"journey {asked.journey.name}: {result.error_message}")
            await self._discard()
            return result, True
        if result.cause is Cause.DEADLINE:  # the state of its process is unknown
            self._on_fault(f"journey {asked.journey.name}: {result.error_message}")
            await self._discard()
            return result, False
        if finished.is_spent:
            await self._discard()
            return result, False
        self._recycle_if_due()
        return result, False

    async def close(self, *, grace_s: float) -> None:
        """End the process; a run in progress becomes aborted."""
        self._is_closing = True
        warming, self._warming = self._warming, None
        ready: WorkerProcess | None = None
        if warming is not None:
            warming.cancel()
            await asyncio.wait({warming})
            ready = warming.result() if _has_process(warming) else None  # warm, but no run has taken it
        process, self._process = self._process, None
        for one in {one for one in (process, ready) if one is not None}:
            await one.close(grace_s=grace_s)
        if self._retiring:
            await asyncio.wait(self._retiring)

    async def kill(self) -> None:
        """End the process at once."""
        self._is_closing = True
        if self._process is not None:
            await self._process.kill()

    async def _converse(
        self, process: WorkerProcess, asked: RunAsked, progress: Progress, on_step: StepListener | None
    ) -> RunFinished | None:
        """Listen until the run is finished; None if the process ended first."""
        process.say(asked)
        watching = asyncio.create_task(process.watch())
        try:
            return await self._listen(process, asked, progress, on_step)
        finally:
            watching.cancel()

    async def _listen(
        self, process: WorkerProcess, asked: RunAsked, progress: Progress, on_step: StepListener | None
    ) -> RunFinished | None:
        while (said := await process.hear()) is not None:
            match said:
                case Beat():
                    progress.stuck_at = said.stuck_at or progress.stuck_at
                case StepStarted() | StepFinished():
                    progress.follow(said, now=clock.now())
                    if on_step is not None:
                        on_step(said)
                case CleanupAsked():
                    process.say(await self._keep(said))
                case CleanupFinished():
                    self._open_cleanups.pop(said.cleanup_id, None)
                    await self._ledger.done(said.cleanup_id, said.error)
                case RunFinished() if said.request_id == asked.request_id:
                    if said.is_replaced:
                        self._on_fault(f"journey {asked.journey.name}: {said.result.error_message}")
                    return said
                case _:
                    continue
        return None

    async def _keep(self, asked: CleanupAsked) -> CleanupKept:
        try:
            await self._ledger.keep(asked.run_id, asked.cleanup_id, asked.function, asked.arguments)
        except LeadlineError as error:
            return CleanupKept(asked.cleanup_id, error.message)
        self._open_cleanups[asked.cleanup_id] = asked
        return CleanupKept(asked.cleanup_id)

    async def _end_of_process(
        self, process: WorkerProcess, asked: RunAsked, progress: Progress, started_at: datetime
    ) -> tuple[RunResult, bool]:
        exit_code = await process.settle(within_s=_EXIT_GRACE_S)
        self._process = None
        if self._is_closing:
            message = "the pool was closed during the run"
            return self._abort(asked, Cause.SCHEDULER_STOPPED, message, progress, started_at), False
        self._begin_warming()
        message = SILENCE if process.is_silent else describe_death(exit_code)
        self._on_fault(f"journey {asked.journey.name}: {message}")
        return self._abort(asked, Cause.WORKER_DIED, message, progress, started_at), exit_code < 0

    def _abort(
        self, asked: RunAsked, cause: Cause, message: str, progress: Progress, started_at: datetime
    ) -> RunResult:
        return abort_run(asked, cause, message, progress=progress, started_at=started_at, now=clock.now())

    async def _discard(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            await process.kill()
        if not self._is_closing:
            self._begin_warming()

    def _recycle_if_due(self) -> None:
        if self._process is None:
            return
        memory = memory_of_tree(self._process.pid) if self._age.wants_memory() else 0
        if self._age.is_due(now_s=clock.monotonic_s(), memory_bytes=memory):
            old, self._process = self._process, None
            retiring = asyncio.create_task(old.close(grace_s=_RECYCLE_GRACE_S))
            self._retiring.add(retiring)
            retiring.add_done_callback(self._retiring.discard)
            self._begin_warming()

    def _begin_warming(self) -> None:
        if self._warming is None or (self._warming.done() and not _has_process(self._warming)):
            self._warming = asyncio.create_task(self._start())
            self._warming.add_done_callback(_look_at_outcome)

    async def _start(self) -> WorkerProcess:
        if self._failed_starts:
            await asyncio.sleep(min(FIRST_BACKOFF_S * 2 ** (self._failed_starts - 1), MOST_BACKOFF_S))
        process = await WorkerProcess.start(MODULE)
        try:
            await process.wait_until_ready()
        except LeadlineError:
            self._failed_starts += 1
            raise
        except BaseException:
            await process.kill()
            raise
        self._failed_starts = 0
        return process


def _has_process(warming: asyncio.Task[WorkerProcess]) -> bool:
    return not warming.cancelled() and warming.exception() is None


def _look_at_outcome(warming: asyncio.Task[WorkerProcess]) -> None:
    """Reports a failed start to the next run that needs the worker, not to the event loop."""
    if not warming.cancelled():
        warming.exception()
