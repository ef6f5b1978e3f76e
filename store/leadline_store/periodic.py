"""Regular tasks of the service: one line per task. Each has its own thread, so a long one delays no other.

A task may fail: an operational error is logged once per cause and the task is tried again; a bug ends the process.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import duckdb

from leadline import clock
from leadline.errors import LeadlineError
from leadline.settings import Settings
from leadline.store import Store


@dataclass(frozen=True, slots=True)
class Work:
    """The input of a task. `settings` are those in force when the task begins (saved_settings.py)."""

    store: Store
    settings: Settings
    now: datetime


@dataclass(frozen=True, slots=True)
class Task:
    """`run` is called `every_s` after its last end, for the first time `every_s` after the start."""

    name: str
    every_s: float
    run: Callable[[Work], None]


def keep_doing(task: Task, store: Store, settings: Callable[[], Settings], stopping: threading.Event) -> None:
    """Runs it until `stopping`. Raises bugs."""
    trouble: str | None = None
    while not stopping.wait(task.every_s):
        try:
            task.run(Work(store, settings(), clock.now()))
            trouble = None
        except (LeadlineError, duckdb.Error, OSError) as error:
            if stopping.is_set():
                return
            if str(error) != trouble:
                trouble = str(error)
                print(f"leadline store: {task.name}: {error}", file=sys.stderr, flush=True)
