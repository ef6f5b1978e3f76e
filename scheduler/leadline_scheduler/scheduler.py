"""The parts of the scheduler, put together: clockwork, slot runner, dispatcher, watches, heartbeat and a tick.

It does not handle processes, signals and files that must be opened; service.py does. If a part breaks, all ends:
a scheduler that continued without one of its parts would look healthy.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
from collections.abc import Collection, Coroutine
from datetime import datetime
from functools import partial

from leadline import clock
from leadline.errors import LeadlineError, StorageUnavailable
from leadline.incidents import Judgement
from leadline.model import RunResult, RunStatus
from leadline.records import Records
from leadline.settings.watch import LOOK_EVERY_S
from leadline.storeclient.asynchronous import AsyncStoreClient
from leadline_scheduler.clockwork import Clockwork
from leadline_scheduler.dispatch import Dispatcher, Send
from leadline_scheduler.evidence_sweep import sweep_hourly
from leadline_scheduler.flag_upkeep import FlagKeeping
from leadline_scheduler.heartbeat import Heartbeat
from leadline_scheduler.hook_runner import make_runner
from leadline_scheduler.impact import make_ask_impact
from leadline_scheduler.kept_file import KEPT_FILE
from leadline_scheduler.monitor_plan import Planning
from leadline_scheduler.monitors import Monitor
from leadline_scheduler.owed_cleanups import OwedCleanups
from leadline_scheduler.page_context import ContextReader
from leadline_scheduler.planned_times import PlannedTimes
from leadline_scheduler.pool import Pool, count_workers
from leadline_scheduler.records_thread import RecordsThread
from leadline_scheduler.reloads import Plan, SavedFiles
from leadline_scheduler.seats import Seats
from leadline_scheduler.self_report import SelfReport
from leadline_scheduler.slot_runner import SlotRunner
from leadline_scheduler.startup import name_moved, read_routing
from leadline_scheduler.state import Overview
from leadline_scheduler.tick import Tick
from leadline_scheduler.watchdog import begin_steady
from leadline_scheduler.watches import Watches

log = logging.getLogger(__name__)

# SIGTERM to exit within 10 s: runs get 5, attempts at targets until 7 (at least 1.5 of their own), the workers' end and
# the disk the rest. An attempt that is cut off is repeated after the next start.
RUNS_GRACE_S = 5.0
ATTEMPTS_END_S = 7.0
ATTEMPTS_GRACE_S = 1.5


class Scheduler:
    """One run of the scheduler on an open home, from `start` until it is stopped."""

    def __init__(
        self,
        plan: Plan,
        *,
        records: Records,
        thread: RecordsThread,
        pool: Pool,
        send: Send,
        saved: SavedFiles | None = None,
        is_after_crash: bool = False,
        last_clocks: tuple[datetime, float] | None = None,
    ) -> None:
        settings = plan.settings
        self._plan = plan
        self._saved = saved
        self._paths = settings.paths  # Open files stay open: a saved file can't move the home.
        self._pool, self._records, self._thread = pool, records, thread
        started_at = clock.now()
        steady = begin_steady(started_at, clock.boot_s(), last=last_clocks)
        self._planned = PlannedTimes(steady, records=records, thread=thread)
        self._overview = Overview()
        routing = read_routing(settings, plan.targets, plan.monitors)
        self._seats = Seats(max(1, pool.workers))
        self._slot_runner = SlotRunner(
            runner=pool,
            seats=self._seats,
            records=records,
            thread=thread,
            routing=routing,
            on_result=self._on_result,
            wall=clock.now,
            import_folder=settings.folder,
            evidence_folder=self._paths.evidence,
            kept_file=self._paths.run / KEPT_FILE,
            is_planned=self._overview.has,
            on_suspicion=self._look_at_siblings,
            has_others_failing=self._overview.has_others_failing,
            cause_beneath=self._overview.cause_beneath,
            code=plan.snapshot,
        )
        self._clockwork = Clockwork(
            fire=self._slot_runner.run_slot, skip=self._slot_runner.record_skipped, wall=clock.now
        )
        self._store = AsyncStoreClient(self._paths.run)
        self._page_context = ContextReader(
            records=records,
            thread=thread,
            home=self._paths.home,
            ask_impact=make_ask_impact(self._store, kpis=self._read_kpis, wall=clock.now),
        )
        self._page_context.follow(public_url=settings.web.public_url, monitors=plan.monitors)
        self._dispatcher = Dispatcher(
            records=records,
            thread=thread,
            send=send,
            targets=plan.targets,
            fallback=settings.notify.fallback,
            timeout_s=settings.notify.timeout,
            storm_limit=settings.notify.storm_limit,
            owner=f"scheduler-{os.getpid()}-{clock.new_id()}",
            evidence_folder=self._paths.evidence,
            dashboard_url=settings.web.public_url,
            context=self._page_context,
            wall=clock.now,
            steady=self._planned.now,
            unsettled=self._overview.unsettled_causes,
            jitter=lambda: random.uniform(-1, 1),
        )
        acting = partial(make_runner, records=records, thread=thread, steady=self._planned.now)
        self._hooks = acting(settings, slot_runner=self._slot_runner, dispatcher=self._dispatcher)
        self._flags = FlagKeeping(settings, records=records, thread=thread, wall=clock.now)
        self._owed = OwedCleanups(records=records, thread=thread, pool=pool, wall=clock.now)
        self._watches = Watches(
            plan,
            routing=routing,
            records=records,
            thread=thread,
            store=self._store,
            overview=self._overview,
            send=send,
            home=self._paths.home,
            wall=clock.now,
            steady=self._planned.now,
            on_transition=self._dispatcher.wake,
        )
        url, every_s = settings.notify.heartbeat_url, settings.notify.heartbeat_every
        self._report = SelfReport(
            plan=plan,
            paths=self._paths,
            saved=saved,
            overview=self._overview,
            clockwork=self._clockwork,
            seats=self._seats,
            pool=pool,
            dispatcher=self._dispatcher,
            thread=thread,
            planned=self._planned,
            started_at=started_at,
            is_after_crash=is_after_crash,
        )
        self._heartbeat = Heartbeat(url, every_s=every_s, read_health=self._report.read_health, wall=clock.now)
        self._report.heartbeat = self._heartbeat
        self._tick = Tick(
            report=self._report,
            overview=self._overview,
            clockwork=self._clockwork,
            planned=self._planned,
            run_folder=self._paths.run,
            started_at=started_at,
        )
        self._planning = Planning(
            records=records,
            thread=thread,
            clockwork=self._clockwork,
            slot_runner=self._slot_runner,
            overview=self._overview,
        )

    async def run(self, stopping: asyncio.Event) -> None:
        """Starts everything, and stops it in order when `stopping` is set. Raises the error of a part that broke."""
        await self._planned.follow_clock()
        await self._planning.start(self._plan.monitors)
        await self._watches.start()
        self._overview.look_at_windows(monotonic_s=clock.monotonic_s(), now=clock.now())
        await self._tell_new_targets()
        self._clockwork.start()
        self._report.phase = "running"
        parts = [asyncio.create_task(part) for part in self._parts()]
        told = asyncio.create_task(stopping.wait())
        await asyncio.wait([told, *parts], return_when=asyncio.FIRST_COMPLETED)
        told.cancel()
        self._report.phase = "stopping"
        told_s = clock.monotonic_s()
        self._report.write()
        self._slot_runner.take_no_more()
        await self._clockwork.stop(grace_s=RUNS_GRACE_S, cut_off=partial(self._pool.close, grace_s=0))
        await self._slot_runner.kept.write()
        for part in parts:
            part.cancel()
        ends = await asyncio.gather(*parts, return_exceptions=True)
        left_s = ATTEMPTS_END_S - (clock.monotonic_s() - told_s)
        await self._dispatcher.flush(grace_s=max(ATTEMPTS_GRACE_S, left_s))
        await self._store.close()
        await self._hooks.flush()
        broken = [end for end in ends if isinstance(end, Exception)]
        if broken:
            raise broken[0]

    def _read_kpis(self) -> dict[str, list[str]]:
        return {app.name: app.kpis for app in self._plan.settings.apps}

    def _parts(self) -> list[Coroutine[None, None, None]]:
        parts = [
            self._tick.run(),
            self._dispatcher.run(),
            sweep_hourly(self._paths.evidence, lambda: self._plan.settings, wall=clock.now),
            self._owed.run(),
            self._heartbeat.run(),
            self._slot_runner.kept.run(),
            self._flags.run(),
            self._hooks.run(),
            *self._watches.run(),
        ]
        if self._saved is not None:
            parts.append(self._follow(self._saved))
        return parts

    async def _follow(self, saved: SavedFiles) -> None:
        """Applies a saved file; a broken one is reported and changes nothing."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            problem, plan = saved.problem, await saved.look()
            if plan is not None:
                await self._take_over(plan, saved)
            elif self._planning.has_left_open:
                await self._planning.close_unplanned()
            if plan is not None or saved.problem != problem:
                self._report.write()  # the person who saved is watching now

    async def _take_over(self, plan: Plan, saved: SavedFiles) -> None:
        workers = count_workers(plan)
        try:
            await self._pool.grow(workers)
        except LeadlineError as error:
            saved.refuse(str(error))
            return
        self._seats.grow(max(1, self._pool.workers) - self._seats.size)
        notify = plan.settings.notify
        self._dispatcher.follow(
            targets=plan.targets,
            fallback=notify.fallback,
            timeout_s=notify.timeout,
            storm_limit=notify.storm_limit,
            dashboard_url=plan.settings.web.public_url,
        )
        self._page_context.follow(public_url=plan.settings.web.public_url, monitors=plan.monitors)
        self._heartbeat.follow(notify.heartbeat_url, every_s=notify.heartbeat_every)
        routing = read_routing(plan.settings, plan.targets, plan.monitors)
        self._slot_runner.routing = routing
        await self._watches.follow(plan, routing)
        await self._tell_new_targets(moved=name_moved(self._plan.targets, plan.targets))
        self._flags.follow(plan.settings)
        self._hooks.follow(plan.settings)
        self._slot_runner.code = plan.snapshot
        self._plan = self._report.plan = plan
        await self._planning.follow(plan.monitors)
        self._report.configured_at = clock.now()
        saved.accept(plan)

    async def _tell_new_targets(self, moved: Collection[str] = ()) -> None:
        """If a target was renamed or replaced while an incident is open, pages the new one."""
        routing = self._slot_runner.routing
        tell = partial(self._records.tell_new_targets, routing=routing, now=clock.now(), moved=moved)
        try:
            if await self._thread.do(tell):
                self._dispatcher.wake()
        except StorageUnavailable as error:
            log.error("new targets can't be told of what is open now: %s", error.message)

    def _look_at_siblings(self, monitor: Monitor) -> None:
        """After a failure in one cohort, runs the other cohorts and its dependencies as early as the re-run."""
        beneath = set(monitor.depends_on)
        for one in [seen.monitor for seen in self._overview.seen.values()]:
            if monitor.is_sibling(one) or (beneath and one.subject in beneath):
                self._slot_runner.hurry(one)
                self._clockwork.run_now(one.key)

    def _on_result(self, monitor: Monitor, result: RunResult, judgement: Judgement) -> None:
        needs_confirmation = judgement.needs_confirmation and result.status is RunStatus.FAILED
        self._overview.note(monitor, result, monotonic_s=clock.monotonic_s(), needs_confirmation=needs_confirmation)
        self._watches.note(result)
        if judgement.transition is not None:
            self._dispatcher.wake()
            log.info("%s: %s", monitor.key, judgement.transition)
