"""The ledger of cleanups, stored durably by the owner of the pool (the scheduler: in the records)."""

from __future__ import annotations

from typing import Protocol


class CleanupLedger(Protocol):
    """`keep` returns once the cleanup would survive a crash: the journey's step waits for it."""

    async def keep(self, run_id: str, cleanup_id: str, function: str, arguments: bytes) -> None:
        """`function` is `file.py::qualname`, `arguments` a msgpack array."""

    async def done(self, cleanup_id: str, error: str | None) -> None:
        """It was done, or failed with `error`."""


class NoLedger:
    """No ledger, for a person at a terminal: the run does its own cleanups, but nobody does those left by a crash."""

    async def keep(self, run_id: str, cleanup_id: str, function: str, arguments: bytes) -> None:  # noqa: ARG002
        return None

    async def done(self, cleanup_id: str, error: str | None) -> None:  # noqa: ARG002
        return None
