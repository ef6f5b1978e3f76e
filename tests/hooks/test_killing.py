"""kill -9 between verdict and verified: the target sees one key, nothing is lost, and the end is true."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hooks.stand import roll_back, write_settings

from leadline.records import Records

ROUNDS = int(os.environ.get("LEADLINE_HOOK_KILLS", "4"))
OLD = (200, {"X-App-Version": "1.4.2"}, "")


def start(folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, str(Path(__file__).parent / "stand.py"), str(folder)]
    path = os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    environ = {**os.environ, "PYTHONPATH": path}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ)
    assert process.stdout is not None
    assert process.stdout.readline() == "running\n"
    return process


@pytest.mark.kill
@pytest.mark.parametrize("seed", range(ROUNDS))
def test_a_runner_that_is_killed_at_any_moment_ends_with_one_key_and_a_true_word(
    tmp_path: Path, program: Any, target: Any, seed: int
) -> None:
    target.answers = [OLD]
    words = [*program.command, "undo"]
    hooks = f'[[hook]]\nname = "undo"\nkind = "command"\ncommand = {words}\ntimeout = "10s"\n'
    settings = write_settings(tmp_path, hooks, site=target.url, on_rollback=["undo"])
    records = Records.open(settings.paths.records)
    roll_back(records, settings)
    chance = random.Random(seed)
    for _ in range(3):
        with start(tmp_path) as process:
            time.sleep(chance.uniform(0, 0.4))
            process.kill()
    with start(tmp_path) as process:
        assert process.wait(timeout=60) == 0
    [action] = records.actions()
    assert action.state == "verified"
    assert {ran["LEADLINE_IDEMPOTENCY_KEY"] for ran in program.runs()} == {action.idempotency_key}
    records.close()
