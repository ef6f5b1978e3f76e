"""Locks between processes: an flock that the kernel releases when its holder dies.

A home's lock says in its file who holds it, since when and with which configuration: for people and `leadline status`.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType

from leadline.clock import monotonic_s
from leadline.errors import ConfigurationError, HomeHeld

GLANCE_S = 0.2  # `is_held` holds the lock for microseconds when it checks; that must not make `take` fail
_POLL_S = 0.02


class FileLock:
    """An exclusive lock on a separate file, held until `release` or the end of this process. Not inherited."""

    def __init__(self, file: Path, *, mode: int = 0o644) -> None:
        self.file = file
        self._mode = mode
        self._descriptor: int | None = None

    def take(self, *, wait: bool = False) -> bool:
        """Whether it was free; with `wait` always true in the end. Raises OSError if the file can't be made."""
        descriptor = os.open(self.file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, self._mode)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def write(self, text: str) -> None:
        """Replaces the file's text; only while the lock is held."""
        assert self._descriptor is not None
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, text.encode(), 0)

    def release(self, *, remove: bool = False) -> None:
        """Releases the lock; `remove` if it will not be used again."""
        if self._descriptor is None:
            return
        try:
            if remove:
                self.file.unlink(missing_ok=True)
        finally:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> FileLock:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


@dataclass(frozen=True, slots=True)
class Holder:
    """The holder of a home's lock. Fields are "unknown" if the file can't be read."""

    pid: str
    since: str
    file: str


def is_held(file: Path) -> bool:
    """Whether a living process holds the lock now. Never waits, and needs no right to write."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def take_lock(
    file: Path,
    *,
    what: str,
    settings_file: Path,
    now: datetime,
    patience_s: float | Callable[[Holder], float] = GLANCE_S,
) -> FileLock:
    """Takes a home's lock, waiting for some time that depends on the holder. Raises HomeHeld that names the holder;
    ConfigurationError where the file can't be written."""
    lock = FileLock(file, mode=0o600)
    began_s = monotonic_s()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        while not lock.take():
            holder = read_holder(file)
            if monotonic_s() - began_s >= (patience_s(holder) if callable(patience_s) else patience_s):
                raise HomeHeld(
                    f"{what} already runs on {file.parent.parent}: pid {holder.pid}, since {holder.since}, "
                    f"with {holder.file}",
                    hint=f"stop it with `kill {holder.pid}`, or give this one another [home] path",
                )
            time.sleep(_POLL_S)
    except OSError as error:
        raise ConfigurationError(f"{file} can't be written: {error.strerror}", hint="place [home] elsewhere") from error
    said = {"pid": os.getpid(), "since": f"{now:%Y-%m-%d %H:%M:%S} UTC", "file": str(settings_file)}
    lock.write(json.dumps(said) + "\n")
    return lock


def read_holder(file: Path) -> Holder:
    """The content of the lock's file."""
    try:
        said = json.loads(file.read_text())
        return Holder(pid=str(said["pid"]), since=str(said["since"]), file=str(said["file"]))
    except (OSError, ValueError, KeyError, TypeError):
        return Holder(pid="unknown", since="unknown", file="unknown")
