"""Keeps the silences of `[[maintenance]]` and quiet hours in the records, from minutes before they begin.

So a window mutes like a silence: incidents open, and if something is still broken at its end, it pages then. For
stopped
runs, slot_runner.py asks the monitor itself. It never mutes incidents about Leadline: every silence names an app.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import cast

from leadline.errors import StorageUnavailable
from leadline.model import SubjectKind
from leadline.model.maintenance import MaintenanceWindow, Occurrence
from leadline.records import Records, Silence
from leadline.records.silence_rows import MAINTENANCE
from leadline_scheduler.records_thread import RecordsThread

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
# Written before it opens, so that no page is sent in its first second.
AHEAD = timedelta(minutes=10)


class MaintenanceKeeping:
    """Runs until it is cancelled. `follow` takes effect at once."""

    def __init__(
        self,
        windows: Sequence[MaintenanceWindow],
        *,
        records: Records,
        thread: RecordsThread,
        wall: Callable[[], datetime],
        on_change: Callable[[], None],
    ) -> None:
        self.windows = windows
        self._records = records
        self._thread = thread
        self._wall = wall
        self._on_change = on_change
        self._kept: frozenset[str] | None = None

    async def run(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            await self.look()

    async def follow(self, windows: Sequence[MaintenanceWindow]) -> None:
        """The windows of a saved file, in force at once."""
        self.windows = windows
        await self.look()

    async def look(self) -> None:
        """Stores windows that open soon, and ends those that are not configured any more."""
        now = self._wall()
        wanted = list_silences(self.windows, now)
        ids = frozenset(one.silence_id for one in wanted)
        if ids == self._kept:
            return
        try:
            is_changed = await self._thread.do(partial(self._records.keep_maintenance, wanted, now=now))
        except StorageUnavailable as error:
            log.error("maintenance windows can't be recorded now: %s", error.message)
            return
        self._kept = ids
        if is_changed:
            self._on_change()


def list_silences(windows: Sequence[MaintenanceWindow], now: datetime) -> list[Silence]:
    """The silences of all windows that are open or open soon. The same window has the same id at every look."""
    return list({one.silence_id: one for one in _each(windows, now)}.values())


def _each(windows: Sequence[MaintenanceWindow], now: datetime) -> list[Silence]:
    return [
        Silence(
            silence_id=_identify(window, during),
            starts_at=during.start,
            ends_at=during.end,
            reason=window.reason,
            created_by=window.source,
            created_at=now,
            app=window.app,
            monitor=cast(SubjectKind | None, window.kind),
            name=window.name,
            severity=window.severity,
        )
        for window in windows
        for during in window.occurrences(now, now + AHEAD)
    ]


def _identify(window: MaintenanceWindow, during: Occurrence) -> str:
    said = repr((window.app, window.kind, window.name, during.start.isoformat(), during.end.isoformat()))
    said += window.severity or ""
    return MAINTENANCE + hashlib.sha256(said.encode()).hexdigest()[:16]
