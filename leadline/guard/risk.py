"""What error budgets allow a release: who may open a stage, and how wide the first one is. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from leadline.guard.promotion import Budget, low_budget
from leadline.guard.stages import Stage, is_first_share

__all__ = ["Cap", "cap_of", "why_not_risk"]

# Of the error budget left: at or below this the first share of users is halved.
HALVED_AT = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """A stage's share above what the budget allows, and why."""

    share: float
    text: str


def why_not_risk(budgets: Sequence[Budget], *, owner: str) -> str | None:
    """Why no stage may be opened now, or None. `owner`: who is on call for it, empty if not given."""
    low = [reason for budget in budgets if (reason := low_budget(budget)) is not None]
    frozen = next((reason.text for reason in low if reason.code == "budget_frozen"), None)
    if frozen is not None or not low or owner:
        return frozen
    return f"{low[0].text}, with an owner on call: --owner NAME"


def cap_of(budgets: Sequence[Budget], stages: Sequence[Stage], number: int) -> Cap | None:
    """If the budget is low, the first stage with a share opens at half of it."""
    share = stages[number].share
    if share is None or not is_first_share(stages, number):
        return None
    known = [(budget.left_ratio, budget.objective) for budget in budgets if budget.left_ratio is not None]
    left, objective = min(known, default=(1.0, ""))
    if left > HALVED_AT:
        return None
    half = share / 2
    why = f"the error budget of {objective} has {max(left, 0.0) * 100:.0f} % left"
    return Cap(share=half, text=f"stage share {share * 100:g} % is above the cap of {half * 100:g} %: {why}")
