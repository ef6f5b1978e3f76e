"""What a run must have undone, kept somewhere durable by whoever owns the pool (the scheduler: the records)."""

from __future__ import annotations

from typing import Protocol


class CleanupLedger(Protocol):
    """`keep` returns once the cleanup would survive a crash: the journey's step waits for it."""

    async def keep(self, run_id: str, cleanup_id: str, function: str, arguments: bytes) -> None:
        """`function` is `file.py::qualname`, `arguments` a msgpack array."""

    async def done(self, cleanup_id: str, error: str | None) -> None:
        """It was carried out, or failed with `error`."""


class NoLedger:
    """For a person at a terminal: the run itself does its cleanups, and nobody does what a crash left."""

    async def keep(self, run_id: str, cleanup_id: str, function: str, arguments: bytes) -> None:  # noqa: ARG002
        return None

    async def done(self, cleanup_id: str, error: str | None) -> None:  # noqa: ARG002
        return None
