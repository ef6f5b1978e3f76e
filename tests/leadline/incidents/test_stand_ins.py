"""A page that goes to somebody in place of others says why, and still begins with the state."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from leadline.incidents import PageText, write_head
from leadline.model import Notification, NotificationState, TransitionKind


@pytest.fixture
def sent(noon: datetime) -> Any:
    def build(title: str, transition: TransitionKind, **fields: Any) -> PageText:
        row = Notification(
            notification_id="01J", incident_id="01J", transition=transition, target="boss", attempts=0,
            state=NotificationState.PENDING, created_at=noon, **fields,
        )  # fmt: skip
        return write_head(PageText(title, "Since 14:02 UTC."), row)

    return build


@pytest.mark.parametrize(
    ("fields", "title", "head"),
    [
        ({"level": "escalation"}, "DOWN (unanswered) shop buy", "Nobody has acknowledged this"),
        ({"level": "repeat"}, "DOWN (again) shop buy", "Nobody has acknowledged this yet"),
        (
            {"level": "fallback", "instead_of": "chat", "because": "5 times"},
            "DOWN (chat is dead) shop buy",
            "Target chat has refused this page 5 times",
        ),
    ],
)
def test_the_state_stays_first_and_the_first_line_says_why_you_get_it(
    sent: Any, fields: dict[str, Any], title: str, head: str
) -> None:
    page = sent("DOWN shop buy", TransitionKind.OPEN, **fields)
    assert page.title == title
    assert page.body.startswith(head)


@pytest.mark.parametrize("level", ["escalation", "repeat", "fallback"])
@pytest.mark.parametrize("transition", [TransitionKind.RESOLVE, TransitionKind.ACKNOWLEDGE, TransitionKind.CHANGE])
def test_the_end_of_an_escalation_does_not_ask_for_an_answer(sent: Any, level: str, transition: TransitionKind) -> None:
    page = sent("UP shop buy · after 4 min", transition, level=level)
    assert (page.title, page.body) == ("UP shop buy · after 4 min", "Since 14:02 UTC.")


def test_a_title_about_a_person_stays_whole_at_the_fallback(sent: Any) -> None:
    page = sent("Ada is on it: shop buy", TransitionKind.ACKNOWLEDGE, level="fallback", instead_of="chat")
    assert page.title == "Ada is on it: shop buy"
