"""Whether a release goes on by itself: the next stage, or the reason why a person decides about it. Pure.

Not yet time is neither: then nothing is said. A machine never goes on against a verdict, an error budget or hooks that
nobody rehearsed; a person may.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from leadline.guard.promotion import Budget
from leadline.guard.risk import Cap, cap_of, why_not_risk
from leadline.guard.stages import Reach, Stage, reach_of, why_not_advance
from leadline.guard.standing import Standing
from leadline.model import Verdict

__all__ = ["NextStage", "find_next_stage"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStage:
    """The stage that may begin. `asks` says why a person decides; None where the machine may."""

    number: int
    name: str
    reach: Reach
    cap: Cap | None
    asks: str | None


def find_next_stage(
    standing: Standing,
    stages: Sequence[Stage],
    verdict: Verdict,
    budgets: Sequence[Budget],
    *,
    is_armed: bool,
    has_way_back: bool,
    bake: timedelta,
    now: datetime,
) -> NextStage | None:
    """None while no release is under way, while the stage's share is not seen or the stage bakes, and where the verdict
    of this very stage is not yet promote. `has_way_back`: a hook takes it back."""
    number, began_at = standing.number, standing.began_at
    if number is None or began_at is None or verdict.stage != stages[number].name:
        return None
    if why_not_advance(number, stages, began_at=began_at, bake=bake, verdict=verdict, now=now) is not None:
        return None
    reach, cap = reach_of(stages, number + 1), cap_of(budgets, stages, number + 1)
    return NextStage(
        number=number + 1,
        name=stages[number + 1].name,
        reach=reach if cap is None else Reach(reach.rings, cap.share),
        cap=cap,
        asks=_why_ask(verdict, budgets, is_armed=is_armed, has_way_back=has_way_back),
    )


def _why_ask(verdict: Verdict, budgets: Sequence[Budget], *, is_armed: bool, has_way_back: bool) -> str | None:
    if not is_armed:
        return "the gate is not armed"
    if not has_way_back:
        return "no hook would take it back: on_rollback is empty"
    if (risky := why_not_risk(budgets, owner="")) is not None:
        return risky
    if verdict.may_act:
        return None
    said = [reason.text for reason in verdict.reasons if reason.code in _KEEPS_BACK]
    return "; ".join(said) or "the verdict may not act by itself"


# Of a verdict's reasons, those that speak against a machine alone.
_KEEPS_BACK = {"not_rehearsed", "budget_frozen", "budget_low", "not_registered", "networks_unknown", "single_look"}
