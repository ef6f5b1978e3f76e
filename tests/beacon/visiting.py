"""Real Chromiums, one for all tests of a module, and what the pages in them said: nothing, unless a test expects it."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page, Playwright

HEADLESS_SHELL = os.environ.get("LEADLINE_CHROMIUM") or shutil.which("chromium-headless-shell")
# The headless shell has neither the back/forward cache nor prerendering; a whole Chromium has.
WHOLE_CHROMIUM = os.environ.get("LEADLINE_WHOLE_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


async def until(ask: Callable[[], Any], *, within_s: float = 45) -> Any:
    """Polls until `ask` is truthy, and returns what it said. The bound is for a machine that is very busy."""
    deadline = time.monotonic() + within_s
    while not (answer := ask()):
        assert time.monotonic() < deadline, f"not within {within_s} s"
        await asyncio.sleep(0.05)
    return answer


async def until_known(page: Page, what: str) -> None:
    """Polls until the current view has it. By the door of `b-more.js`: says when to go on, never what is asserted."""
    door = "Object.values(leadline).find(Array.isArray)"  # the build shortens its name
    await page.wait_for_function(f"{door}[1]().{what}", polling=50)


async def crash(page: Page) -> None:
    """Ends the page's renderer."""
    session = await page.context.new_cdp_session(page)
    async with page.expect_event("crash"):
        asking = asyncio.ensure_future(session.send("Page.crash"))
    # What was asked is never answered.
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)


# For a page's head: `armed` is what the browser was last given for later.
NOTE_ARMED = """<script>const later = window.fetchLater; window.armed = "";
window.fetchLater = (...given) => { armed = given[1].body; return later(...given) }</script>"""


@dataclass
class Visiting:
    """A browser, the contexts that a test opens in it, and what the pages in them said on their consoles."""

    browser: Browser
    said: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    async def context(self, **options: Any) -> BrowserContext:
        context = await self.browser.new_context(**options)
        context.on("console", lambda message: self.said.append(f"{message.type}: {message.text}"))
        context.on("weberror", lambda error: self.faults.append(str(error.error)))
        self.contexts.append(context)
        return context

    async def open(self, address: str, **options: Any) -> Page:
        """A page on which the beacon has started."""
        page = await (await self.context(**options)).new_page()
        await page.goto(address)
        await page.wait_for_function("window.leadline && leadline.version")
        return page

    def expect(self, *patterns: str) -> None:
        """Lines and errors that this test's pages may show. Whatever else they show fails the test."""
        self.expected += patterns

    def ours(self) -> list[str]:
        """What the beacon itself said."""
        return [line for line in self.said if "leadline: " in line]

    def unexpected(self) -> list[str]:
        lines = [*self.said, *self.faults]
        return [line for line in lines if not any(re.search(pattern, line) for pattern in self.expected)]

    async def close(self) -> None:
        for context in self.contexts:
            await context.close()


@dataclass
class Browsers:
    """Launches, and keeps one of a kind for whoever needs no other; a test that ends it gets the next one a new one."""

    playwright: Playwright
    kept: dict[str | None, Browser] = field(default_factory=dict)

    async def launch(self, *switches: str, executable: str | None = HEADLESS_SHELL) -> Browser:
        return await self.playwright.chromium.launch(
            executable_path=executable,
            args=["--no-sandbox", "--disable-background-networking", *switches],
            # Playwright turns the back/forward cache off, which people's browsers have on.
            ignore_default_args=["--disable-back-forward-cache"],
            timeout=60_000,
        )

    async def shared(self, executable: str | None = HEADLESS_SHELL) -> Browser:
        browser = self.kept.get(executable)
        if browser is None or not browser.is_connected():
            browser = self.kept[executable] = await self.launch(executable=executable)
        return browser
