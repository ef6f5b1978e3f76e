"""How much of the error budget is left decides who opens a stage, and how wide the first one is."""

from __future__ import annotations

import pytest

from leadline.guard.promotion import Budget
from leadline.guard.risk import cap_of, why_not_risk
from leadline.guard.stages import Reach, reaches_of
from leadline.settings import GateStage

STAGES = [GateStage(ring="staff"), GateStage(share=0.1), GateStage(share=1.0)]


def budgets(left: float | None, *, pages: bool = False) -> list[Budget]:
    plenty = Budget(objective="latency", left_ratio=0.9)
    return [plenty, Budget(objective="checkout", left_ratio=left, pages=pages)]


@pytest.mark.parametrize(
    ("left", "pages", "without_owner", "with_owner"),
    [
        (None, False, None, None),
        (0.3, False, None, None),
        (0.24, False, "--owner NAME", None),
        (0.1, False, "has 10 % left", "has 10 % left"),
        (-2.0, False, "has 0 % left", "has 0 % left"),
        (0.9, True, "it pages", "it pages"),
    ],
)
def test_a_low_budget_asks_for_an_owner_and_a_spent_one_freezes(
    left: float | None, pages: bool, without_owner: str | None, with_owner: str | None
) -> None:
    for owner, expected in (("", without_owner), ("olga", with_owner)):
        said = why_not_risk(budgets(left, pages=pages), owner=owner)
        assert (said is None) == (expected is None)
        assert (expected or "") in (said or "")


@pytest.mark.parametrize(("left", "share"), [(None, None), (0.51, None), (0.5, 0.05), (0.2, 0.05)])
def test_the_first_share_is_halved_and_the_cap_is_named(left: float | None, share: float | None) -> None:
    cap = cap_of(budgets(left), STAGES, 1)
    assert (cap.share if cap else None) == share
    if cap is not None:
        assert cap.text.startswith("stage share 10 % is above the cap of 5 %: the error budget of checkout has")
    assert cap_of(budgets(left), STAGES, 0) is None
    assert cap_of(budgets(left), STAGES, 2) is None


def test_a_halved_stage_is_still_known_as_that_stage() -> None:
    assert reaches_of(STAGES, 1) == (Reach(("staff",), 0.1), Reach(("staff",), 0.05))
    assert reaches_of(STAGES, 2) == (Reach(("staff",), 1.0),)
