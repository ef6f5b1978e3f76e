"""`[notify] canary_page`: sends every target a test page once a day, so that a dead target is known before it counts.

A target that rejects it is failing in the ledger like for any page; after a minute the operator is paged
(own_health.py). If nothing was running at that time, it is sent at the next start.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from leadline.errors import LeadlineError
from leadline.records import Records
from leadline.settings import Settings
from leadline_scheduler.records_thread import RecordsThread

log = logging.getLogger(__name__)

LOOK_EVERY_S = 10.0


class DailyTrial:
    """`follow` it with the settings in force; runs until it is cancelled."""

    def __init__(
        self,
        settings: Settings,
        records: Records,
        thread: RecordsThread,
        wall: Callable[[], datetime],
        on_transition: Callable[[], None],
    ) -> None:
        self._settings = settings
        self._records = records
        self._thread = thread
        self._wall = wall
        self._on_transition = on_transition
        self._since = wall()

    def follow(self, settings: Settings) -> None:
        """A changed time counts from now on."""
        if settings.notify.canary_page != self._settings.notify.canary_page:
            self._since = self._wall()
        self._settings = settings

    async def run(self) -> None:
        while True:
            try:
                await self.look()
            except LeadlineError as error:
                log.error("the daily test page can't be sent now: %s", error.message)
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """Queues the test page if its time has come since the last one."""
        notify, now = self._settings.notify, self._wall()
        if notify.canary_page is None or not notify.targets:
            return
        due = find_last(notify.canary_page, zone=ZoneInfo(notify.canary_time_zone), now=now)
        last = await self._thread.do(self._records.last_daily_trial)
        if due <= (last or self._since):
            return
        owe = partial(self._records.queue_trial, list(notify.targets), by=None, now=now)
        await self._thread.do(owe)
        self._on_transition()


def find_last(at: time, *, zone: ZoneInfo, now: datetime) -> datetime:
    """The last time that it was `at` by the clocks of `zone`, also when the clocks change."""
    local = now.astimezone(zone)
    today = datetime.combine(local.date(), at, tzinfo=zone)
    return today if today <= local else datetime.combine(local.date() - timedelta(days=1), at, tzinfo=zone)
