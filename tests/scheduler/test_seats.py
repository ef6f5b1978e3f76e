"""A confirming re-run goes before a first run, and a first run before an ordinary slot."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from leadline_scheduler.seats import NoSeat, Seats, Urgency

Until = Callable[..., Awaitable[None]]


async def test_the_most_urgent_goes_first_and_equals_in_their_order(until: Until) -> None:
    seats, order, release = Seats(1), list[str](), asyncio.Event()

    async def hold() -> None:
        async with seats.take(Urgency.SLOT, patience_s=10):
            await release.wait()

    async def wait(name: str, urgency: Urgency) -> None:
        async with seats.take(urgency, patience_s=10):
            order.append(name)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(hold())
        await asyncio.sleep(0)
        for name, urgency in [
            ("slot 1", Urgency.SLOT),
            ("slot 2", Urgency.SLOT),
            ("first", Urgency.FIRST),
            ("confirm", Urgency.CONFIRM),
        ]:
            tasks.create_task(wait(name, urgency))
        await until(lambda: seats.waiting == 4)
        release.set()
    assert order == ["confirm", "first", "slot 1", "slot 2"]


async def test_who_finds_no_place_in_time_is_told_so_and_leaves_no_hole() -> None:
    seats = Seats(1)
    async with seats.take(Urgency.SLOT, patience_s=1):
        with pytest.raises(NoSeat):
            async with seats.take(Urgency.SLOT, patience_s=0):
                pass
    async with seats.take(Urgency.SLOT, patience_s=0):
        assert seats.waiting == 0


async def test_a_place_is_not_lost_when_its_taker_is_cancelled_as_it_is_handed_over() -> None:
    seats = Seats(1)

    async def take() -> None:
        async with seats.take(Urgency.SLOT, patience_s=10):
            pass

    async with seats.take(Urgency.SLOT, patience_s=1):
        waiting = asyncio.create_task(take())
        await asyncio.sleep(0)
    waiting.cancel()  # the seat has been given to it, but it has not woken yet
    with pytest.raises(asyncio.CancelledError):
        await waiting
    async with seats.take(Urgency.SLOT, patience_s=0):
        assert seats.waiting == 0


async def test_closed_places_send_everybody_away(until: Until) -> None:
    seats = Seats(1)

    async def take() -> None:
        async with seats.take(Urgency.CONFIRM, patience_s=10):
            raise AssertionError("given a seat")

    async with seats.take(Urgency.SLOT, patience_s=1):
        waiting = asyncio.create_task(take())
        await until(lambda: seats.waiting == 1)
        seats.close()
        with pytest.raises(NoSeat):
            await waiting
    with pytest.raises(NoSeat):
        await take()
