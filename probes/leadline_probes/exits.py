"""A journey's task that calls `sys.exit` ends its run, not the worker.

asyncio lets SystemExit through its event loop, whichever task raised it. So the loop is run again where it was
interrupted, and the run that is under way hears of the exit.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Iterator
from typing import Any


class Exits:
    """Use `run` in place of `asyncio.run`, and `heard_by` during one run."""

    def __init__(self) -> None:
        self._listener: Callable[[SystemExit], None] | None = None

    @contextlib.contextmanager
    def heard_by(self, listener: Callable[[SystemExit], None]) -> Iterator[None]:
        """Calls `listener` with every SystemExit that leaves a task while this is open."""
        self._listener = listener
        try:
            yield
        finally:
            self._listener = None

    def run(self, main: Coroutine[Any, Any, None]) -> None:
        """Runs `main` to its end, whatever its other tasks raise; an exit of `main` itself is raised."""
        with asyncio.Runner() as runner:
            loop = runner.get_loop()
            task = loop.create_task(main)
            while True:
                try:
                    loop.run_until_complete(task)
                    return
                except SystemExit as exited:
                    if task.done():
                        raise
                    if self._listener is not None:
                        self._listener(exited)
