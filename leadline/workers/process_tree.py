"""Killing a worker with everything it started.

A browser puts itself into a session of its own, so the worker's process group alone would leave it to notice by
itself that its driver is gone; a stopped or hung one never does. So the descendants are listed first.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path


def descendants_of(pid: int) -> list[int]:
    """The process ids below `pid`, parents before children. Empty when it is gone."""
    children: dict[int, list[int]] = {}
    for child, parent in _parents():
        children.setdefault(parent, []).append(child)
    found: list[int] = []
    waiting = [pid]
    while waiting:
        below = children.get(waiting.pop(), [])
        found.extend(below)
        waiting.extend(below)
    return found


def kill_tree(pid: int) -> None:
    """SIGKILL for `pid`, its process group and all its descendants. `pid` must be a child that is not reaped yet."""
    below = descendants_of(pid)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    for one in [pid, *below]:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(one, signal.SIGKILL)


def memory_of_tree(pid: int) -> int:
    """Resident bytes of `pid` and its descendants (shared pages count once per process); 0 where /proc is missing."""
    total_pages = 0
    for one in [pid, *descendants_of(pid)]:
        with contextlib.suppress(OSError, IndexError, ValueError):
            total_pages += int(Path(f"/proc/{one}/statm").read_text().split()[1])
    return total_pages * os.sysconf("SC_PAGE_SIZE")


def _parents() -> list[tuple[int, int]]:
    """(pid, parent's pid) of every process."""
    if sys.platform != "linux":
        listed = subprocess.run(["ps", "-axo", "pid=,ppid="], capture_output=True, text=True, check=False).stdout
        return [(int(pid), int(parent)) for pid, parent in (line.split() for line in listed.splitlines())]
    pairs = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError, IndexError, ValueError):
                stat = Path("/proc", name, "stat").read_text()
                # The second field is the command in parentheses and may hold blanks: proc(5).
                pairs.append((int(name), int(stat.rpartition(")")[2].split()[1])))
    return pairs
