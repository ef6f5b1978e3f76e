"""What tests/conftest.py names is there: a file that is renamed may not quietly be rerun no more, or begin last."""

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


def test_whatever_is_begun_first_or_may_run_again_is_there(rules: ModuleType) -> None:
    named = [*rules.LONGEST_FIRST, *rules.MAY_RUN_AGAIN]
    assert [name for name in named if not (TESTS / name).exists()] == []


def test_nothing_that_is_about_loss_leak_or_delivery_may_run_again(rules: ModuleType) -> None:
    never = [
        "story/",
        "beacon/test_delivery.py",
        "beacon/test_privacy.py",
        "probes/",
        "scheduler/",
        "demo/test_walk.py",
    ]
    assert [name for name in never if name.startswith(rules.MAY_RUN_AGAIN)] == []
