"""Temporary files of workers: gone with them, and those of a parent that was killed gone with the next start."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from leadline.workers.process import WorkerProcess
from leadline.workers.scratch import Scratch, sweep_scratch

LONG_AGO = 1_700_000_000


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def age(folder: Path) -> None:
    os.utime(folder, (LONG_AGO, LONG_AGO))


async def test_a_worker_writes_into_a_folder_that_goes_with_it(temporary: Path) -> None:
    process = await WorkerProcess.start("leadline_probes.errand")
    [folder] = temporary.iterdir()
    (folder / "traces").mkdir()
    (folder / "traces" / "left").write_text("by a worker that was killed")
    await process.kill()
    assert list(temporary.iterdir()) == []


def test_the_folder_of_a_parent_that_was_killed_is_swept(temporary: Path) -> None:
    leave = "from leadline.workers.scratch import Scratch; import os; print(Scratch.open().folder); os._exit(9)"
    said = subprocess.run(
        [sys.executable, "-c", leave], env={**os.environ, "TMPDIR": str(temporary)}, capture_output=True, check=False
    )
    folder = Path(said.stdout.decode().strip())
    assert folder.is_dir()
    assert sweep_scratch() == 0  # too young: its parent may be about to lock it
    age(folder)
    assert sweep_scratch() == 1
    assert not folder.exists()


def test_the_folder_of_a_living_parent_and_what_is_no_folder_of_ours_stay(temporary: Path) -> None:
    mine = Scratch.open()
    other = temporary / "somebody-elses"
    link = temporary / "leadline-worker-link"
    other.mkdir()
    link.symlink_to(other)
    for one in (mine.folder, other):
        age(one)
    assert sweep_scratch() == 0
    assert mine.folder.is_dir()
    assert other.is_dir()
    mine.close()
    assert not mine.folder.exists()
