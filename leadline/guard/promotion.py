"""What prevents Leadline from promoting although the verdict is promote: an unrehearsed hook, a low budget.

It never prevents a rollback, and a person may still promote. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from leadline.model.verdicts import ReasonCode, Verdict, VerdictReason

__all__ = ["Budget", "budgets_of", "hold_promotion", "low_budget"]

# Of the error budget left: below the one a person decides about each promotion, at or below the other nothing goes on.
OWNER_BELOW = 0.25
FROZEN_AT = 0.10


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """One objective of the app. `left_ratio` is None if it has counted nothing yet; `pages`: a burn pages now."""

    objective: str
    left_ratio: float | None
    pages: bool = False


class _Burn(Protocol):
    @property
    def is_firing(self) -> bool: ...
    @property
    def severity(self) -> str: ...


class _Objective(Protocol):
    """As the store answers."""

    @property
    def name(self) -> str: ...
    @property
    def left_ratio(self) -> float | None: ...
    @property
    def burns(self) -> Sequence[_Burn]: ...


def budgets_of(answers: Sequence[_Objective]) -> list[Budget]:
    """What the store answered, as far as a promotion asks."""
    return [
        Budget(
            objective=one.name,
            left_ratio=one.left_ratio,
            pages=any(burn.is_firing and burn.severity == "critical" for burn in one.burns),
        )
        for one in answers
    ]


def hold_promotion(verdict: Verdict, *, drills: Sequence[str] = (), budgets: Sequence[Budget] = ()) -> Verdict:
    """The same verdict, but Leadline does not act on it if something prevents that; its reasons name each.

    `drills`: what is wrong with the rehearsals of the gate's hooks, in words.
    """
    if verdict.verdict != "promote":
        return verdict
    reasons = [VerdictReason(code="not_rehearsed", text=problem) for problem in drills]
    reasons += [reason for budget in budgets if (reason := low_budget(budget)) is not None]
    if not reasons:
        return verdict
    return replace(verdict, reasons=(*verdict.reasons, *reasons), may_act=False)


def low_budget(budget: Budget) -> VerdictReason | None:
    """Why a budget forbids a promotion; None if it allows it."""
    code: ReasonCode
    left = 1.0 if budget.left_ratio is None else max(budget.left_ratio, 0.0)
    if budget.pages or left <= FROZEN_AT:
        why = "burns so fast that it pages" if budget.pages else f"has {left * 100:.0f} % left"
        code, then = "budget_frozen", "nothing is promoted but by force, with a reason"
    elif left < OWNER_BELOW:
        why = f"has {left * 100:.0f} % left"
        code, then = "budget_low", "a person decides"
    else:
        return None
    return VerdictReason(code=code, text=f"the error budget of {budget.objective} {why}: {then}")
