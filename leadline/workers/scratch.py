"""The temporary folder of one worker: its browser's profile, traces and downloads, and whatever its journeys leave.

A killed worker removes nothing, so its parent does. If the parent was killed itself, the next one
removes the folder: that of a living parent is locked (flock), so it is never touched.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
import threading
from pathlib import Path

from leadline import clock

_PREFIX = "leadline-worker-"
_LOCK = ".lock"
# A folder is locked microseconds after it is made; a machine that sleeps just then needs no more than this.
_YOUNG_MS = 60_000
# A browser that was killed a moment ago may still write its last file.
_TRIES = 30
_PAUSE_S = 0.1


class Scratch:
    """Made by `open`; `close` removes the folder with all that is in it."""

    def __init__(self, folder: Path, lock: int) -> None:
        self.folder = folder
        self._lock = lock

    @classmethod
    def open(cls) -> Scratch:
        """A fresh folder in the system's temporary directory. OSError where that takes none."""
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        lock = os.open(folder / _LOCK, os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return cls(folder, lock)

    def close(self) -> None:
        """May take a while where there is much; what can't be removed stays for the next sweep."""
        pause = threading.Event()
        for _ in range(_TRIES):
            shutil.rmtree(self.folder, ignore_errors=True)
            if not self.folder.exists():
                break
            pause.wait(_PAUSE_S)
        os.close(self._lock)


def sweep_scratch() -> int:
    """Remove the folders of parents that are gone; how many there were."""
    swept = 0
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            seen = folder.lstat()
            if seen.st_uid != os.geteuid() or clock.now_ms() - seen.st_mtime * 1000 < _YOUNG_MS:
                continue
            lock = os.open(folder / _LOCK, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
                swept += 1
            finally:
                os.close(lock)
    return swept
