"""A person takes it back: one hook run by hand, or a whole release aborted. The command and web both come here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from leadline.clock import new_id
from leadline.errors import ConfigurationError
from leadline.guard.engine import attempt, conclude, look_until
from leadline.guard.flag_desk import FlagDesk
from leadline.guard.hooks.seam import Hook
from leadline.guard.verification import UsersSide, Verifier
from leadline.model import Action, Verdict

__all__ = ["Person", "abort", "fire"]

Row = dict[str, Any]


class _Records(Protocol):
    def write_action(self, action: Action) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who acts, why, on what the last verdict was about, and whether they wait until users are seen to be off it."""

    by: str
    reason: str
    waits: bool
    canary: str | None
    baseline: str | None

    @classmethod
    def after(cls, verdict: Verdict | None, *, by: str, reason: str, waits: bool) -> Person:
        """What they act on is what was judged last."""
        canary, baseline = (verdict.canary, verdict.baseline) if verdict is not None else (None, None)
        return cls(by=by, reason=reason, waits=waits, canary=canary, baseline=baseline)


async def fire(
    hook: Hook, side: UsersSide, person: Person, *, records: _Records, wall: Callable[[], datetime]
) -> Action:
    """Acts now; every step is kept in the records before the next."""
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
        reason=person.reason,
    )
    records.write_action(at)
    while at.state == "executing":
        at = conclude(at, hook, await attempt(hook, at), now=wall())
        records.write_action(at)
    can_be_seen = person.canary is not None or hook.spec.flag is not None
    if at.state == "executed" and person.waits and can_be_seen:
        at = await look_until(Verifier(), hook, side, at, wall=wall)
        records.write_action(at)
    return at


def abort(
    app: str,
    *,
    flag: str | None,
    hooks: Sequence[tuple[Hook, UsersSide]],
    desk: FlagDesk,
    person: Person,
    records: _Records,
    wall: Callable[[], datetime],
) -> list[Row]:
    """Kills the flag that exposes it, then runs the hooks in order until one works: what was done, one row each.

    Raises ConfigurationError where there is nothing to do it with. It blocks: call it in a thread.
    """
    if flag is None and not hooks:
        raise ConfigurationError(
            f"nothing can be aborted: the gate of {app} has neither a flag as exposure nor on_rollback",
            hint='name one of them in its [[gate]]: exposure = "FLAG" or on_rollback = ["HOOK"]',
        )
    done = []
    if flag is not None:
        row = desk.kill(flag, by=person.by, reason=person.reason, at=wall())
        done.append({"did": f"killed {flag}", "state": "executed", "said": row["reach"]})
    for hook, side in hooks:
        action = asyncio.run(fire(hook, side, person, records=records, wall=wall))
        said = action.error or action.evidence or action.detail
        done.append({"did": f"ran hook {action.hook}", "state": action.state, "said": said})
        if action.state != "failed":
            break
    return done
