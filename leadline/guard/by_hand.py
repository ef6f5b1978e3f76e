"""Actions of a person: running one hook by hand, or aborting a release. The command and web both use this."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from leadline.clock import new_id
from leadline.errors import ConfigurationError
from leadline.guard.engine import act_of, attempt, conclude, look_until
from leadline.guard.flag_desk import FlagDesk
from leadline.guard.flag_door import open_door
from leadline.guard.hooks.flag import FlagHook
from leadline.guard.hooks.seam import Hook
from leadline.guard.shares import cohort_of
from leadline.guard.verification import UsersSide, Verifier
from leadline.model import Action, Move, RecordedVerdict
from leadline.model.hooks import HookSpec

__all__ = ["Person", "abort", "fire", "kill_spec"]

Row = dict[str, Any]
# A killed flag is in force with the collector's next evaluation, and reaches open pages within 5 s.
VERIFY_KILL_WITHIN_S = 15.0
# What shows a person the sessions of a cohort.
SESSIONS_OF = "leadline sql counts them in page_views"
# Between two attempts, while a person waits: time enough for a balancer to choose another server.
PAUSE_S = 1.0


class _Records(Protocol):
    def write_action(self, action: Action) -> None: ...
    def end_release(self, app: str, *, by: str, reason: str, at: datetime) -> Move | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who acts, why, on which versions, and whether they wait until users are verified to be off the canary.

    `verdict_id`: of the rollback that they follow; whether its figures come back is then told, as after a machine.
    """

    by: str
    reason: str
    waits: bool
    canary: str | None
    baseline: str | None
    verdict_id: str | None = None
    environment: str | None = None

    @classmethod
    def after(cls, newest: RecordedVerdict | None, *, by: str, reason: str, waits: bool) -> Person:
        """The versions are those of the last verdict."""
        if newest is None:
            return cls(by=by, reason=reason, waits=waits, canary=None, baseline=None)
        verdict = newest.verdict
        return cls(
            by=by,
            reason=reason,
            waits=waits,
            canary=verdict.canary,
            baseline=verdict.baseline,
            verdict_id=newest.verdict_id if verdict.verdict == "rollback" else None,
            environment=newest.environment,
        )


def kill_spec(flag: str, app: str) -> HookSpec:
    """The kill of a flag that exposes a release, as a hook: it is verified and recorded like one."""
    return HookSpec(
        name=f"kill {flag}", kind="flag", app=app, flag=flag, retries=0, verify_within_s=VERIFY_KILL_WITHIN_S
    )


async def fire(
    hook: Hook,
    side: UsersSide,
    person: Person,
    *,
    records: _Records,
    wall: Callable[[], datetime],
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Action:
    """Acts now; every step is recorded before the next. Between attempts it pauses, for as long as the target asks."""
    action_id = new_id()
    at = Action(
        action_id=action_id,
        hook=hook.spec.name,
        kind=hook.spec.kind,
        state="executing",
        cause="hand",
        requested_at=wall(),
        requested_by=person.by,
        idempotency_key=f"hand/{action_id}",
        app=hook.spec.app,
        canary=person.canary,
        baseline=person.baseline,
        environment=person.environment,
        verdict_id=person.verdict_id,
        reason=person.reason,
    )
    records.write_action(at)
    while at.state == "executing":
        taken = await attempt(hook, at)
        at = conclude(at, hook.spec, taken, now=wall())
        records.write_action(at)
        if at.state == "executing":
            await pause(max(PAUSE_S, taken.retry_after_s or 0.0))
    can_be_seen = person.canary is not None or hook.spec.flag is not None
    if at.state == "executed" and person.waits and can_be_seen:
        if hook.spec.flag is None and (cohort := cohort_of(person.canary)) is not None:
            at = replace(at, error=f"not verified: only new sessions show who is in cohort {cohort!r}: {SESSIONS_OF}")
        else:
            at = await look_until(Verifier(), hook, side, at, wall=wall)
        records.write_action(at)
    return at


async def _fire_kill(
    hook: FlagHook, side: UsersSide, person: Person, *, records: _Records, wall: Callable[[], datetime]
) -> Action:
    """A collector that does not answer is not waited for: it evaluates the killed flag when it starts."""
    at = await fire(hook, side, replace(person, waits=False), records=records, wall=wall)
    if at.state != "executed" or not person.waits:
        return at
    seen = await Verifier().look(hook, side, act_of(at), since=at.requested_at)
    if seen.is_answered:
        at = await look_until(Verifier(), hook, side, at, wall=wall)
    else:
        at = replace(at, error=f"not verified: {seen.evidence}")
    records.write_action(at)
    return at


def abort(
    app: str,
    *,
    flag: str | None,
    flag_side: UsersSide | None = None,
    hooks: Sequence[tuple[Hook, UsersSide]],
    desk: FlagDesk,
    person: Person,
    records: _Records,
    wall: Callable[[], datetime],
) -> list[Row]:
    """Kills the flag that exposes it, or ends its stages, then runs the hooks in order until one works: what was done,
    one row each. The last one says `asked` where only a person can take it back. Without a hook the kill is the
    rollback: it gets an action, which is verified at `flag_side`.

    Raises ConfigurationError without a flag and hooks. It blocks: call it in a thread.
    """
    done = []
    ended = records.end_release(app, by=person.by, reason=person.reason, at=wall()) if flag is None else None
    if ended is not None:
        version = ended.canary or "the new version"
        done.append({"did": f"ended the release of {app}", "state": "executed", "said": f"it was at {ended.stage}"})
        if ended.canary not in (None, person.canary):  # what was judged last is another version
            person = replace(person, canary=ended.canary, baseline=ended.baseline, verdict_id=None)
        if not hooks:
            said = f"set {version} to 0 % now: on_rollback is empty, so no hook takes it back"
            done.append({"did": "asked a person", "state": "asked", "said": said})
    if flag is None and not hooks and ended is None:
        raise ConfigurationError(
            f"nothing can be aborted: no release of {app} is under way, and its gate has no on_rollback",
            hint='leadline release start begins one; on_rollback = ["HOOK"] names what takes it back',
        )
    if flag is not None:
        row = desk.kill(flag, by=person.by, reason=person.reason, at=wall())
        done.append({"did": f"killed {flag}", "state": "executed", "said": row["reach"]})
        if not hooks:
            spec, side = kill_spec(flag, app), flag_side or UsersSide()
            killed = FlagHook(spec, open_door(lambda: desk, wall=wall))
            action = asyncio.run(_fire_kill(killed, side, person, records=records, wall=wall))
            seen = action.error or action.evidence
            done[-1] |= {"state": action.state, "said": f"{row['reach']}; {seen}" if seen else row["reach"]}
    for hook, side in hooks:
        action = asyncio.run(fire(hook, side, person, records=records, wall=wall))
        said = action.error or action.evidence or action.detail
        done.append({"did": f"ran hook {action.hook}", "state": action.state, "said": said})
        if action.state != "failed":
            break
    return done
