"""What tests/conftest.py names is there: a file that is renamed may not quietly be rerun, or begin last."""

from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

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
    named = [*rules.LONGEST_FIRST, *rules.NEVER_AGAIN]
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
