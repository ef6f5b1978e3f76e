"""Two schedulers on one home would page twice: the second is told who holds it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from leadline.errors import HomeHeld
from leadline_scheduler.home_lock import hold_home

HOLDER = """
import sys
from pathlib import Path
from leadline_scheduler.home_lock import hold_home
with hold_home(Path(sys.argv[1]), is_leaving=lambda pid: False):
    print("held", flush=True)
    sys.stdin.read()
"""


def _hold_elsewhere(lock: Path) -> subprocess.Popen[str]:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    return holder


def test_the_second_scheduler_is_told_who_holds_the_home(tmp_path: Path) -> None:
    lock = tmp_path / "scheduler.lock"
    with _hold_elsewhere(lock) as holder:
        with (
            pytest.raises(HomeHeld, match=str(holder.pid)) as held,
            hold_home(lock, is_leaving=lambda pid: False, patience_s=0),
        ):
            pass
        holder.kill()
    assert held.value.exit_code == 2


def test_a_killed_holder_leaves_the_home_free(tmp_path: Path) -> None:
    lock = tmp_path / "scheduler.lock"
    with _hold_elsewhere(lock) as holder:
        holder.kill()
    with hold_home(lock, is_leaving=lambda pid: False, patience_s=0):
        assert lock.read_text() == f"{os.getpid()}\n"


def test_a_holder_that_is_leaving_is_waited_for(tmp_path: Path) -> None:
    lock = tmp_path / "scheduler.lock"
    with _hold_elsewhere(lock) as holder:
        leaving = threading.Event()

        def is_leaving(pid: int) -> bool:
            if not leaving.is_set():
                leaving.set()
                holder.kill()
            return True

        with hold_home(lock, is_leaving=is_leaving, patience_s=0):
            assert lock.read_text() == f"{os.getpid()}\n"
        assert leaving.is_set()
