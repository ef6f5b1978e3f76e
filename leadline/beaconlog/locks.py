"""Whether a log file's writer lives: an flock on a side file, which the kernel gives up however the process ends."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


def is_held(file: Path) -> bool:
    """Whether a living writer holds the lock; looks with a shared one, which needs no right to write."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


class WriterLock:
    """The lock of one log file. `take` says whether it was free; nobody waits for it."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._descriptor: int | None = None

    def take(self) -> bool:
        descriptor = os.open(self.file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def release(self, *, remove: bool) -> None:
        """Gives the lock up; `remove` once the file is sealed, when nobody will ask for it again."""
        if self._descriptor is None:
            return
        try:
            if remove:
                self.file.unlink(missing_ok=True)
        finally:
            os.close(self._descriptor)
            self._descriptor = None
