"""The one process that makes HTTP checks, many at once; started with the first check, replaced when it dies."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

import msgspec

from leadline import clock
from leadline.errors import LeadlineError
from leadline.model.runs import Cause, RunResult
from leadline.model.worker_messages import CheckAsked, RunFinished
from leadline.workers.aborted import SILENCE, abort_check, describe_death
from leadline.workers.process import WorkerProcess

MODULE = "leadline_probes.checks"

# The worker ends a check at its own timeout; if it is still silent this long after, it is stuck.
_STUCK_AFTER_S = 5.0
_EXIT_GRACE_S = 1.0
# More at once would only wait for the processor, and that time would count against the site.
_MOST_AT_ONCE = 200
# As for journeys (journey_worker.py).
_FIRST_BACKOFF_S = 1.0
_MOST_BACKOFF_S = 60.0


class _Died(Exception):
    """The process ended during checks."""


class CheckWorker:
    """`check` starts the process when there is none."""

    def __init__(self, *, on_fault: Callable[[str], None]) -> None:
        self._on_fault = on_fault
        self._process: WorkerProcess | None = None
        self._listener: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()
        self._failed_starts = 0
        self._answers: dict[str, asyncio.Future[RunResult]] = {}
        self._is_closing = False
        self._room = asyncio.Semaphore(_MOST_AT_ONCE)

    async def check(self, asked: CheckAsked) -> RunResult:
        """Once more on a fresh process if the process died; then aborted."""
        started_at = clock.now()
        message = ""
        for _ in range(2):
            try:
                async with self._room:
                    return await self._check_once(asked)
            except _Died as died:
                message = str(died)
                if self._is_closing:
                    return abort_check(asked, Cause.SCHEDULER_STOPPED, message, started_at=started_at, now=clock.now())
            except TimeoutError:
                message = "the check worker did not answer in time"
                self._on_fault(message)
                if self._process is not None:
                    await self._process.kill()
            except LeadlineError as error:
                self._on_fault(error.message)
                return abort_check(asked, Cause.PROBE_FAULT, error.message, started_at=started_at, now=clock.now())
        return abort_check(asked, Cause.WORKER_DIED, message, started_at=started_at, now=clock.now())

    async def close(self, *, grace_s: float) -> None:
        """End the process; running checks become aborted."""
        self._is_closing = True
        if self._process is not None:
            await self._process.close(grace_s=grace_s)
        if self._listener is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await self._listener

    async def _check_once(self, asked: CheckAsked) -> RunResult:
        process = await self._ready_process()
        request_id = clock.new_id()
        answer: asyncio.Future[RunResult] = asyncio.get_running_loop().create_future()
        self._answers[request_id] = answer
        try:
            process.say(msgspec.structs.replace(asked, request_id=request_id))
            async with asyncio.timeout(asked.check.timeout_ms / 1000 + _STUCK_AFTER_S):
                return await answer
        finally:
            self._answers.pop(request_id, None)

    async def _ready_process(self) -> WorkerProcess:
        async with self._starting:
            if self._is_closing:
                raise _Died("the pool is closed")
            if self._process is None:
                if self._failed_starts:
                    await asyncio.sleep(min(_FIRST_BACKOFF_S * 2 ** (self._failed_starts - 1), _MOST_BACKOFF_S))
                process = await WorkerProcess.start(MODULE)
                try:
                    await process.wait_until_ready()
                except LeadlineError:
                    self._failed_starts += 1
                    raise
                self._failed_starts = 0
                self._process = process
                self._listener = asyncio.create_task(self._listen(process))
            return self._process

    async def _listen(self, process: WorkerProcess) -> None:
        """Delivers answers until the process ends; then fails all waiting checks."""
        watching = asyncio.create_task(process.watch())
        while (said := await process.hear()) is not None:
            if isinstance(said, RunFinished):
                if said.is_replaced:
                    self._on_fault(f"check {said.result.name}: {said.result.error_message}")
                answer = self._answers.get(said.request_id)
                if answer is not None and not answer.done():
                    answer.set_result(said.result)
        watching.cancel()
        self._process = None
        exit_code = await process.settle(within_s=_EXIT_GRACE_S)
        death = SILENCE if process.is_silent else describe_death(exit_code)
        if not self._is_closing:
            self._on_fault(f"checks: {death}")
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(_Died(death))
