"""`compare` where the trusted code and the candidate are coroutines."""

from __future__ import annotations

import asyncio

import pytest

from leadline.darklaunch import Compare


async def settle_async(compare: Compare, name: str, comparisons: int) -> dict[str, int]:
    async with asyncio.timeout(20):
        while sum(compare.counts(name).values()) < comparisons:
            await asyncio.sleep(0)
    return {outcome: count for outcome, count in compare.counts(name).items() if count}


async def test_awaitables_are_compared_in_tasks(compare: Compare) -> None:
    async def old() -> int:
        return 1

    async def new() -> int:
        return 2

    assert await compare("price", old, new) == 1
    assert await settle_async(compare, "price", 1) == {"mismatched": 1}


async def test_an_async_candidate_that_hangs_times_out_and_is_capped(compare: Compare) -> None:
    never = asyncio.Event()

    async def old() -> int:
        return 1

    compare.configure("price", timeout="20ms", most_at_once=2)
    for _ in range(4):
        assert await compare("price", old, never.wait) == 1
    assert await settle_async(compare, "price", 4) == {"timed_out": 2, "skipped": 2}


async def test_an_async_exception_is_raised_and_compared(compare: Compare) -> None:
    async def broken() -> None:
        raise KeyError("no such cart")

    with pytest.raises(KeyError):
        await compare("price", broken, broken)
    assert await settle_async(compare, "price", 1) == {"matched": 1}
