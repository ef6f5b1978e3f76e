"""One queued hook from its claim to its end: acts with one key, checks users, and queues the next one after a failure.

Every step is a row before the next one: what a kill interrupts is continued by the next start.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from leadline.guard.by_hand import kill_spec
from leadline.guard.engine import attempt, conclude, look_until
from leadline.guard.flag_desk import FlagDesk
from leadline.guard.flag_door import open_door
from leadline.guard.hooks.flag import FlagDoor
from leadline.guard.hooks.kinds import make_hook
from leadline.guard.hooks.seam import Hook, Taken
from leadline.guard.sides import users_side
from leadline.guard.verification import Verifier
from leadline.incidents import Observed, Routing
from leadline.model import Action, Finding, Receipt, Subject
from leadline.model.hooks import HookSpec
from leadline.notify import next_attempt
from leadline.records import Claimed, Records
from leadline.settings import Settings, configured_flags, configured_rings
from leadline.settings.gate_hooks import act_order, side_of
from leadline_scheduler.records_thread import RecordsThread

log = logging.getLogger(__name__)


class HookCourse:
    """`follow` it with the settings in force. `on_pages_due`: pages waited for an action; `on_end`: it has ended, and
    the next hook may be queued."""

    def __init__(
        self,
        *,
        records: Records,
        thread: RecordsThread,
        routing: Callable[[], Routing],
        verifier: Verifier,
        wall: Callable[[], datetime],
        steady: Callable[[], datetime],
        jitter: Callable[[], float],
        on_pages_due: Callable[[], None],
        on_end: Callable[[], None],
    ) -> None:
        self._records = records
        self._thread = thread
        self._routing = routing
        self._verifier = verifier
        self._wall = wall
        self._steady = steady
        self._jitter = jitter
        self._on_pages_due = on_pages_due
        self._on_end = on_end
        self.door: FlagDoor = open_door(self._desk, wall=wall)

    def follow(self, settings: Settings) -> None:
        """Acts by these hooks from the next action on."""
        self._settings = settings
        self._specs = settings.hook_specs()
        flags = {flag.key for flag in settings.flags}
        kills = [kill_spec(gate.exposure, gate.app) for gate in settings.gates if gate.exposure in flags]
        self._kills = {spec.name: spec for spec in kills}

    @property
    def specs(self) -> list[HookSpec]:
        return list(self._specs.values())

    async def act(self, claimed: Claimed) -> None:
        """From a claim to the action's end, or to its next attempt."""
        notification = claimed.notification
        action = await self._thread.do(partial(self._records.action, notification.notification_id))
        if action is None:
            action = _action_of(claimed)
        if action.state in ("executed", "verified"):  # the process ended before its receipt
            await self._settle(claimed, Taken(is_taken=True, detail=action.detail), action)
            await self.watch(action)
            return
        hook = self._hook(action)
        if hook is None:
            gone = Taken(is_taken=False, detail="leadline.toml has no hook of this name any more", is_final=True)
            await self._fail(claimed, action, gone)
            return
        log.info("hook %s: %s (%s)", action.hook, hook.describe(), action.reason)
        taken = await attempt(hook, action)
        after = conclude(action, hook.spec, taken, now=self._wall())
        if after.state == "failed":
            await self._finish(after)
            await self._settle(claimed, taken, after)
            return
        await self._keep(partial(self._records.write_action, after))
        await self._settle(claimed, taken, after)
        if after.state == "executed":
            await self.watch(after)

    async def _fail(self, claimed: Claimed, action: Action, taken: Taken) -> None:
        failed = replace(action, state="failed", finished_at=self._wall(), error=taken.detail)
        await self._finish(failed)
        await self._settle(claimed, taken, failed)

    async def _settle(self, claimed: Claimed, taken: Taken, action: Action) -> None:
        """The outbox row: accepted, to be tried again, or given up."""
        notification = claimed.notification
        again_at = next_attempt(
            notification.attempts, self._steady(), jitter_ratio=self._jitter(), retry_after_s=taken.retry_after_s
        )
        is_over = action.state != "executing"
        await self._keep(
            partial(
                self._records.record_receipt,
                notification.notification_id,
                Receipt(is_accepted=taken.is_taken, duration_ms=0.0, reason="" if taken.is_taken else taken.detail),
                now=self._wall(),
                next_attempt_at=None if is_over else again_at,
                give_up=is_over and not taken.is_taken,
                attempt=notification.attempts,
            )
        )
        if not taken.is_taken:
            log.warning("hook %s was not accepted (attempt %d): %s", action.hook, action.attempts, taken.detail)

    async def watch(self, action: Action) -> None:
        """Checks users until the deadline, then finishes."""
        hook = self._hook(action)
        if hook is None:
            return
        side = users_side(side_of(self._settings, hook.spec, action.app), hook.spec)
        await self._finish(await look_until(self._verifier, hook, side, action, wall=self._wall))

    async def _finish(self, action: Action) -> None:
        """Writes the end, releases the waiting pages, and queues the next hook if this one failed."""
        following = self._next_hook(action) if action.state == "failed" else None
        finish = partial(self._records.finish_action, action, next_hook=following, now=self._wall())
        owed = await self._keep(finish)
        log.log(
            logging.INFO if action.state == "verified" else logging.ERROR,
            "hook %s: %s: %s",
            action.hook,
            action.state,
            action.evidence if action.state == "verified" else action.error,
        )
        if action.incident_id is not None:
            if action.state == "verified" or owed is None:
                await self._tell(action)
            self._on_pages_due()
        self._on_end()

    async def _tell(self, action: Action) -> None:
        """All hooks failed: opens a separate incident, so that a page sent earlier is not the last one."""
        if action.app is None or action.canary is None:
            return
        subject = Subject(
            kind="release", name=f"{action.canary} (rollback)", app=action.app, environment=action.environment
        )
        found = Finding(
            since=action.requested_at,
            part="rollback",
            summary="could not be rolled back",
            service_version=action.canary,
            error_message=f"hook {action.hook}: {action.error}",
            remedy=f"Roll back {action.canary} by hand: there is no further hook.",
        )
        observed = Observed(findings=(found,)) if action.state == "failed" else Observed()
        await self._keep(
            partial(self._records.commit_findings, subject, observed, routing=self._routing(), now=self._wall())
        )

    def _next_hook(self, action: Action) -> tuple[str, str] | None:
        order = [(spec.name, spec.kind) for spec in act_order(self._settings, action.app or "")]
        names = [name for name, _ in order]
        place = names.index(action.hook) + 1 if action.hook in names else len(order)
        return order[place] if place < len(order) else None

    def _hook(self, action: Action) -> Hook | None:
        spec = self._specs.get(action.hook) or self._kills.get(action.hook)
        return None if spec is None else make_hook(spec, flags=self.door)

    def _desk(self) -> FlagDesk:
        settings = self._settings
        return FlagDesk(
            self._records,
            home=settings.paths.home,
            flags=configured_flags(settings),
            rings=configured_rings(settings),
            environments={app.name: app.environment for app in settings.apps},
        )

    async def _keep(self, action: Callable[[], Any]) -> Any:
        """Retries until it is written."""
        return await self._thread.do(action, patience_s=math.inf)


def _action_of(claimed: Claimed) -> Action:
    """The action of a hook that an incident's opening queued without one."""
    notification, subject = claimed.notification, claimed.incident.subject
    return Action(
        action_id=notification.notification_id,
        hook=notification.target,
        kind="",
        state="executing",
        cause="verdict",
        requested_at=notification.created_at,
        requested_by=f"incident {notification.incident_id}",
        idempotency_key=notification.idempotency_key,
        app=subject.app,
        environment=subject.environment,
        canary=claimed.incident.service_version,
        incident_id=notification.incident_id,
    )
