"""The reference: Playwright's async API, one shared browser, a fresh context per run, nothing else.

With `trace` as second argument it has the snapshot trace on, and throws it away: what that alone costs.

For each line on standard input it makes one run and prints how long it took, in ms.
"""

from __future__ import annotations

import asyncio
import sys
import time

from four_steps import four_steps_raw
from playwright.async_api import async_playwright

from leadline_probes.browser import launch_chromium


async def main(base_url: str, has_trace: bool) -> None:
    async with async_playwright() as playwright:
        browser = await launch_chromium(playwright)
        print("ready", flush=True)
        while await asyncio.to_thread(sys.stdin.readline):
            started = time.perf_counter()
            context = await browser.new_context(base_url=base_url)
            if has_trace:
                await context.tracing.start(snapshots=True)
            await four_steps_raw(await context.new_page())
            await context.close()
            print((time.perf_counter() - started) * 1000, flush=True)
        await browser.close()


asyncio.run(main(sys.argv[1], "trace" in sys.argv[2:]))
