"""Fires each monitor's slots, and accounts for every slot in which nothing ran.

APScheduler 3 keeps the time (memory job store; the slots themselves come from slots.py, so nothing of the schedule
needs to be stored). It knows nothing about runs: it calls `fire` with a slot and `skip` with an account.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil
from typing import Any

from apscheduler import events
from apscheduler.executors.asyncio import AsyncIOExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

from leadline.model import Cause
from leadline_scheduler.monitors import Monitor
from leadline_scheduler.slots import AnySlots, slots_of

log = logging.getLogger(__name__)

# Milliseconds pass from a killed worker to a committed row.
_CUT_OFF_S = 1.0


@dataclass(frozen=True, slots=True)
class Skipped:
    """One or more consecutive slots in which nothing ran, from `first_slot` to `last_slot`."""

    cause: Cause
    first_slot: datetime
    last_slot: datetime
    slots: int
    message: str


@dataclass(slots=True)
class _Row:
    monitor: Monitor
    slots: AnySlots
    accounted: datetime  # every slot up to here has run or was skipped with an account
    is_at_once: bool


class Clockwork:
    """One APScheduler job per monitor. `fire` must end by itself; while it runs, the monitor's slots are skipped."""

    def __init__(
        self,
        *,
        fire: Callable[[Monitor, datetime], Coroutine[None, None, None]],
        skip: Callable[[Monitor, Skipped], Coroutine[None, None, None]],
        wall: Callable[[], datetime],
    ) -> None:
        self._fire = fire
        self._skip = skip
        self._wall = wall
        self._rows: dict[str, _Row] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._accounts: set[asyncio.Task[None]] = set()
        self._firing: set[str] = set()
        # It warns of every skipped run and logs every exception; this file handles both.
        logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
        self._scheduler = AsyncIOScheduler(
            timezone=UTC, jobstores={"default": MemoryJobStore()}, executors={"default": AsyncIOExecutor()}
        )
        self._scheduler.add_listener(
            self._on_event, events.EVENT_JOB_MISSED | events.EVENT_JOB_MAX_INSTANCES | events.EVENT_JOB_ERROR
        )

    def add(self, monitor: Monitor, *, accounted: datetime | None, is_at_once: bool) -> None:
        """Adds a monitor, before `start`. `accounted`: up to when its slots have rows (None: it never ran).

        Slots missed since then become one account at the start. `is_at_once` also fires it at the start.
        """
        slots = slots_of(monitor.key, monitor.every_s, monitor.cron)
        self._rows[monitor.key] = _Row(monitor, slots, accounted or self._wall(), is_at_once)

    def start(self) -> None:
        """Starts the clock, and accounts for slots missed while the scheduler was down."""
        now = self._wall()
        for key, row in self._rows.items():
            row.accounted = min(row.accounted, now)  # the clock was set back meanwhile
            self._account(row, now, because="the scheduler was not running")
            self._add_job(key, row, now)
        self._scheduler.start()

    def take_in(self, monitor: Monitor, *, is_at_once: bool) -> None:
        """Adds a monitor after `start`. It missed nothing: it had no slots until now."""
        now = self._wall()
        row = self._rows[monitor.key] = _Row(
            monitor, slots_of(monitor.key, monitor.every_s, monitor.cron), now, is_at_once
        )
        self._add_job(monitor.key, row, now)

    def change(self, monitor: Monitor) -> None:
        """The monitor runs in its new form from its next slot on; a new interval has other slots."""
        row = self._rows[monitor.key]
        row.monitor = monitor
        slots = slots_of(monitor.key, monitor.every_s, monitor.cron)
        if slots == row.slots:
            return
        now = self._wall()
        planned = self._scheduler.get_job(monitor.key).next_run_time
        row.slots, row.accounted = slots, max(row.accounted, now)
        self._scheduler.modify_job(
            monitor.key,
            trigger=_SlotTrigger(slots),
            misfire_grace_time=_grace_s(monitor),
            next_run_time=planned if planned <= now else slots.after(now),
        )

    def drop(self, key: str) -> None:
        """Removes a monitor: it has no more slots. A run in progress ends by itself."""
        del self._rows[key]
        self._scheduler.remove_job(key)

    def run_now(self, key: str) -> None:
        """Fires a monitor at once, in addition to its slots. Does nothing while it runs, or if it has no slots."""
        if key in self._rows and key not in self._firing:
            self._scheduler.modify_job(key, next_run_time=self._wall())

    def plan_again(self) -> None:
        """Plans every monitor's next slot from the wall clock as it stands now, after it jumped."""
        now = self._wall()
        self._scheduler.pause()  # else each rescheduled job would wake the scheduler
        for key, row in self._rows.items():
            # Set back: slots whose time comes again count as new slots. Set ahead: those in between were missed.
            row.accounted = min(row.accounted, now)
            self._account(row, now, because="the wall clock jumped")
            self._scheduler.reschedule_job(key, trigger=_SlotTrigger(row.slots))
        self._scheduler.resume()

    def wake_if_stuck(self, *, overdue_s: float) -> bool:
        """Wakes APScheduler when a slot is overdue by more than `overdue_s` (a lost timer); says whether it was so."""
        due = [at for at in self.next_slots().values() if at is not None]
        if not due or (self._wall() - min(due)).total_seconds() <= overdue_s:
            return False
        self._scheduler.wakeup()
        return True

    def next_slots(self) -> dict[str, datetime | None]:
        """When each monitor fires next, by its key."""
        return {job.id: job.next_run_time for job in self._scheduler.get_jobs()}

    @property
    def running(self) -> int:
        """How many slots are being run now."""
        return len(self._running)

    async def stop(self, *, grace_s: float, cut_off: Callable[[], Coroutine[None, None, None]]) -> None:
        """Starts no more slots and gives running ones `grace_s` to end; `cut_off` then ends them."""
        if not self._scheduler.running:
            return
        self._scheduler.pause()
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=grace_s)
            if late:
                await cut_off()
                await asyncio.wait(late, timeout=_CUT_OFF_S)
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, *self._accounts, return_exceptions=True)
        self._scheduler.shutdown(wait=False)

    def _add_job(self, key: str, row: _Row, now: datetime) -> None:
        self._scheduler.add_job(
            self._on_slot,
            _SlotTrigger(row.slots),
            args=[key],
            id=key,
            misfire_grace_time=_grace_s(row.monitor),
            coalesce=True,
            max_instances=1,
            next_run_time=now if row.is_at_once else row.slots.after(now),
        )

    async def _on_slot(self, key: str) -> None:
        row = self._rows.get(key)
        if row is None:
            return  # dropped between its slot and now
        now = self._wall()
        slot = row.slots.latest(now)
        scheduled_at = slot if slot > row.accounted else now
        self._account(row, row.slots.before(slot), because="the scheduler was late")
        row.accounted = max(row.accounted, slot)
        self._firing.add(key)
        # In a separate task: APScheduler's executor would treat a cancellation as the job's failure.
        task = asyncio.create_task(self._fire(row.monitor, scheduled_at))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        task.add_done_callback(lambda _task: self._firing.discard(key))
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            return  # APScheduler's shutdown cancels what it waits for; `stop` has handled the run itself
        if not task.cancelled() and (error := task.exception()) is not None:
            raise error

    def _on_event(self, event: Any) -> None:
        row = self._rows.get(event.job_id)
        if row is None:
            if event.code == events.EVENT_JOB_ERROR:
                log.error(
                    "the last run of %s failed with an error inside Leadline", event.job_id, exc_info=event.exception
                )
            return
        if event.code == events.EVENT_JOB_MAX_INSTANCES:
            slot = event.scheduled_run_times[-1]
            self._account(row, slot, cause=Cause.STILL_RUNNING, because="the previous run was still in progress")
        elif event.code == events.EVENT_JOB_MISSED:
            self._account(row, event.scheduled_run_time, because="the scheduler was late")
        else:
            log.error("the run of %s failed with an error inside Leadline", event.job_id, exc_info=event.exception)
            slot = row.slots.latest(event.scheduled_run_time)
            self._tell(
                row, Skipped(Cause.MISSED, slot, slot, 1, f"not run: error inside Leadline: {event.exception!r}")
            )

    def _account(self, row: _Row, until: datetime, *, because: str, cause: Cause = Cause.MISSED) -> None:
        """Gives one account of the slots after the last accounted one, up to `until`, if there are any."""
        slots = row.slots.count(after=row.accounted, until=until)
        if slots:
            first, last = row.slots.after(row.accounted), row.slots.latest(until)
            many = f" ({slots} slots since {first:%Y-%m-%d %H:%M:%S} UTC)" if slots > 1 else ""
            self._tell(row, Skipped(cause, first, last, slots, f"not run: {because}{many}"))
        row.accounted = max(row.accounted, until)

    def _tell(self, row: _Row, skipped: Skipped) -> None:
        task = asyncio.create_task(self._skip(row.monitor, skipped))
        self._accounts.add(task)
        task.add_done_callback(self._accounts.discard)


def _grace_s(monitor: Monitor) -> int:
    """Half an interval: later than that, the next slot is nearer. APScheduler wants whole seconds."""
    return max(1, ceil(monitor.every_s / 2))


class _SlotTrigger(BaseTrigger):  # type: ignore[misc]  # apscheduler has no types
    """APScheduler's own interval trigger counts from the previous run: an immediate run would shift all later slots."""

    def __init__(self, slots: AnySlots) -> None:
        self._slots = slots

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """The next slot; if several have passed already, the last one, so that a long sleep causes no long loop."""
        if previous_fire_time is None:
            return self._slots.after(now)
        return max(self._slots.after(previous_fire_time), self._slots.latest(now))
