"""Runs blocking code of a service in a separate thread that can be stopped.

Apprise's services block, and its timeouts are per read: a server that trickles holds a thread for ever, and the total
timeout that Apprise offers only stops waiting for it. So each attempt gets a daemon thread; at the time limit an
exception is raised inside it, which takes effect as soon as it is back in Python (within its own read timeout of some
seconds). A target whose threads do not even end then gets no new ones.
"""

from __future__ import annotations

import asyncio
import ctypes
import threading
from collections.abc import Callable
from functools import partial
from typing import Generic, TypeVar

__all__ = ["StillHanging", "run_attempt"]

Answer = TypeVar("Answer")

# Threads of one target that did not end when stopped; about 8 MB of address space each, no CPU.
_MOST_HANGING = 3
_hanging: dict[str, list[threading.Thread]] = {}


class StillHanging(Exception):
    """Earlier attempts at this target have not returned: it gets no further thread."""


class _TimeIsUp(BaseException):
    """Raised inside the thread. Not an Exception, because services catch those."""


async def run_attempt(key: str, action: Callable[[], Answer], *, timeout_s: float) -> Answer:
    """What `action` returns or raises; TimeoutError after `timeout_s`, StillHanging if `key` has hung too often."""
    alive = [thread for thread in _hanging.pop(key, []) if thread.is_alive()]
    if alive:
        _hanging[key] = alive
    if len(alive) >= _MOST_HANGING:
        raise StillHanging(f"{len(alive)} earlier attempts at it have not come back")
    attempt = _Attempt(action, asyncio.get_running_loop())
    attempt.thread.start()
    try:
        async with asyncio.timeout(timeout_s):
            return await attempt.answer
    finally:
        if attempt.interrupt():
            _hanging.setdefault(key, []).append(attempt.thread)


class _Attempt(Generic[Answer]):
    def __init__(self, action: Callable[[], Answer], loop: asyncio.AbstractEventLoop) -> None:
        self.answer: asyncio.Future[Answer] = loop.create_future()
        self.thread = threading.Thread(target=self._run, name="page", daemon=True)
        self._action = action
        self._loop = loop
        self._lock = threading.Lock()
        self._is_over = False

    def interrupt(self) -> bool:
        """Stops the thread; False if it has already ended."""
        with self._lock:
            if self._is_over:
                return False
            identity = ctypes.c_ulong(self.thread.ident or 0)
            ctypes.pythonapi.PyThreadState_SetAsyncExc(identity, ctypes.py_object(_TimeIsUp))
            return True

    def _run(self) -> None:
        try:
            try:
                answer = self._action()
            except Exception as error:
                self._finish(partial(self.answer.set_exception, error))
            else:
                self._finish(partial(self.answer.set_result, answer))
        except _TimeIsUp:
            return  # nobody waits for the answer any more

    def _finish(self, settle: Callable[[], None]) -> None:
        with self._lock:
            self._is_over = True
        try:
            self._loop.call_soon_threadsafe(lambda: None if self.answer.done() else settle())
        except RuntimeError:
            return  # the loop was closed meanwhile: the process ends
