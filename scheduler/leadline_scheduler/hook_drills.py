"""Rehearses each hook with `drill_every` when its last rehearsal is older than that."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from leadline.errors import StorageUnavailable
from leadline.guard.drills import drill
from leadline.guard.hooks.flag import FlagDoor
from leadline.guard.hooks.kinds import make_hook
from leadline.model.hooks import HookSpec
from leadline.records import Records
from leadline_scheduler.records_thread import RecordsThread

log = logging.getLogger(__name__)

LOOK_EVERY_S = 60.0


class HookDrills:
    """Runs until it is cancelled. A hook that `is_busy` is acting for real, and is not rehearsed meanwhile."""

    def __init__(
        self,
        *,
        records: Records,
        thread: RecordsThread,
        door: FlagDoor,
        wall: Callable[[], datetime],
        specs: Callable[[], Sequence[HookSpec]],
        is_busy: Callable[[str], bool],
    ) -> None:
        self._records = records
        self._thread = thread
        self._door = door
        self._wall = wall
        self._specs = specs
        self._is_busy = is_busy

    async def run(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                await self.look()
            except StorageUnavailable as error:
                log.error("drills can't be planned: %s", error.message)

    async def look(self) -> None:
        """Rehearses hooks that are due, one after the other."""
        for spec in self._specs():
            if spec.drill_every_s is None or self._is_busy(spec.name):
                continue
            known = await self._thread.do(partial(self._records.actions, hook=spec.name, limit=1000))
            last = max((one.requested_at for one in known if one.cause == "drill"), default=None)
            if last is not None and (self._wall() - last).total_seconds() < spec.drill_every_s:
                continue
            action = await drill(make_hook(spec, flags=self._door), by="scheduler", wall=self._wall)
            await self._thread.do(partial(self._records.write_action, action), patience_s=math.inf)
            level = logging.INFO if action.state == "verified" else logging.ERROR
            log.log(level, "drill of hook %s: %s %s", spec.name, action.state, action.error)
