"""A child ends with its parent, whatever the parent dies of and whatever the child is doing."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time

import psutil
import pytest

from leadline.workers.process_tree import descendants_of, kill_tree, memory_of_tree

CHILD = """
import os, sys, time
from leadline.workers.lifeline import die_with_parent
die_with_parent()
print(os.getpid(), flush=True)
{work}
"""
PARENT = """
import os, subprocess, sys
env = {{**os.environ, "LEADLINE_PARENT_PID": {parent}}}
subprocess.Popen([sys.executable, "-c", {child!r}], env=env, start_new_session=True)
{then}
"""


def start_parent(*, work: str, then: str = "import time; time.sleep(60)", parent: str = "str(os.getpid())"):
    program = PARENT.format(child=textwrap.dedent(CHILD).format(work=work), then=then, parent=parent)
    return subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)


def is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_until_gone(pid: int, *, within_s: float) -> None:
    deadline = time.monotonic() + within_s
    while is_alive(pid):
        assert time.monotonic() < deadline, f"{pid} outlived its parent"
        time.sleep(0.02)


@pytest.mark.kill
@pytest.mark.parametrize("work", ["time.sleep(60)", "while True: pass"])
def test_a_child_is_gone_within_two_seconds_of_its_killed_parent(work):
    parent = start_parent(work=work)
    with parent.stdout:
        child = int(parent.stdout.readline())
        assert is_alive(child)
        parent.kill()
        parent.wait()
        wait_until_gone(child, within_s=2.0)


def test_a_child_whose_parent_was_gone_before_it_looked_does_not_stay():
    parent = start_parent(work="time.sleep(60)", then="os._exit(0)", parent="'1234567'")
    with parent.stdout:
        assert parent.stdout.read() == ""
    parent.wait()


def test_a_tree_is_killed_with_what_left_its_group():
    program = (
        "import subprocess, sys, time; sleep = [sys.executable, '-c', 'import time; time.sleep(60)'];"
        "subprocess.Popen(sleep); subprocess.Popen(sleep, start_new_session=True);"
        "print('up', flush=True); time.sleep(60)"
    )
    root = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, start_new_session=True)
    with root.stdout:
        root.stdout.readline()
    below = descendants_of(root.pid)
    assert len(below) == 2
    assert memory_of_tree(root.pid) > memory_of_tree(below[0]) > 0
    kill_tree(root.pid)
    root.wait()
    for pid in below:
        wait_until_gone(pid, within_s=2.0)


def test_a_process_that_is_gone_has_no_descendants():
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    assert descendants_of(gone.pid) == []
    assert os.getpid() in descendants_of(os.getppid())
