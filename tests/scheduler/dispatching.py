"""Runs a dispatcher, and tells what the records say of its pages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from leadline.model import NotificationState, TransitionKind
from leadline.records import Records
from leadline_scheduler.dispatch import Dispatcher


@asynccontextmanager
async def running(dispatcher: Dispatcher) -> AsyncIterator[Dispatcher]:
    loop = asyncio.create_task(dispatcher.run())
    try:
        yield dispatcher
    finally:
        loop.cancel()
        await asyncio.gather(loop, return_exceptions=True)
        await dispatcher.flush(grace_s=0)


def states(records: Records) -> dict[tuple[str, str], tuple[NotificationState, int]]:
    return {(row.transition.value, row.target): (row.state, row.attempts) for row in records.notifications()}


def receipts(records: Records, target: str) -> int:
    """How many attempts at a target's opening have come to a receipt: a claim alone counts as an attempt already."""
    return sum(
        len(records.receipts(row.notification_id))
        for row in records.notifications()
        if (row.transition, row.target) == (TransitionKind.OPEN, target)
    )
