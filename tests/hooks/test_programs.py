"""Programs that leave processes behind, write without end, or write beside their answer."""

from __future__ import annotations

import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from leadline.guard.hooks.processes import MOST_OUTPUT, run_program

Hook = Callable[..., Any]
# Starts a process in a session of its own, which keeps the output open, and writes down its id.
LEAVES = """
import subprocess, sys, time
from pathlib import Path
left = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
Path("left").write_text(str(left.pid))
print("rolled back", flush=True)
time.sleep(float(sys.argv[1]))
"""


@pytest.fixture
def leaves(tmp_path: Path) -> tuple[str, ...]:
    (tmp_path / "leaves.py").write_text(LEAVES)
    return (sys.executable, "leaves.py")


def left(folder: Path) -> psutil.Process | None:
    try:
        process = psutil.Process(int((folder / "left").read_text()))
    except psutil.NoSuchProcess:
        return None
    return None if process.status() == psutil.STATUS_ZOMBIE else process


async def test_a_program_that_ended_is_not_waited_for_because_of_what_it_left_running(
    hook: Hook, act: Callable[..., Any], tmp_path: Path, leaves: tuple[str, ...]
) -> None:
    taken = await hook("command", command=(*leaves, "0"), timeout_s=60.0).execute(act())
    assert (taken.is_taken, taken.detail) == (True, "exit 0: rolled back")
    stays = left(tmp_path)
    assert stays is not None
    stays.kill()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems don't show the environment of processes")
async def test_at_the_timeout_a_process_that_left_the_session_is_killed_too(
    hook: Hook, act: Callable[..., Any], tmp_path: Path, leaves: tuple[str, ...]
) -> None:
    taken = await hook("command", command=(*leaves, "600"), timeout_s=3.0).execute(act())
    assert (taken.is_taken, taken.detail) == (False, f"{sys.executable} did not end within 3 s and was killed")
    stays = left(tmp_path)
    if stays is not None:
        stays.wait(timeout=10)


async def test_endless_output_costs_no_memory_and_its_end_is_kept(tmp_path: Path) -> None:
    program = "import sys\nfor _ in range(640): sys.stdout.write('x' * 100_000)\nsys.exit('no such revision')"
    tracemalloc.start()
    ended = await run_program((sys.executable, "-c", program), folder=str(tmp_path), timeout_s=60)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (ended.code, len(ended.output)) == (1, MOST_OUTPUT)
    assert ended.output.endswith("no such revision\n")
    assert most < 32 * 1024 * 1024  # of 64 MB


async def test_a_page_says_what_a_program_wrote_last(hook: Hook, act: Callable[..., Any]) -> None:
    program = "print('reading manifests\\n' * 500)\nraise SystemExit('no such revision')"
    taken = await hook("command", command=(sys.executable, "-c", program)).execute(act())
    assert taken.detail.startswith("exit 1: …")
    assert taken.detail.endswith("no such revision")


async def test_a_warning_beside_the_answer_does_not_spoil_it(tmp_path: Path) -> None:
    program = "import sys\nprint('Warning: deprecated', file=sys.stderr)\nprint('{\"kind\": \"Rollout\"}')"
    ended = await run_program((sys.executable, "-c", program), folder=str(tmp_path), timeout_s=60)
    assert ended.answer == '{"kind": "Rollout"}\n'
    assert "Warning: deprecated" in ended.output
