"""The soak's parts in short: coverage-guided fuzzing of every decoder, and a kill that ends in the store."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest

PARTS = Path(__file__).parents[2] / "bench" / "collector"


@pytest.fixture
def part(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A module of bench/collector, which is no package."""
    monkeypatch.syspath_prepend(str(PARTS))
    return importlib.import_module


def test_coverage_guided_fuzzing_breaks_no_decoder(part: Any) -> None:
    done: list[int] = []
    told = part("fuzzing").fuzz(is_over=lambda: len(done) >= 5, advance=done.append)
    assert told.broken == {}
    assert told.holds
    assert min(told.lines.values()) > 2  # the tracing sees our code


def test_the_fuzzing_tells_of_a_decoder_that_breaks(part: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(body: bytes) -> None:
        if b"\x00" in body:
            raise ValueError("a NUL")

    fuzzing = part("fuzzing")
    monkeypatch.setattr(fuzzing, "TARGETS", {"breaking": breaks})
    done: list[int] = []
    told = fuzzing.fuzz(is_over=lambda: len(done) >= 1, advance=done.append)
    assert list(told.broken) == ["breaking: ValueError"]
    assert not told.holds


@pytest.mark.kill
@pytest.mark.timeout(300)
def test_what_killed_collectors_acknowledged_is_in_the_store_exactly_once(part: Any, tmp_path: Path) -> None:
    told = part("killing").kill_often(tmp_path, kills=2, is_over=lambda: False, advance=lambda: None)
    assert (told.kills, told.lost, told.doubled) == (2, 0, 0)
    assert told.acknowledged > 2
    assert told.holds
