"""A child process ends with its parent, even when the parent is killed: no orphan worker, browser or service.

On Linux the kernel sends the signal (PR_SET_PDEATHSIG), which also ends a looping process; elsewhere, and as a
second way, a thread checks the parent's id. The parent sets LEADLINE_PARENT_PID, because a child whose
parent died before the first check would otherwise accept the new parent.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading

PARENT_PID = "LEADLINE_PARENT_PID"

# <sys/prctl.h>
_PR_SET_PDEATHSIG = 1
# Four checks within the 2 s in which children must end.
_LOOK_EVERY_S = 0.5


def die_with_parent() -> None:
    """From now on this process is killed when its parent ends. Call it first thing in main, from the main thread."""
    parent = int(os.environ.get(PARENT_PID) or os.getppid())
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    _end_if_orphaned(parent)
    threading.Thread(target=_watch, args=(parent,), name="lifeline", daemon=True).start()


def _watch(parent: int) -> None:
    pause = threading.Event()
    while True:
        pause.wait(_LOOK_EVERY_S)
        _end_if_orphaned(parent)


def _end_if_orphaned(parent: int) -> None:
    if os.getppid() != parent:
        os._exit(1)
