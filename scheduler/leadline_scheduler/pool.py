"""What the scheduler needs from the pool of workers, and the number of workers."""

from __future__ import annotations

import os
from typing import Protocol

from leadline_scheduler.owed_cleanups import CleansUp
from leadline_scheduler.reloads import Plan
from leadline_scheduler.slot_runner import Runner


class Pool(Runner, CleansUp, Protocol):
    """The part of leadline.workers.WorkerPool used while it runs."""

    @property
    def workers(self) -> int: ...
    @property
    def faults(self) -> int: ...
    async def grow(self, size: int) -> None: ...
    async def close(self, *, grace_s: float = 5.0) -> None: ...


def count_workers(plan: Plan) -> int:
    """The number of workers: a worker is a browser of 200 MB or more, so no more than can be used."""
    journeys = sum(monitor.kind == "journey" for monitor in plan.monitors)
    return min(journeys, plan.settings.scheduler.workers or os.cpu_count() or 1)
