"""What the service does by itself every so often: one line a task. Each has its thread, so a long one holds up nobody.

A task may fail: what is operational is said once per cause and tried at the next turn; a bug ends the process.
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
    """What a task works on. `settings` are those in force as the task begins (saved_settings.py)."""

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
    """Until `stopping`. Raises bugs."""
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
