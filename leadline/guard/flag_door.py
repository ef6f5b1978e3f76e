"""Access to flags for a hook: each call in a thread, because records and disk block."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from leadline.guard.flag_desk import FlagDesk
from leadline.guard.hooks.flag import FlagDoor

__all__ = ["open_door"]


def open_door(desk: Callable[[], FlagDesk], *, wall: Callable[[], datetime]) -> FlagDoor:
    """`desk` is called each time, so that a saved file applies to the next call."""

    async def kill(key: str, by: str, reason: str) -> str:
        row = await asyncio.to_thread(desk().kill, key, by=by, reason=reason[:500], at=wall())
        return f"{key}: {row['reach']}"

    async def rehearse(key: str) -> str:
        return await asyncio.to_thread(desk().rehearse, key, at=wall())

    async def describe(key: str) -> str:
        rows = await asyncio.to_thread(desk().rows)
        found = next((row for row in rows if row["key"] == key), None)
        if found is None:
            desk().find(key)  # raises, and names the nearest
        return f"{key} is {found['state']}: {found['reach']}" if found else key

    return FlagDoor(kill=kill, rehearse=rehearse, describe=describe)
