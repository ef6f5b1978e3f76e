"""One scheduler per home: two would page twice.

The lock is the operating system's (flock), so it ends with its holder however that dies, and no stale file can keep
a scheduler from starting. Refuses to break a lock.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from leadline.clock import monotonic_s
from leadline.errors import HomeHeld

# The longest that a service may take to end after SIGTERM (docs/scheduler.md): who says that it is ending, gets this.
LEAVING_S = 10.0
# Children of a killed `leadline up` end within 2 s without saying so.
ORPHAN_S = 3.0


@contextmanager
def hold_home(lock_file: Path, *, is_leaving: Callable[[int], bool], patience_s: float = ORPHAN_S) -> Iterator[None]:
    """Holds the home inside the block.

    Raises HomeHeld with the holder's pid after `patience_s`; after LEAVING_S where `is_leaving(pid)` says that the
    holder is about to let go.
    """
    descriptor = os.open(lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        _lock(descriptor, lock_file, is_leaving=is_leaving, patience_s=patience_s)
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, lock_file: Path, *, is_leaving: Callable[[int], bool], patience_s: float) -> None:
    began_s = monotonic_s()
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError as error:
            pid = _holder(descriptor)
            if monotonic_s() - began_s > (LEAVING_S if is_leaving(pid) else patience_s):
                raise HomeHeld(
                    f"another scheduler (process {pid or 'unknown'}) works on this home: {lock_file}",
                    hint="stop it first, or give this one a home of its own ([home] path)",
                ) from error
        time.sleep(0.05)


def _holder(descriptor: int) -> int:
    text = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip()
    return int(text) if text.isdigit() else 0
