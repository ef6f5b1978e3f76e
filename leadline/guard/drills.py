"""Rehearsals of hooks: the age of the last successful one, and running a new one. An untried hook may not work."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from leadline.clock import new_id
from leadline.guard.engine import attempt
from leadline.guard.hooks.seam import Hook
from leadline.model import Action

__all__ = ["DRILL_HOLDS", "MOST_ACTIONS", "drill", "drill_problem", "drill_problems", "last_good_drill"]

# After this a gate promotes nothing by itself (issue of the hooks; as long as a usual certificate's renewal window).
DRILL_HOLDS = timedelta(days=30)
# So many of the newest actions are read to find the drills of that time.
MOST_ACTIONS = 10_000


async def drill(hook: Hook, *, by: str, wall: Callable[[], datetime]) -> Action:
    """Rehearses once, without any effect on users. `executed_at` and `verified_at` say how long it took."""
    began = wall()
    action_id = new_id()
    action = Action(
        action_id=action_id,
        hook=hook.spec.name,
        kind=hook.spec.kind,
        state="executing",
        cause="drill",
        requested_at=began,
        requested_by=by,
        idempotency_key=f"drill/{action_id}",
        app=hook.spec.app,
        reason="drill",
    )
    ready = await hook.preflight()
    if not ready.is_ready:
        return replace(action, state="failed", finished_at=wall(), error=f"preflight: {ready.detail}")
    taken = await attempt(hook, action)
    ended = wall()
    if not taken.is_taken:
        return replace(action, state="failed", attempts=1, finished_at=ended, error=taken.detail, detail=taken.detail)
    return replace(
        action,
        state="verified",
        attempts=1,
        executed_at=ended,
        verified_at=ended,
        finished_at=ended,
        detail=taken.detail,
        evidence=ready.detail,
    )


def last_good_drill(actions: Sequence[Action], hook: str) -> Action | None:
    """The newest rehearsal that worked; a real act that was verified is as good. To have opened a stage is not."""
    good = [one for one in actions if one.hook == hook and one.state == "verified" and one.cause != "release"]
    return max(good, key=lambda one: one.requested_at, default=None)


def oldest_good_drill(actions: Sequence[Action], hooks: Sequence[str]) -> datetime | None:
    """The oldest of the hooks' last rehearsals; None if one was never rehearsed, or without hooks."""
    found = [last_good_drill(actions, hook) for hook in hooks]
    return min((one.requested_at for one in found if one), default=None) if all(found) else None


def drill_problem(actions: Sequence[Action], hook: str, *, now: datetime) -> str | None:
    """Why Leadline does not promote by itself; None if the hook was rehearsed recently."""
    last = last_good_drill(actions, hook)
    remedy = f"run: leadline hook drill {hook}"
    if last is None:
        return f"hook {hook} was never rehearsed; {remedy}"
    if now - last.requested_at > DRILL_HOLDS:
        return f"the last good rehearsal of hook {hook} is {(now - last.requested_at).days} days old; {remedy}"
    return None


def drill_problems(actions: Sequence[Action], hooks: Sequence[str], *, now: datetime) -> list[str]:
    """The problem of each hook without a recent rehearsal."""
    found = [drill_problem(actions, hook, now=now) for hook in hooks]
    return [problem for problem in found if problem is not None]
