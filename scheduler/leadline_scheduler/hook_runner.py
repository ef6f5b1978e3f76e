"""Runs queued hooks: claims each with a lease, acts with one key, checks users, and queues the next one after a
failure.

A kill at any moment loses nothing: the claim, the attempt and its result are rows; an attempt whose result was not
written is repeated with the same key, and an executed hook is checked again after the next start.
"""

from __future__ import annotations

import asyncio
import logging
import math
import os
import random
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from leadline import clock
from leadline.errors import StorageUnavailable
from leadline.guard.engine import SLACK_S, attempt, conclude, look_until
from leadline.guard.flag_desk import FlagDesk
from leadline.guard.flag_door import open_door
from leadline.guard.hooks.kinds import make_hook
from leadline.guard.hooks.seam import Hook, Taken
from leadline.guard.sides import users_side
from leadline.guard.verification import Verifier
from leadline.incidents import Observed, Routing
from leadline.model import Action, Finding, Receipt, Subject
from leadline.notify import next_attempt
from leadline.records import Claimed, Records
from leadline.settings import Settings, configured_flags, configured_rings
from leadline.settings.gate_hooks import act_order, side_of
from leadline_scheduler.dispatch import Dispatcher
from leadline_scheduler.hook_drills import HookDrills
from leadline_scheduler.new_sessions import SessionCounter
from leadline_scheduler.records_thread import RecordsThread
from leadline_scheduler.slot_runner import SlotRunner

log = logging.getLogger(__name__)

# A verdict is acted on within 2 s: half of that may pass until the outbox is read.
LOOK_EVERY_S = 0.5
# Longer than any hook needs: a hook that is claimed but not begun is a bug, and its lease ends by itself.
_LEASE_SLACK_S = 10.0


class HookRunner:
    """Runs until it is cancelled; `wake` makes it look at once, `follow` applies a saved file."""

    def __init__(
        self,
        settings: Settings,
        *,
        records: Records,
        thread: RecordsThread,
        routing: Callable[[], Routing],
        verifier: Verifier,
        owner: str,
        wall: Callable[[], datetime],
        steady: Callable[[], datetime],
        jitter: Callable[[], float],
        on_pages_due: Callable[[], None],
        close: Callable[[], Coroutine[Any, Any, None]] | None = None,
    ) -> None:
        self._close = close or _nothing
        self._records = records
        self._thread = thread
        self._routing = routing
        self._verifier = verifier
        self._owner = owner
        self._wall = wall
        self._steady = steady
        self._jitter = jitter
        self._on_pages_due = on_pages_due
        self._wake = asyncio.Event()
        self._underway: dict[str, asyncio.Task[None]] = {}
        self._door = open_door(self._desk, wall=wall)
        self._drills = HookDrills(
            records=records,
            thread=thread,
            door=self._door,
            wall=wall,
            specs=lambda: list(self._specs.values()),
            is_busy=lambda hook: hook in self._underway,
        )
        self.follow(settings)

    def follow(self, settings: Settings) -> None:
        """Acts by these hooks from the next action on."""
        self._settings = settings
        self._specs = settings.hook_specs()
        self._wake.set()

    def wake(self) -> None:
        self._wake.set()

    async def run(self) -> None:
        await self._resume()
        rehearsing = asyncio.create_task(self._drills.run())
        try:
            await self._act_for_ever()
        finally:
            rehearsing.cancel()

    async def _act_for_ever(self) -> None:
        while True:
            self._wake.clear()
            try:
                await self._claim_all()
            except StorageUnavailable as error:
                log.error("hooks can't be claimed: %s", error.message)
            try:
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def flush(self) -> None:
        """Ends actions in progress: the next start continues them."""
        for task in self._underway.values():
            task.cancel()
        await asyncio.gather(*self._underway.values(), return_exceptions=True)
        await self._close()

    async def _resume(self) -> None:
        """Continues to verify actions that were executed before the last end."""
        executed = await self._thread.do(partial(self._records.actions, states=["executed"], limit=1000))
        for action in executed:
            if action.cause == "release":  # what users get of a stage is looked at by exposure_watch.py
                continue
            self._begin(action.hook, self._watch(action))

    async def _claim_all(self) -> None:
        longest_s = max((spec.timeout_s for spec in self._specs.values()), default=0.0)
        while True:
            lease_s = longest_s + SLACK_S + _LEASE_SLACK_S
            claimed = await self._thread.do(partial(self._claim, lease_s=lease_s, busy=tuple(self._underway)))
            if not claimed:
                return
            self._begin(claimed[0].notification.target, self._act(claimed[0]))

    def _claim(self, *, lease_s: float, busy: Sequence[str]) -> list[Claimed]:
        """On the records' thread, where plans are moved after a step of the clock: the time is read there too."""
        return self._records.claim_due(
            owner=self._owner, now=self._steady(), lease_s=lease_s, limit=1, exclude_targets=busy, kind="hook"
        )

    def _begin(self, hook: str, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._underway[hook] = task
        task.add_done_callback(partial(self._free, hook))

    def _free(self, hook: str, task: asyncio.Task[None]) -> None:
        if self._underway.get(hook) is task:
            del self._underway[hook]
        self._wake.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("hook %r failed with an error inside Leadline", hook, exc_info=error)

    async def _act(self, claimed: Claimed) -> None:
        notification = claimed.notification
        action = await self._thread.do(partial(self._records.action, notification.notification_id))
        if action is None:
            action = _action_of(claimed)
        if action.state in ("executed", "verified"):  # the process ended before its receipt
            await self._settle(claimed, Taken(is_taken=True, detail=action.detail), action)
            await self._watch(action)
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
            await self._watch(after)

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

    async def _watch(self, action: Action) -> None:
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
        self._wake.set()

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
        spec = self._specs.get(action.hook)
        return None if spec is None else make_hook(spec, flags=self._door)

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


async def _nothing() -> None:
    return None


def make_runner(
    settings: Settings,
    *,
    records: Records,
    thread: RecordsThread,
    slot_runner: SlotRunner,
    steady: Callable[[], datetime],
    dispatcher: Dispatcher,
) -> HookRunner:
    """The runner of a scheduler, with the store to ask for new sessions."""
    sessions = SessionCounter(settings.paths.run)
    return HookRunner(
        settings,
        records=records,
        thread=thread,
        routing=lambda: slot_runner.routing,
        verifier=Verifier(ask_share=sessions.ask),
        owner=f"scheduler-{os.getpid()}-{clock.new_id()}",
        wall=clock.now,
        steady=steady,
        jitter=lambda: random.uniform(-1, 1),
        on_pages_due=dispatcher.wake,
        close=sessions.close,
    )
