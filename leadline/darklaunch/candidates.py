"""Runs candidates without delaying users: in threads or tasks, with a limited number at once.

A thread can't be stopped, so a candidate that hangs keeps its place until it returns: it is counted as timed out at its
deadline, and once all places are taken further candidates are skipped. The threads end with the process.
"""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable
from contextvars import Context, ContextVar, copy_context
from queue import SimpleQueue
from typing import Any

from leadline.clock import monotonic_s
from leadline.darklaunch.answers import Answer, take_answer, take_exception

__all__ = ["CandidateThreads", "Deadlines", "Run", "WriteRefused", "is_candidate", "run_in_task"]

_is_candidate: ContextVar[bool] = ContextVar("leadline_is_candidate", default=False)


class WriteRefused(RuntimeError):
    """A candidate wanted to change something that the trusted code has changed already."""


def is_candidate() -> bool:
    """Whether this code runs as a candidate: check it before you write, pay or mail."""
    return _is_candidate.get()


class Run:
    """One candidate that is running. `finish` is called once: with its answer, or with None at its deadline."""

    __slots__ = ("_finish", "_is_finished", "_lock", "deadline_s")

    def __init__(self, finish: Callable[[Answer | None], None], *, deadline_s: float) -> None:
        self.deadline_s = deadline_s
        self._finish = finish
        self._is_finished = False
        self._lock = threading.Lock()

    def finish(self, answer: Answer | None) -> None:
        with self._lock:
            if self._is_finished:
                return
            self._is_finished = True
        self._finish(answer)


class Deadlines:
    """Finishes what is late. One thread for all comparisons, which sleeps while nothing runs."""

    def __init__(self) -> None:
        self._running: set[Run] = set()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def add(self, run: Run) -> None:
        with self._changed:
            self._running.add(run)
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="leadline-compare-deadlines", daemon=True)
                self._thread.start()
            elif len(self._running) == 1:
                self._changed.notify()

    def drop(self, run: Run) -> None:
        with self._changed:
            self._running.discard(run)

    def _watch(self) -> None:
        while True:
            with self._changed:
                now_s = monotonic_s()
                late = [run for run in self._running if run.deadline_s <= now_s]
                self._running.difference_update(late)
                wait_s = min((run.deadline_s - now_s for run in self._running), default=None)
                if not late:
                    # A run that is added later may end earlier: look again soon.
                    self._changed.wait(None if wait_s is None else min(wait_s, 0.05))
            for run in late:
                run.finish(None)


class CandidateThreads:
    """At most `most` daemon threads, made when they are first needed."""

    def __init__(self, *, most: int, deadlines: Deadlines) -> None:
        self._most = most
        self._deadlines = deadlines
        self._places = threading.Semaphore(most)
        self._queue: SimpleQueue[tuple[Run, Context, Callable[[], Any]]] = SimpleQueue()
        self._lock = threading.Lock()
        self._threads = 0
        self._idle = 0

    def take_place(self) -> bool:
        """Whether a candidate may run now; give it back with `free_place` if it doesn't run."""
        return self._places.acquire(blocking=False)

    def free_place(self) -> None:
        self._places.release()

    def start(self, candidate: Callable[[], Any], run: Run) -> None:
        """Runs it in a thread; the place is given back when it returns."""
        self._deadlines.add(run)
        context = copy_context()
        with self._lock:
            if self._idle == 0 and self._threads < self._most:
                self._threads += 1
                threading.Thread(target=self._work, name="leadline-compare", daemon=True).start()
            elif self._idle > 0:
                self._idle -= 1
        self._queue.put((run, context, candidate))

    def _work(self) -> None:
        while True:
            run, context, candidate = self._queue.get()
            answer = context.run(_call, candidate)
            self._deadlines.drop(run)
            with self._lock:
                self._idle += 1
            self.free_place()
            run.finish(answer)


async def run_in_task(candidate: Callable[[], Any], *, timeout_s: float) -> Answer | None:
    """None if it did not answer in time."""
    import asyncio

    _is_candidate.set(True)  # in the task's own context
    try:
        async with asyncio.timeout(timeout_s):
            returned = candidate()
            return take_answer(await returned if isinstance(returned, Awaitable) else returned)
    except TimeoutError:
        return None
    except Exception as error:
        return take_exception(error)


def _call(candidate: Callable[[], Any]) -> Answer:
    _is_candidate.set(True)
    try:
        returned = candidate()
        if isinstance(returned, Awaitable):
            import asyncio  # imported late: a service without await does not need it

            returned = asyncio.run(_await(returned))
        return take_answer(returned)
    except Exception as error:
        return take_exception(error)


async def _await(returned: Awaitable[Any]) -> Any:
    return await returned
