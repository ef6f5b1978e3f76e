"""How a run takes leave of its pages: they are left, not closed, and their context stays open for a moment.

A page tells its last beacon when it is left, and Chromium drops what is under way when the context goes (3 of 25 last
beacons were lost on a busy machine). So the context is closed later, while the next run is going on already.
"""

from __future__ import annotations

import asyncio

from playwright.async_api import BrowserContext, Error

# A beacon is under way for milliseconds; on a machine under ten times its load, for some hundred.
LINGER_S = 1.0
# A page whose script spins can't be left, only closed.
_LEAVE_TIMEOUT_S = 1.0

# From within the page: the same renderer goes on, which a navigation from outside would replace (6 % of a run's CPU).
_LEAVE = "() => { location.replace('about:blank') }"


class Partings:
    """The contexts of a browser that wait for their end."""

    def __init__(self) -> None:
        self._under_way: set[asyncio.Task[None]] = set()

    async def leave(self, context: BrowserContext) -> str | None:
        """Leave every page of `context` and let it be closed in the background; what went wrong, if anything."""
        trouble = None
        try:
            async with asyncio.timeout(_LEAVE_TIMEOUT_S):
                for page in context.pages:
                    await page.evaluate(_LEAVE)
        except (Error, TimeoutError) as error:
            trouble = f"a page could not be left: {error}"
        task = asyncio.create_task(_close_later(context))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return trouble

    async def settle(self) -> None:
        """Until every context is closed: before the browser is."""
        if self._under_way:
            await asyncio.wait(set(self._under_way))


async def _close_later(context: BrowserContext) -> None:
    await asyncio.sleep(LINGER_S)
    try:
        await context.close()
    except Error:
        return  # the browser is gone, and the context with it
