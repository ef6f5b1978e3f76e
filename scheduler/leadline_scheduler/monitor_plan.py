"""Which monitors have slots: all of them at the start, with their memory from the records, and the changes of a saved
saved.

A monitor that stays keeps its slots, its chain of failures and its incident; a removed one is closed. It reads no
files.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial

from leadline import clock
from leadline.errors import StorageUnavailable
from leadline.model import Finding, Incident
from leadline.records import Records
from leadline_scheduler.clockwork import Clockwork
from leadline_scheduler.monitors import LOCAL, Monitor, monitor_key
from leadline_scheduler.records_thread import PATIENCE_S, RecordsThread
from leadline_scheduler.resumption import index_by_monitor, resume_monitor
from leadline_scheduler.slot_runner import SlotRunner
from leadline_scheduler.state import Overview

log = logging.getLogger(__name__)


class Planning:
    """Keeps clockwork, slot runner and overview to one list of monitors."""

    def __init__(
        self,
        *,
        records: Records,
        thread: RecordsThread,
        clockwork: Clockwork,
        slot_runner: SlotRunner,
        overview: Overview,
    ) -> None:
        self._records = records
        self._thread = thread
        self._clockwork = clockwork
        self._slot_runner = slot_runner
        self._overview = overview
        self.has_left_open = False  # the records could not be written; call `close_unplanned` again

    async def start(self, monitors: Sequence[Monitor]) -> None:
        """Gives every monitor its slots, with its memory from the records; before the clockwork starts."""
        for monitor in monitors:
            self._overview.add(monitor, monotonic_s=clock.monotonic_s(), now=clock.now())
        await self._slot_runner.take_up_kept({monitor.key: monitor for monitor in monitors}.get)
        before = index_by_monitor(await self._thread.do(self._records.last_results))
        cut_off = await self._thread.do(partial(self._records.abort_unfinished, clock.now()))
        await self._thread.do(partial(self._records.end_leases, clock.now()))
        after = index_by_monitor(await self._thread.do(self._records.last_results))
        ended = index_by_monitor(cut_off)
        for run in cut_off:
            log.warning("run %s of %r was cut off when the last scheduler ended", run.run_id, run.name)
        for monitor in monitors:
            key = monitor.key, monitor.environment
            resumption = resume_monitor(before=before.get(key), cut_off=ended.get(key), after=after.get(key))
            if resumption.is_at_once:
                self._slot_runner.hurry(monitor, confirms_run_id=resumption.confirms_run_id)
            self._clockwork.add(monitor, accounted=resumption.accounted, is_at_once=resumption.is_at_once)
        await self.close_unplanned()

    async def follow(self, monitors: Sequence[Monitor]) -> None:
        """While the clockwork runs: adds new monitors, drops removed ones, updates changed ones."""
        remembered = index_by_monitor(await self._thread.do(self._records.last_results, patience_s=PATIENCE_S))
        wanted = {monitor.key: monitor for monitor in monitors}
        for key in [key for key, seen in self._overview.seen.items() if not _goes_on(seen.monitor, wanted.get(key))]:
            self._drop(key)
        for key, monitor in wanted.items():
            seen = self._overview.seen.get(key)
            if seen is None:
                resumption = resume_monitor(before=None, cut_off=None, after=remembered.get((key, monitor.environment)))
                self._overview.add(monitor, monotonic_s=clock.monotonic_s(), now=clock.now())
                if resumption.is_at_once:
                    self._slot_runner.hurry(monitor, confirms_run_id=resumption.confirms_run_id)
                self._clockwork.take_in(monitor, is_at_once=resumption.is_at_once)
            elif seen.monitor != monitor:
                self._overview.change(monitor, monotonic_s=clock.monotonic_s())
                self._clockwork.change(monitor)
        await self.close_unplanned()

    async def close_unplanned(self) -> None:
        """Closes incidents of monitors without slots."""
        try:
            closed = await self._thread.do(
                partial(self._records.close_unplanned, is_planned=self._is_planned, now=clock.now())
            )
        except StorageUnavailable as error:
            self.has_left_open = True
            log.error("incidents of removed monitors can't be closed now: %s", error.message)
            return
        self.has_left_open = False
        for incident in closed:
            log.warning("incident %s (%s): removed from the configuration", incident.incident_id, incident.title)

    def _drop(self, key: str) -> None:
        """A run in progress may end, but opens nothing any more."""
        self._clockwork.drop(key)
        self._slot_runner.forget(key)
        del self._overview.seen[key]

    def _is_planned(self, incident: Incident, one: Finding) -> bool:
        """Whether it is configured; incidents that are not about a journey or check are not closed here."""
        subject = incident.subject
        if subject.kind not in ("journey", "check") or subject.app is None:
            return True
        key = monitor_key(subject.kind, subject.app, subject.name, cohort=one.cohort, location=one.location or LOCAL)
        seen = self._overview.seen.get(key)
        return seen is not None and seen.monitor.environment == subject.environment


def _goes_on(before: Monitor, after: Monitor | None) -> bool:
    """Whether it is the same monitor; in another environment it is another one, with separate results and incidents."""
    return after is not None and after.environment == before.environment
