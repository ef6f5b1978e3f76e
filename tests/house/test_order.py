"""A file that is renamed may not quietly be rerun, or begin last; what a file's tests share is started once."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest
from distribution import ALONE, LONGEST_FIRST

TESTS = Path(__file__).parents[1]


@pytest.fixture
def rules() -> ModuleType:
    spec = spec_from_file_location("rules_of_the_house", TESTS / "conftest.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_whatever_is_begun_first_or_never_runs_again_is_there(rules: ModuleType) -> None:
    named = [*LONGEST_FIRST, *ALONE, *rules.NEVER_AGAIN]
    assert [name for name in named if not (TESTS / name).exists()] == []


def test_what_is_about_loss_leak_or_delivery_never_runs_again(rules: ModuleType) -> None:
    never = [
        "story/test_break_page_kill_heal.py",
        "beacon/test_delivery.py",
        "beacon/test_privacy.py",
        "collector/test_kill.py",
        "probes/test_pool_under_attack.py",
        "scheduler/service/test_paging.py",
    ]
    assert [name for name in never if not name.startswith(rules.NEVER_AGAIN)] == []


FOUR_TESTS = """
import pytest

@pytest.mark.parametrize("number", range(4))
def test_any(number): pass
"""


def test_the_tests_of_a_file_run_in_one_process(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text("from distribution import scheduler_for as pytest_xdist_make_scheduler\n")
    for name in ("test_here.py", "test_there.py"):
        (tmp_path / name).write_text(FOUR_TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    words = ["-p", "xdist", "-p", "no:cacheprovider", "-v", "-n", "2", "--dist", "loadgroup", "--no-loadscope-reorder"]
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", *words, str(tmp_path)], cwd=tmp_path, capture_output=True, text=True,
        env=os.environ | {"PYTHONPATH": str(TESTS), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
    )  # fmt: skip
    found = re.findall(r"\[(gw\d)\] .* PASSED (\w+)\.py", ran.stdout)
    assert len(found) == 8, ran.stdout + ran.stderr
    assert len(set(found)) == len({process for process, _ in found}) == 2, ran.stdout
