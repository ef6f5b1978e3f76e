"""Decides who gets a free worker first: a confirming re-run, then a first run, then an ordinary slot.

A page depends on the re-run, so it must not wait behind fifty slots. A seat is one free worker, whatever runs on it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import IntEnum
from heapq import heappop, heappush


class Urgency(IntEnum):
    """Lower goes first; within one urgency, first come first served."""

    CONFIRM = 0
    FIRST = 1
    SLOT = 2


class NoSeat(Exception):
    """No seat became free in time, or no more are given: the slot is skipped."""


class Seats:
    """As many seats as workers, given by urgency."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._free = size
        self._waiting: list[tuple[Urgency, int, asyncio.Future[None]]] = []
        self._arrivals = 0
        self._is_closed = False

    @property
    def waiting(self) -> int:
        """How many wait for a seat."""
        return sum(not given.done() for _, _, given in self._waiting)

    def grow(self, more: int) -> None:
        """That many more seats."""
        for _ in range(more):
            self.size += 1
            self._release()

    def close(self) -> None:
        """Gives no more seats: all waiting and later callers get NoSeat."""
        self._is_closed = True
        for _, _, given in self._waiting:
            if not given.done():
                given.set_exception(NoSeat("the scheduler was stopped"))
        self._waiting.clear()

    @asynccontextmanager
    async def take(self, urgency: Urgency, *, patience_s: float) -> AsyncIterator[None]:
        """Holds a seat inside the block; raises NoSeat if none became free within `patience_s`."""
        await self._acquire(urgency, patience_s)
        try:
            yield
        finally:
            self._release()

    async def _acquire(self, urgency: Urgency, patience_s: float) -> None:
        if self._is_closed:
            raise NoSeat("the scheduler was stopped")
        if self._free > 0:  # nobody waits while a seat is free: _release passes it on
            self._free -= 1
            return
        given = asyncio.get_running_loop().create_future()
        self._arrivals += 1
        heappush(self._waiting, (urgency, self._arrivals, given))
        try:
            async with asyncio.timeout(patience_s):
                await given
        except TimeoutError as error:
            self._hand_back(given)
            raise NoSeat(f"no worker came free within {patience_s:.0f} s") from error
        except asyncio.CancelledError:
            self._hand_back(given)
            raise

    def _hand_back(self, given: asyncio.Future[None]) -> None:
        """Passes on a seat that was given at the very moment its taker gave up."""
        if given.done() and not given.cancelled() and given.exception() is None:
            self._release()

    def _release(self) -> None:
        while self._waiting:
            _, _, given = heappop(self._waiting)
            if not given.done():
                given.set_result(None)
                return
        self._free += 1
