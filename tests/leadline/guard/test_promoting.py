"""A machine promotes only where the way back was rehearsed and the error budget allows it; each hindrance is named."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from leadline.guard.promotion import Budget, hold_promotion
from leadline.guard.stages import why_not_advance
from leadline.model import Verdict
from leadline.settings import GateStage

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
PROMOTE = Verdict(
    app="shop",
    canary="1.5.0",
    baseline="1.4.2",
    verdict="promote",
    reasons=(),
    sentence="Promote 1.5.0.",
    decided_at=NOW,
    since=NOW - timedelta(hours=2),
    may_act=True,
)


def budget(left: float | None, *, pages: bool = False) -> list[Budget]:
    return [Budget(objective="checkout", left_ratio=left, pages=pages)]


def test_a_hook_that_nobody_rehearsed_is_named() -> None:
    held = hold_promotion(PROMOTE, drills=["hook argo was never rehearsed; run: leadline hook drill argo"])
    assert (held.verdict, held.may_act, held.codes) == ("promote", False, ("not_rehearsed",))
    assert "leadline hook drill argo" in held.reasons[0].text


@pytest.mark.parametrize(
    ("budgets", "expected"),
    [
        (budget(None), ()),
        (budget(0.9), ()),
        (budget(0.25), ()),
        (budget(0.24), ("budget_low",)),
        (budget(0.10), ("budget_frozen",)),
        (budget(-0.5), ("budget_frozen",)),
        (budget(0.9, pages=True), ("budget_frozen",)),
    ],
)
def test_an_error_budget_governs_what_is_allowed(budgets: list[Budget], expected: tuple[str, ...]) -> None:
    held = hold_promotion(PROMOTE, budgets=budgets)
    assert (held.codes, held.may_act) == (expected, not expected)


@pytest.mark.parametrize("left", [0.5, 0.4, 0.26])
def test_a_budget_that_is_half_spent_changes_no_evidence(left: float) -> None:
    for verdict in (PROMOTE, replace(PROMOTE, verdict="rollback"), replace(PROMOTE, verdict="pause", may_act=False)):
        assert hold_promotion(verdict, budgets=budget(left)) == verdict


def test_a_rollback_is_never_held_back() -> None:
    rollback = replace(PROMOTE, verdict="rollback")
    assert hold_promotion(rollback, drills=["never"], budgets=budget(0.0)) == rollback


def test_a_frozen_budget_keeps_a_person_at_the_stage_and_a_low_one_does_not() -> None:
    def blocked(left: float) -> str | None:
        return why_not_advance(
            0,
            [GateStage(share=0.1), GateStage(share=1.0)],
            began_at=NOW - timedelta(hours=2),
            bake=timedelta(hours=1),
            verdict=hold_promotion(PROMOTE, budgets=budget(left)),
            now=NOW,
        )

    assert blocked(0.2) is None
    assert (blocked(0.05) or "").startswith("the error budget of checkout has 5 % left")
