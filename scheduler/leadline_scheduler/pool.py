"""What the scheduler asks of the pool of workers that it is given."""

from __future__ import annotations

from typing import Protocol

from leadline_scheduler.judging import Runner
from leadline_scheduler.owed import CleansUp


class Pool(Runner, CleansUp, Protocol):
    """What is asked of leadline.workers.WorkerPool while it runs."""

    @property
    def workers(self) -> int: ...
    @property
    def faults(self) -> int: ...
    async def grow(self, size: int) -> None: ...
    async def close(self, *, grace_s: float = 5.0) -> None: ...
