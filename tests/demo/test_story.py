"""How the story looks at a claim: until it holds, not for ever, and never past a part that died."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import httpx
import pytest
from rich.console import Console
from walking.acts import ClaimFailed
from walking.claims import Finding
from walking.company import Company, Gone
from walking.narration import Teller
from walking.places import Places
from walking.story import Story

HOLDS, HOLDS_NOT = Finding("water is wet", True, "wet"), Finding("water is wet", False, "dry")


class Everybody(Company):
    """All are well, or one is gone."""

    gone: Gone | None = None

    def check(self) -> None:
        if self.gone is not None:
            raise self.gone


@pytest.fixture
def said() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def story(tmp_path: Path, said: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> Story:
    monkeypatch.setattr("walking.acts.LOOK_EVERY_S", 0.0)
    places = Places(port=9000, folder=tmp_path, home=tmp_path)
    asking: Any = None  # nothing is asked here
    return Story(places, Everybody(places), asking, Teller(Console(file=said, width=100)), Path("leadline"))


def test_a_claim_is_looked_at_until_it_holds_and_told_once(story: Story, said: io.StringIO) -> None:
    looks = iter([HOLDS_NOT, HOLDS_NOT, HOLDS])
    story._claim(lambda: next(looks))
    assert said.getvalue().count("water is wet") == 1
    assert "✓" in said.getvalue()


def test_a_claim_that_never_holds_ends_the_story_with_what_was_seen(
    story: Story, said: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("walking.acts.PATIENCE_S", 0.0)
    with pytest.raises(ClaimFailed, match="water is wet: dry"):
        story._claim(lambda: HOLDS_NOT)
    assert "✗ water is wet" in said.getvalue()


def test_a_single_look_counts_once_it_is_answered(story: Story) -> None:
    answers = iter([httpx.ConnectError("refused"), HOLDS_NOT, HOLDS])

    def look() -> Finding:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    with pytest.raises(ClaimFailed, match="water is wet: dry"):
        story._claim(look, is_single_look=True)
    assert next(answers) is HOLDS


def test_a_service_that_does_not_answer_yet_is_asked_again(story: Story) -> None:
    answers = iter([httpx.ConnectError("refused"), HOLDS])

    def look() -> Finding:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    story._claim(look)
    assert next(answers, None) is None


def test_nothing_is_claimed_past_a_part_that_died(story: Story) -> None:
    assert isinstance(story.company, Everybody)
    story.company.gone = Gone("shop ended with -9", code=-9)
    with pytest.raises(Gone, match="shop"):
        story._claim(lambda: HOLDS)
