"""How a run closes its pages: one by one, and their context stays open for a moment.

A closed page sends its last beacon, one whose context is closed does not; and Chromium drops beacons in transit
when the context closes (3 of 25 last beacons on a busy machine). So the context is closed later, while the next run
is already in progress. Navigating each page to about:blank instead took 7 % of a run's CPU.
"""

from __future__ import annotations

import asyncio

from playwright.async_api import BrowserContext, Error

# A beacon takes milliseconds; on a machine under ten times its load, some hundred.
LINGER_S = 1.0
# A page with a looping script does not answer; it closes with its context.
_LEAVE_TIMEOUT_S = 1.0


class ClosingContexts:
    """The contexts of a browser that are being closed."""

    def __init__(self) -> None:
        self._under_way: set[asyncio.Task[None]] = set()
        self._leaving: set[BrowserContext] = set()

    def is_leaving(self, context: BrowserContext) -> bool:
        """Whether this context is already being closed."""
        return context in self._leaving

    async def leave(self, context: BrowserContext) -> str | None:
        """Closes every page of `context`, and the context in the background; returns an error, if any."""
        trouble = None
        try:
            async with asyncio.timeout(_LEAVE_TIMEOUT_S):
                for page in context.pages:
                    await page.close()
        except (Error, TimeoutError) as error:
            trouble = f"a page could not be closed: {error}"
        task = asyncio.create_task(_close_later(context))
        self._under_way.add(task)
        self._leaving.add(context)
        task.add_done_callback(self._under_way.discard)
        task.add_done_callback(lambda _: self._leaving.discard(context))
        return trouble

    async def settle(self) -> None:
        """Waits until every context is closed. Call it before the browser is closed."""
        if self._under_way:
            await asyncio.wait(set(self._under_way))


async def _close_later(context: BrowserContext) -> None:
    await asyncio.sleep(LINGER_S)
    try:
        await context.close()
    except Error:
        return  # the browser is gone, and the context with it
