"""A scheduler that stops while it pages: the page is sent once, by it or by the next."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any

from scheduler.dispatching import running, states

from leadline.model import NotificationState
from leadline.records import Records

Until = Callable[..., Awaitable[None]]


async def test_what_a_stopped_scheduler_left_is_sent_by_the_next(
    make_dispatcher: Any, targets: Any, break_site: Any, turned_clock: Any, until: Until
) -> None:
    targets.hanging = {"oncall"}
    async with running(make_dispatcher()) as first:
        await break_site()
        first.wake()
        await until(lambda: targets.tried)
    targets.hanging.clear()
    turned_clock.turn(seconds=60)  # its lease runs out
    async with running(make_dispatcher()):
        await until(lambda: targets.told("oncall") == ["open"])
    first_try, second_try = targets.tried
    assert first_try.idempotency_key == second_try.idempotency_key


async def test_a_lease_from_the_future_is_no_lease(
    make_dispatcher: Any, targets: Any, break_site: Any, turned_clock: Any, until: Until
) -> None:
    targets.hanging = {"oncall"}
    turned_clock.turn(hours=1)
    async with running(make_dispatcher()) as first:
        await break_site()
        first.wake()
        await until(lambda: targets.tried)
    targets.hanging.clear()
    turned_clock.turn(hours=-1)
    async with running(make_dispatcher()):
        await until(lambda: targets.told("oncall") == ["open"])


async def test_an_attempt_underway_is_let_end_when_the_scheduler_stops(
    make_dispatcher: Any, targets: Any, break_site: Any, records: Records, until: Until
) -> None:
    release = asyncio.Event()
    send = targets.send

    async def slow_send(*arguments: Any, **more: Any) -> Any:
        receipt = await send(*arguments, **more)
        await release.wait()
        return receipt

    targets.send = slow_send
    dispatcher = make_dispatcher()
    loop = asyncio.create_task(dispatcher.run())
    await break_site()
    dispatcher.wake()
    await until(lambda: targets.tried)
    loop.cancel()
    flushing = asyncio.create_task(dispatcher.flush(grace_s=30))
    release.set()
    await flushing
    assert states(records)["open", "oncall"][0] is NotificationState.ACCEPTED


async def test_a_claim_that_the_stop_overtakes_is_still_sent(
    make_dispatcher: Any, targets: Any, break_site: Any, records: Records, monkeypatch: Any, until: Until
) -> None:
    claim_due, in_claim, go_on = records.claim_due, threading.Event(), threading.Event()

    def slow_claim(**arguments: Any) -> Any:
        claimed = claim_due(**arguments)
        if claimed:
            in_claim.set()
            go_on.wait(20)
        return claimed

    monkeypatch.setattr(records, "claim_due", slow_claim)
    await break_site()
    dispatcher = make_dispatcher()
    loop = asyncio.create_task(dispatcher.run())
    await until(in_claim.is_set)
    loop.cancel()
    go_on.set()
    await asyncio.gather(loop, return_exceptions=True)
    await dispatcher.flush(grace_s=20)
    assert states(records)["open", "oncall"][0] is NotificationState.ACCEPTED
