"""The ladder asks for every hook that a rollback would run: the one that was rehearsed longest ago decides."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from leadline.guard.drills import oldest_good_drill
from leadline.model import Action

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


def act(hook: str, *, days_ago: int, state: str = "verified") -> Action:
    return Action(
        action_id=f"{hook}{days_ago}", hook=hook, kind="command", state=state, cause="drill",  # type: ignore[arg-type]
        requested_at=NOON - timedelta(days=days_ago), requested_by="ada", idempotency_key="k",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("hooks", "days_ago"), [(["a"], 1), (["a", "b"], 9), (["b", "a"], 9), (["a", "never"], None), ([], None)]
)
def test_the_hook_that_was_rehearsed_longest_ago_decides(hooks: list[str], days_ago: int | None) -> None:
    acted = [act("a", days_ago=20), act("a", days_ago=1), act("b", days_ago=9), act("b", days_ago=0, state="failed")]
    expected = None if days_ago is None else NOON - timedelta(days=days_ago)
    assert oldest_good_drill(acted, hooks) == expected
