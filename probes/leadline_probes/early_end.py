"""What ends a run before its journey does: a page's process that is gone, an exit of a task, a page that throws on and
on."""

from __future__ import annotations

import asyncio

from leadline import clock
from leadline_probes.health import Health
from leadline_probes.thrown_errors import WINDOW_S, ThrownErrors

# A browser that has not answered for so long, while its page throws without pause, falls further and further behind.
# As long as the time in which errors are counted.
_UNANSWERED_S = WINDOW_S


class EarlyEnd:
    """Call `wait`. `exited` is what a task of the journey raised; `is_flooded`: the browser can't be used any more."""

    def __init__(self, health: Health, has_crashed: asyncio.Event) -> None:
        self.exited: SystemExit | None = None
        self.is_flooded = False
        self.thrown = ThrownErrors()
        self._health = health
        self._has_crashed = has_crashed
        self._has_come = asyncio.Event()

    def take_exit(self, exited: SystemExit) -> None:
        self.exited = self.exited or exited
        self._has_come.set()

    def note_error(self) -> None:
        """A page threw an error. If they come without pause, its other messages are read later and later."""
        self.thrown.note(now_s := clock.monotonic_s())
        if self._health.unanswered_s > _UNANSWERED_S and self.thrown.flood(now_s) is not None:
            self.is_flooded = True
            self._has_come.set()

    async def wait(self, journey: asyncio.Task[BaseException | None], *, timeout_s: float) -> None:
        """Until the journey ends, its time is over, or one of these."""
        ends = [asyncio.ensure_future(one.wait()) for one in (self._has_crashed, self._has_come)]
        await asyncio.wait({journey, *ends}, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        for one in ends:
            one.cancel()
