"""Decides whether Leadline acts on a verdict, and with which hook. Pure.

The gate must be armed and the verdict trusted; otherwise no hook runs, and Leadline reports which one would have
run. One rollback of one canary acts once: further hooks only run if the first one fails.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from leadline.model import Action, Verdict

__all__ = ["NO_ACTS", "ActPlan", "ActRules", "plan_acts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActRules:
    """A gate's hooks in order, each with its kind, and how long pages wait for a verification."""

    hooks: Sequence[tuple[str, str]] = ()
    is_armed: bool = False
    hold: timedelta = timedelta()


NO_ACTS = ActRules()


@dataclass(frozen=True, slots=True, kw_only=True)
class ActPlan:
    """`how`: the hook is queued, or only reported. `reason` says why, for the page and the action."""

    how: Literal["act", "would_have"]
    hook: str
    kind: str
    reason: str


def plan_acts(verdict: Verdict, rules: ActRules, known: Sequence[Action]) -> ActPlan | None:
    """None if there is nothing to do: no rollback, nobody exposed any more, no hook, or already done."""
    if verdict.verdict != "rollback" or not verdict.is_exposed or not rules.hooks:
        return None
    hook, kind = rules.hooks[0]
    acted = any(action.cause in ("verdict", "fallback") and action.state != "would_have" for action in known)
    said = any(action.state == "would_have" for action in known)
    if acted:
        return None
    if not rules.is_armed or not verdict.may_act:
        reason = "the gate is not armed" if not rules.is_armed else _why_not(verdict)
        return None if said else ActPlan(how="would_have", hook=hook, kind=kind, reason=reason)
    return ActPlan(how="act", hook=hook, kind=kind, reason=verdict.sentence)


def _why_not(verdict: Verdict) -> str:
    named = [reason.text for reason in verdict.reasons if reason.code in ("not_registered", "single_look")]
    return f"the verdict may not act: {'; '.join(named)}" if named else "the verdict may not act by itself"
