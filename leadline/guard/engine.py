"""One action from its request to its end: attempts with one key, then checks until users are verified or the time is
over.

It writes nothing: every step returns the action's new state, and the caller records it before the next step.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from leadline.guard.hooks.seam import Act, Exposer, Hook, Taken
from leadline.guard.streaks import Streak
from leadline.guard.verification import UsersSide, Verifier
from leadline.model import Action, Move
from leadline.model.hooks import HookSpec

__all__ = ["act_of", "attempt", "attempt_stage", "conclude", "look_until"]

LOOK_EVERY_S = 1.0
# In addition to the limit that a hook keeps itself.
SLACK_S = 2.0


def act_of(action: Action) -> Act:
    """The request to the hook."""
    return Act(
        action_id=action.action_id,
        idempotency_key=action.idempotency_key,
        requested_at=action.requested_at,
        requested_by=action.requested_by,
        reason=action.reason,
        app=action.app,
        canary=action.canary,
        baseline=action.baseline,
        incident_id=action.incident_id,
        is_drill=action.cause == "drill",
    )


async def attempt(hook: Hook, action: Action) -> Taken:
    """One attempt; never raises because of the target, and ends within the hook's timeout."""
    act = act_of(action)
    try:
        async with asyncio.timeout(hook.spec.timeout_s + SLACK_S):
            return await (hook.drill(act) if act.is_drill else hook.execute(act))
    except TimeoutError:
        return Taken(is_taken=False, detail=f"no answer within {hook.spec.timeout_s:g} s")


async def attempt_stage(exposer: Exposer, action: Action, move: Move) -> Taken:
    """One attempt to open a stage; as `attempt`."""
    act = replace(act_of(action), stage=move.stage, share=move.share)
    try:
        async with asyncio.timeout(exposer.spec.timeout_s + SLACK_S):
            return await exposer.expose(act)
    except TimeoutError:
        return Taken(is_taken=False, detail=f"no answer within {exposer.spec.timeout_s:g} s")


def conclude(action: Action, spec: HookSpec, taken: Taken, *, now: datetime) -> Action:
    """Executed, failed for good, or to be tried again (still executing).

    A target that asks for a longer pause than users may wait has failed: the next hook and the human are faster.
    """
    attempts = action.attempts + 1
    if taken.is_taken:
        until = now + timedelta(seconds=spec.verify_within_s)
        return replace(
            action, state="executed", attempts=attempts, executed_at=now, verify_until=until, detail=taken.detail
        )
    asked_s = taken.retry_after_s or 0.0
    is_too_long = asked_s > spec.verify_within_s
    if taken.is_final or is_too_long or attempts > spec.retries:
        error = f"not taken after {attempts} attempt{'s' if attempts > 1 else ''}: {taken.detail}"
        if is_too_long:
            error += f"; it asks for a pause of {asked_s:g} s, longer than verify_within ({spec.verify_within_s:g} s)"
        return replace(action, state="failed", attempts=attempts, finished_at=now, error=error, detail=taken.detail)
    return replace(action, attempts=attempts, detail=taken.detail)


async def look_until(
    verifier: Verifier, hook: Hook, side: UsersSide, action: Action, *, wall: Callable[[], datetime]
) -> Action:
    """Checks until users are verified to get the old version or variant, or `verify_until` has passed."""
    act = act_of(action)
    since = action.executed_at or action.requested_at
    until = action.verify_until or since
    streak = Streak()
    while True:
        seen = await verifier.look(hook, side, act, since=since, streak=streak)
        now = wall()
        if seen.is_verified:
            return replace(action, state="verified", verified_at=now, finished_at=now, evidence=seen.evidence)
        if now >= until or not seen.can_ever_be:
            waited = f"within {(until - since).total_seconds():g} s" if seen.can_ever_be else "at all"
            error = f"not verified {waited}: {seen.evidence}"
            return replace(action, state="failed", finished_at=now, evidence=seen.evidence, error=error)
        await asyncio.sleep(min(LOOK_EVERY_S, max(0.05, (until - now).total_seconds())))
