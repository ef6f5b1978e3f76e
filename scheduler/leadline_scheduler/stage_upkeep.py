"""Opens the next stage of a release that has baked and whose verdict is promote; or reports, once, that a person may.

What it did or would have done are actions (`cause = "release"`), shown with those of hooks. Nobody is paged
for them: a release that could go on is not a problem.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from leadline.clock import new_id
from leadline.errors import ConfigurationError
from leadline.guard.flag_desk import FlagDesk
from leadline.guard.next_stage import NextStage, find_next_stage
from leadline.guard.promotion import Budget
from leadline.guard.release_state import override_of, standing_of
from leadline.guard.stage_desk import StageDesk
from leadline.model import Action, Verdict
from leadline.model.actions import ActionState
from leadline.records import Records
from leadline.settings import GateSettings, Settings, configured_flags, configured_rings

__all__ = ["StageKeeping"]

log = logging.getLogger(__name__)
# Enough for every stage that a release has reported.
MOST_ACTIONS = 1000
BY = "leadline"


class StageKeeping:
    """Asked with each verdict of an app, in the thread of the records. `budgets`: None where they are not known."""

    def __init__(self, records: Records, *, budgets: Callable[[str], Sequence[Budget] | None]) -> None:
        self._records = records
        self._budgets = budgets

    def go_on(self, settings: Settings, verdict: Verdict, *, now: datetime) -> Action | None:
        """What was done, or would have been; None if it is not time, or was already reported."""
        gate = settings.gate_of(verdict.app)
        if not gate.stages or verdict.verdict != "promote" or (budgets := self._budgets(verdict.app)) is None:
            return None
        flag = next((one for one in settings.flags if one.key == gate.exposure), None)
        standing = standing_of(gate, self._records, flags=[one.key for one in settings.flags])
        found = find_next_stage(
            standing,
            gate.stages,
            verdict,
            budgets,
            is_armed=gate.armed,
            has_way_back=bool(gate.on_rollback),
            bake=timedelta(seconds=gate.bake),
            now=now,
        )
        if found is None or standing.since is None:
            return None
        if found.asks is not None:
            action = _action(gate, verdict, found, "would_have", reason=found.asks, now=now)
            if not self._has_said(action, since=standing.since):
                self._keep(action)
                return action
            return None
        reason = "; ".join(part for part in (verdict.sentence, found.cap.text if found.cap is not None else "") if part)
        if flag is None:
            return self._ask(settings, gate, verdict, found, reason=reason[:500], now=now)
        override = override_of(self._records, flag.key)
        if override is None or override.at != standing.since:
            return None
        desk = FlagDesk(
            self._records,
            home=settings.paths.home,
            flags=configured_flags(settings),
            rings=configured_rings(settings),
            environments={app.name: app.environment for app in settings.apps},
        )
        reach = found.reach
        try:
            row = desk.set(
                flag.key,
                variant=override.variant,
                share=reach.share,
                rings=reach.rings,
                by=BY,
                reason=reason[:500],
                at=now,
                over=override,
            )
        except ConfigurationError as error:  # a person was faster, or the file has changed: that takes precedence
            log.warning("%s does not go on to %s: %s", verdict.app, found.name, error.message)
            return None
        action = _action(gate, verdict, found, "executed", reason=reason, now=now, detail=str(row["reach"]))
        self._keep(action)
        return action

    def _ask(
        self, settings: Settings, gate: GateSettings, verdict: Verdict, found: NextStage, *, reason: str, now: datetime
    ) -> Action | None:
        """The next stage is asked of the hook or the person that exposes it, and begins once new sessions show it."""
        environment = settings.app_named(gate.app).environment
        desk = StageDesk(self._records, gate, hooks=settings.hook_specs(), environment=environment)
        at = desk.newest()
        if at is None or at.canary not in (None, verdict.canary):
            return None  # a verdict on another version
        try:
            _, action = desk.open(
                found.number,
                over=at,
                canary=verdict.canary,
                baseline=verdict.baseline,
                cap=found.cap,
                by=BY,
                reason=reason,
                now=now,
            )
        except ConfigurationError as error:  # a person was faster: they know better
            log.warning("%s does not go on to %s: %s", verdict.app, found.name, error.message)
            return None
        log.info("%s: %s: asked for (%s)", gate.app, found.name, reason)
        return action

    def _has_said(self, action: Action, *, since: datetime) -> bool:
        known = self._records.actions(hook=action.hook, limit=MOST_ACTIONS)
        return any(
            (one.app, one.canary, one.reason) == (action.app, action.canary, action.reason)
            and one.requested_at >= since
            for one in known
        )

    def _keep(self, action: Action) -> None:
        self._records.write_action(action)
        log.info("%s: %s: %s (%s)", action.app, action.hook, action.state, action.reason)


def _action(
    gate: GateSettings,
    verdict: Verdict,
    found: NextStage,
    state: ActionState,
    *,
    reason: str,
    now: datetime,
    detail: str = "",
) -> Action:
    is_done = state == "executed"
    return Action(
        action_id=new_id(),
        hook=f"stage {found.name}",
        kind="stage",
        state=state,
        cause="release",
        requested_at=now,
        requested_by=BY,
        idempotency_key="",
        app=gate.app,
        canary=verdict.canary,
        baseline=verdict.baseline,
        attempts=1 if is_done else 0,
        executed_at=now if is_done else None,
        finished_at=now if is_done else None,
        reason=reason,
        detail=detail,
    )
