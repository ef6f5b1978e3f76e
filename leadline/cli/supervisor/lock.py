"""Who holds this home: an flock that the kernel lets go when its holder dies, however it dies.

The file's text says who, since when and with which configuration; it is meant for people and for `leadline status`.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from leadline.clock import monotonic_s
from leadline.errors import ConfigurationError, HomeHeld

GLANCE_S = 0.2  # `is_held` holds the lock for microseconds when it looks; who takes it must not be turned away by that


@dataclass(frozen=True, slots=True)
class Holder:
    """What a lock's file says of its holder. Fields are "unknown" where the file can't be read."""

    pid: str
    since: str
    file: str


class HeldLock:
    """An flock that this process holds until `release` or its death. Children don't inherit it."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def release(self) -> None:
        os.close(self._descriptor)


def take_lock(path: Path, *, what: str, settings_file: Path, now: datetime, patience_s: float = GLANCE_S) -> HeldLock:
    """Takes the lock, or raises HomeHeld that says who has it; ConfigurationError where it can't be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ConfigurationError(f"{path} can't be written: {error.strerror}", hint="place [home] elsewhere") from error
    if not _lock_within(descriptor, patience_s):
        os.close(descriptor)
        holder = read_holder(path)
        raise HomeHeld(
            f"{what} already runs on {path.parent.parent}: pid {holder.pid}, since {holder.since}, with {holder.file}",
            hint=f"stop it with `kill {holder.pid}`, or give this one another [home] path",
        )
    said = {"pid": os.getpid(), "since": f"{now:%Y-%m-%d %H:%M:%S} UTC", "file": str(settings_file)}
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(said).encode() + b"\n", 0)
    return HeldLock(descriptor)


def _lock_within(descriptor: int, wait_s: float) -> bool:
    give_up_at = monotonic_s() + wait_s
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except OSError:
            if monotonic_s() >= give_up_at:
                return False
            time.sleep(0.02)


def is_held(path: Path) -> bool:
    """Whether a living process holds the lock now. Never waits."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def read_holder(path: Path) -> Holder:
    """What the lock's file says."""
    try:
        said = json.loads(path.read_text())
        return Holder(pid=str(said["pid"]), since=str(said["since"]), file=str(said["file"]))
    except (OSError, ValueError, KeyError, TypeError):
        return Holder(pid="unknown", since="unknown", file="unknown")
