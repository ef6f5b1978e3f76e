"""Publishes the flags' state into the home: one file, replaced as a whole, with the newest commit.

Every change of a flag publishes after its commit. Publishers take turns under a lock and read the records inside it, so
that the file never goes back to an older state. If a publisher dies between commit and file, the
scheduler, which compares once a second, publishes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from leadline.errors import StorageUnavailable
from leadline.flags import FlagState, Snapshot, decode_snapshot, encode_snapshot
from leadline.flags.snapshot import FILE_NAME
from leadline.locks import FileLock

__all__ = ["is_published", "publish_flags", "read_published"]


def publish_flags(home: Path, read: Callable[[], Sequence[FlagState]], *, now: datetime) -> None:
    """Writes the result of `read` into the home. Raises StorageUnavailable: then the committed change is not in force
    yet.
    """
    file = home / FILE_NAME
    try:
        home.mkdir(parents=True, exist_ok=True)
        lock = FileLock(home / f"{FILE_NAME}.lock", mode=0o600)
        lock.take(wait=True)
        try:
            text = encode_snapshot(Snapshot(published_at=now, states=tuple(read())))
            fresh = file.with_suffix(".fresh")
            with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
                out.write(text)
                out.flush()
                os.fsync(out.fileno())
            fresh.replace(file)
        finally:
            lock.release()
    except OSError as error:
        raise StorageUnavailable(
            f"the change is recorded and could not be published to {file}: {error.strerror or error}",
            hint="free disk space or correct the folder's owner, then run the command again; the scheduler tries, too",
        ) from error


def is_published(home: Path, states: Sequence[FlagState]) -> bool:
    """Whether the file agrees with the records."""
    return read_published(home) == tuple(states)


def read_published(home: Path) -> tuple[FlagState, ...] | None:
    """The published state; None without a readable file."""
    try:
        return decode_snapshot((home / FILE_NAME).read_bytes()).states
    except (OSError, ValueError):
        return None
