"""Keeps visitors coming at a steady rate through one long-lived browser, a few at a time."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from playwright.async_api import Browser, async_playwright

from visitors.chromium import find_chromium, launch_arguments
from visitors.plan import Visit, plan_visits
from visitors.visit import make_visit

# More at once than this only makes each of them slower on two cores, and the vitals with them.
MOST_AT_ONCE = 4
# One visit in five seconds leaves the machine to others.
FEWER_PER_SECOND = 0.2


@dataclass
class Crowd:
    """Who comes, how often, and how their visits ended so far. `most` ends it after that many visits."""

    base_url: str
    per_second: float
    seed: int
    most: int | None = None
    endings: Counter[str] = field(default_factory=Counter)
    on_ending: Callable[[Visit, str], None] | None = None

    async def keep_coming(self, stopped: asyncio.Event) -> None:
        """Until `stopped` is set or `most` came. A browser that died is replaced."""
        visits = plan_visits(self.seed)
        executable = find_chromium()
        async with async_playwright() as playwright:
            while not stopped.is_set() and not self._is_complete(0):
                browser = await playwright.chromium.launch(
                    executable_path=executable, args=launch_arguments(executable), handle_sigint=False
                )
                try:
                    await self._fill(browser, visits, stopped)
                finally:
                    await browser.close()

    def slow_down(self) -> None:
        self.per_second = min(self.per_second, FEWER_PER_SECOND)

    async def _fill(self, browser: Browser, visits: Iterator[Visit], stopped: asyncio.Event) -> None:
        """One visitor every so often, a few at a time; the next one is late where the machine is."""
        running: set[asyncio.Task[None]] = set()
        while not stopped.is_set() and browser.is_connected() and not self._is_complete(len(running)):
            visit = next(visits)
            running.add(asyncio.create_task(self._visit(browser, visit)))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopped.wait(), visit.pause_s / self.per_second)
            running = {task for task in running if not task.done()}
            if len(running) >= MOST_AT_ONCE:
                _, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        if running:
            await asyncio.wait(running, timeout=0 if stopped.is_set() else None)
        for task in running:
            task.cancel()

    async def _visit(self, browser: Browser, visit: Visit) -> None:
        ending = await make_visit(browser, base_url=self.base_url, visit=visit)
        self.endings[ending] += 1
        if self.on_ending is not None:
            self.on_ending(visit, ending)

    def _is_complete(self, running: int) -> bool:
        return self.most is not None and self.endings.total() + running >= self.most
