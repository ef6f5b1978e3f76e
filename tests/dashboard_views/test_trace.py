"""A failed run's trace opens in Playwright's own viewer, from the page that lists the failures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from dashboard_views.seeded import Home, Look
from playwright.async_api import Browser, Page, expect

from leadline.model import Evidence, RunStatus

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
Opens = Callable[..., Any]


async def record_trace(browser: Browser, file: Path) -> None:
    """What the probes keep of a failed run, made as they make it."""
    context = await browser.new_context()
    await context.tracing.start(screenshots=True, snapshots=True, sources=False)
    page = await context.new_page()
    await page.set_content("<h1>The shop of the trace</h1><button>Pay</button>")
    await page.get_by_role("button", name="Pay").click()
    await context.tracing.stop(path=file)
    await context.close()


async def open_snapshot(page: Page) -> None:
    """Chooses the action until its snapshot stands there, as a person would.

    The viewer's service worker keeps the trace in memory: where the browser ends it on a busy machine, the first
    snapshot stays empty, and a reload reads the trace again.
    """
    heading = page.frame_locator("iframe.snapshot-visible").get_by_role("heading", name="The shop of the trace")
    for is_last in (False, False, True):
        await page.get_by_role("treeitem").filter(has_text="Click").click()
        try:
            await expect(heading).to_be_visible()
        except AssertionError:
            if is_last:
                raise
            await page.reload()
        else:
            break


async def test_a_failures_trace_opens_with_its_actions_and_snapshots(
    home: Home, look: Opens, browser: Browser, tmp_path: Path
) -> None:
    folder = home.settings.paths.evidence / "2026-01-01" / "traced"
    folder.mkdir(parents=True)
    await record_trace(browser, folder / "trace.zip")
    kept = Evidence(kind="trace", path="2026-01-01/traced/trace.zip", size_bytes=(folder / "trace.zip").stat().st_size)
    (folder / "console.txt").write_text("0.000 s  error  no price\n")
    console = Evidence(kind="console", path="2026-01-01/traced/console.txt", size_bytes=25)
    home.run("checkout", RunStatus.FAILED, evidence=(kept, console), run_id="traced")
    home.serve()
    shown: Look = await look(f"{home.url}/#/journey?app=shop&name=checkout")
    said = await shown.page.request.get(
        f"{home.url}/{await shown.page.get_by_role('link', name='console').get_attribute('href')}"
    )
    assert (await said.text(), said.headers["content-type"]) == (
        "0.000 s  error  no price\n",
        "text/plain; charset=utf-8",
    )
    await shown.page.get_by_role("link", name="Open the trace in Playwright's viewer").click()
    await expect(shown.page.get_by_role("treeitem").filter(has_text="Click")).to_be_visible()
    await open_snapshot(shown.page)
    assert shown.said == []
