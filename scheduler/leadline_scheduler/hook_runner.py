"""Claims queued hooks, each with a lease, and runs them: one at a time per hook, what each does is hook_course.py's.

A kill at any moment loses nothing: the claim, the attempt and its result are rows; an attempt whose result was not
written is repeated with the same key, and an executed hook is checked again after the next start.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from leadline import clock
from leadline.errors import StorageUnavailable
from leadline.guard.engine import SLACK_S
from leadline.guard.verification import Verifier
from leadline.incidents import Routing
from leadline.records import Claimed, Records
from leadline.settings import Settings
from leadline_scheduler.dispatch import Dispatcher
from leadline_scheduler.hook_course import HookCourse
from leadline_scheduler.hook_drills import HookDrills
from leadline_scheduler.kill_watch import KillWatch
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
        self._owner = owner
        self._steady = steady
        self._wake = asyncio.Event()
        self._underway: dict[str, asyncio.Task[None]] = {}
        self._course = HookCourse(
            records=records,
            thread=thread,
            routing=routing,
            verifier=verifier,
            wall=wall,
            steady=steady,
            jitter=jitter,
            on_pages_due=on_pages_due,
            on_end=self._wake.set,
        )
        self._drills = HookDrills(
            records=records,
            thread=thread,
            door=self._course.door,
            wall=wall,
            specs=lambda: self._course.specs,
            is_busy=lambda hook: hook in self._underway,
        )
        self._kills = KillWatch(
            settings=lambda: self._settings,
            records=records,
            thread=thread,
            wall=wall,
            begin=lambda action: self._begin(action.hook, self._course.watch(action)),
        )
        self.follow(settings)

    def follow(self, settings: Settings) -> None:
        """Acts by these hooks from the next action on."""
        self._settings = settings
        self._course.follow(settings)
        self._wake.set()

    def wake(self) -> None:
        self._wake.set()

    async def run(self) -> None:
        await self._resume()
        besides = [asyncio.create_task(self._drills.run()), asyncio.create_task(self._kills.run())]
        try:
            await self._act_for_ever()
        finally:
            for task in besides:
                task.cancel()

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
            self._begin(action.hook, self._course.watch(action))

    async def _claim_all(self) -> None:
        longest_s = max((spec.timeout_s for spec in self._course.specs), default=0.0)
        while True:
            lease_s = longest_s + SLACK_S + _LEASE_SLACK_S
            claimed = await self._thread.do(partial(self._claim, lease_s=lease_s, busy=tuple(self._underway)))
            if not claimed:
                return
            self._begin(claimed[0].notification.target, self._course.act(claimed[0]))

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
