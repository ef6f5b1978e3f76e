"""What a run reports while it is under way, and who receives it: the worker's parent, pytest, or nobody."""

from __future__ import annotations

import asyncio
from typing import Protocol

from leadline.model.runs import StepResult


class Reporter(Protocol):
    """Receives steps, and stores cleanups."""

    def start_step(self, step: str, /) -> None: ...
    def finish_step(self, step: StepResult, /) -> None: ...
    def keep_cleanup(self, cleanup_id: str, function: str, arguments: bytes, /) -> asyncio.Future[None]: ...
    def finish_cleanup(self, cleanup_id: str, error: str | None, /) -> None: ...
