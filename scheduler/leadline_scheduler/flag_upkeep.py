"""Maintains the flags: records the flags in leadline.toml, and publishes the file again if a publisher died.

It runs once a second; without changes it only reads the end of the change feed and the file's state.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial

from leadline.errors import LeadlineError
from leadline.guard.flag_desk import FlagDesk
from leadline.records import Records
from leadline.settings import Settings, configured_flags, configured_rings
from leadline_scheduler.records_thread import RecordsThread

LOOK_EVERY_S = 1.0
log = logging.getLogger(__name__)


class FlagKeeping:
    """`follow` it with the settings in force; `run` for ever."""

    def __init__(
        self, settings: Settings, *, records: Records, thread: RecordsThread, wall: Callable[[], datetime]
    ) -> None:
        self._records = records
        self._thread = thread
        self._wall = wall
        self._home = settings.paths.home
        self._trouble = ""
        self.follow(settings)

    def follow(self, settings: Settings) -> None:
        """Takes the flags of a saved file."""
        self._desk = FlagDesk(
            self._records,
            home=self._home,
            flags=configured_flags(settings),
            rings=configured_rings(settings),
            environments={app.name: app.environment for app in settings.apps},
        )
        self._has_noted = not settings.flags

    async def run(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """Records and repairs; an error is logged once and tried again."""
        try:
            desk, now = self._desk, self._wall()
            if not self._has_noted:
                noted = await self._thread.do(partial(desk.note_configured, now))
                self._has_noted = desk is self._desk
                if noted:
                    log.info("flags of leadline.toml: %d new or changed", noted)
            if await self._thread.do(partial(desk.mend, now)):
                log.info("published the flags: the file differed from the records")
            self._trouble = ""
        except LeadlineError as error:
            if error.message != self._trouble:
                log.error("the flags can't be updated now: %s", error)
            self._trouble = error.message
