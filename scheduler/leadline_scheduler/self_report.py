"""What the scheduler says about itself: its status file, and the health that the heartbeat asks for.

It reads the other parts and changes none of them. Problems that page somebody are own_health.py.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, field
from datetime import datetime

from leadline import clock
from leadline.settings import HomePaths
from leadline_scheduler.clockwork import Clockwork
from leadline_scheduler.dispatch import Dispatcher
from leadline_scheduler.heartbeat import Health, Heartbeat, monitor_ages, read_free_bytes
from leadline_scheduler.planned_times import PlannedTimes
from leadline_scheduler.pool import Pool
from leadline_scheduler.records_thread import RecordsThread
from leadline_scheduler.reloads import Plan, SavedFiles
from leadline_scheduler.seats import Seats
from leadline_scheduler.state import STATE_FILE, Overview, Phase, SchedulerState, write_state
from leadline_scheduler.watchdog import time_waited


@dataclass(slots=True, kw_only=True)
class SelfReport:
    """The parts that are asked, and what the scheduler sets as it goes: `plan`, `phase` and `ticked_s` (monotonic)."""

    plan: Plan
    paths: HomePaths  # of the start: a saved file moves no home
    saved: SavedFiles | None
    overview: Overview
    clockwork: Clockwork
    seats: Seats
    pool: Pool
    dispatcher: Dispatcher
    thread: RecordsThread
    planned: PlannedTimes
    started_at: datetime
    is_after_crash: bool
    phase: Phase = "starting"
    heartbeat: Heartbeat | None = None
    configured_at: datetime = field(default_factory=clock.now)
    ticked_s: float = field(default_factory=clock.monotonic_s)
    began_s: float = field(default_factory=clock.monotonic_s)
    boot_id: str | None = field(default_factory=clock.boot_id)

    async def read_health(self) -> Health:
        """What decides whether the heartbeat is sent."""
        oldest, clocks = self.dispatcher.oldest_unsent_at, (self.planned.now(), clock.now())
        now_s = clock.monotonic_s()
        return Health(
            monitors=monitor_ages(self.overview.seen.values(), monotonic_s=now_s),
            tick_age_s=now_s - self.ticked_s,
            unsent_age_s=None if oldest is None else time_waited(oldest, clocks).total_seconds(),
            free_bytes=await asyncio.to_thread(read_free_bytes, self.paths.home),
            min_free_bytes=self.plan.settings.collector.min_free_bytes,
            uptime_s=now_s - self.began_s,
            is_after_crash=self.is_after_crash,
            has_judged=self.overview.judged > 0,
        )

    def write(self) -> None:
        """Replaces the status file."""
        heartbeat = self.heartbeat
        state = SchedulerState(
            pid=os.getpid(),
            state=self.phase,
            started_at=self.started_at,
            last_tick_at=clock.now(),
            boot_id=self.boot_id,
            boot_s=clock.boot_s(),
            monitors=self.overview.monitor_states(self.clockwork.next_slots()),
            running=self.clockwork.running,
            waiting=self.seats.waiting,
            worker_faults=self.pool.faults,
            oldest_unsent_at=self.dispatcher.oldest_unsent_at,
            heartbeat=heartbeat.state if heartbeat is not None and heartbeat.is_on else None,
            warnings=self.plan.warnings,
            unwritten=self._say_unwritten(),
            configured_at=self.configured_at,
            problem=None if self.saved is None else self.saved.problem,
        )
        write_state(self.paths.run / STATE_FILE, state)

    def _say_unwritten(self) -> str | None:
        if self.thread.refused_since_s is None:
            return None
        return f"{self.thread.last_refusal}; {self.thread.kept} results wait in memory"
