"""Looks once a second at whether this process, its clock and its timers still run, and writes the status file.

A process that was stopped, a wall clock that jumped and a timer that was lost each leave slots that nobody would run.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime
from pathlib import Path

from leadline import clock
from leadline_scheduler.asked_runs import run_what_is_asked_for
from leadline_scheduler.clockwork import Clockwork
from leadline_scheduler.planned_times import PlannedTimes
from leadline_scheduler.self_report import SelfReport
from leadline_scheduler.state import Overview
from leadline_scheduler.watchdog import ClockWatch

log = logging.getLogger(__name__)

TICK_S = 1.0
# If a slot was not fired after this long, its timer was lost; a busy loop is faster.
STUCK_S = 5.0


class Tick:
    """Runs until it is cancelled."""

    def __init__(
        self,
        *,
        report: SelfReport,
        overview: Overview,
        clockwork: Clockwork,
        planned: PlannedTimes,
        run_folder: Path,
        started_at: datetime,
    ) -> None:
        self._report = report
        self._overview = overview
        self._clockwork = clockwork
        self._planned = planned
        self._run_folder = run_folder
        self._watch = ClockWatch(started_at, clock.monotonic_s())

    async def run(self) -> None:
        """Once a second: checks the clocks and timers, and writes the status file."""
        while True:
            before_s, now_s = self._report.ticked_s, clock.monotonic_s()
            self._report.ticked_s = now_s
            if now_s - before_s > STUCK_S:
                log.warning("nothing ran for %.0f s: the process was stopped or starved", now_s - before_s)
                self._overview.stood_still(now_s - before_s)
            jump_s = self._watch.look(wall=clock.now(), monotonic_s=now_s)
            if jump_s is not None:
                log.warning("the wall clock jumped by %+.1f s; every slot is planned again", jump_s)
                self._clockwork.plan_again()
            elif self._clockwork.wake_if_stuck(overdue_s=STUCK_S):
                log.error("a slot was overdue by more than %.0f s: its timer was lost", STUCK_S)
            await self._planned.follow_clock()
            self._overview.look_at_windows(monotonic_s=now_s, now=clock.now())
            run_what_is_asked_for(self._run_folder, self._overview, self._clockwork, now=clock.now())
            self._report.write()
            await asyncio.sleep(TICK_S)
