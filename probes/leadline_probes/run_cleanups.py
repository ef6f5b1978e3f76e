"""The cleanups of a run: each is in the parent's ledger before its step ends, and done when the run is over.

What is not done in time stays in the ledger: another worker does it later (errand.py).
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from leadline import clock
from leadline.errors import ProbeFault
from leadline.journeys.cleanups import name_function, write_arguments
from leadline_probes.run_log import RunLog

# The ledger answers in milliseconds (one SQLite commit); a parent that does not has a problem itself.
KEEP_TIMEOUT_S = 5.0


class Ledger(Protocol):
    """Keeps the cleanups of a run beyond this process."""

    def keep_cleanup(self, cleanup_id: str, function: str, arguments: bytes, /) -> asyncio.Future[None]: ...
    def finish_cleanup(self, cleanup_id: str, error: str | None, /) -> None: ...


class Cleanups:
    """Cleanups of a run, done newest first."""

    def __init__(self, ledger: Ledger, import_folder: Path) -> None:
        self._ledger = ledger
        self._import_folder = import_folder
        self._kept: list[tuple[str, Callable[..., Any], tuple[Any, ...]]] = []
        self._unsettled: list[asyncio.Future[None]] = []

    def keep(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        """Asks the ledger to keep it. TypeError for a function that another process can't call."""
        cleanup_id = clock.new_id()
        named = name_function(function, self._import_folder)
        self._unsettled.append(self._ledger.keep_cleanup(cleanup_id, named, write_arguments(arguments)))
        self._kept.append((cleanup_id, function, arguments))

    async def settle(self) -> None:
        """Waits until all are on disk. ProbeFault if that fails: then the run must not go on."""
        unsettled, self._unsettled = self._unsettled, []
        if not unsettled:
            return
        try:
            await asyncio.wait_for(asyncio.gather(*unsettled), KEEP_TIMEOUT_S)
        except TimeoutError:
            raise ProbeFault(f"a cleanup was not kept within {KEEP_TIMEOUT_S:g} s") from None

    async def run_all(self, log: RunLog, *, until_s: float) -> None:
        """Does them, newest first. A failure is reported to the ledger and does not stop the others."""
        while self._kept:
            cleanup_id, function, arguments = self._kept.pop()
            left_s = until_s - clock.monotonic_s()
            if left_s <= 0:
                log.note(f"no time left for the cleanup {function.__qualname__}: it stays in the ledger")
                continue
            try:
                await asyncio.wait_for(call_cleanup(function, arguments), left_s)
            except TimeoutError:
                log.note(f"the cleanup {function.__qualname__} did not end in time: it stays in the ledger")
            except (Exception, SystemExit) as error:
                log.note(f"the cleanup {function.__qualname__} failed: {type(error).__name__}: {error}")
                self._ledger.finish_cleanup(cleanup_id, f"{type(error).__name__}: {error}")
            else:
                self._ledger.finish_cleanup(cleanup_id, None)


async def call_cleanup(function: Callable[..., Any], arguments: tuple[Any, ...] | list[Any]) -> None:
    """An async function here, a plain one in a thread, so that a slow request holds up nothing."""
    if inspect.iscoroutinefunction(function):
        await function(*arguments)
    else:
        await asyncio.to_thread(function, *arguments)
