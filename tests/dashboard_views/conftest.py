"""A seeded home with the real web service on it, and a real Chromium that looks."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from dashboard_views.seeded import Home, Look
from playwright.async_api import Browser, async_playwright, expect
from story.world import free_ports

from leadline_probes.browser import find_chromium

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests of one module share an event loop, because they share a browser."""
    for item in items:
        if item.path.is_relative_to(HERE) and pytest_asyncio.is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="module"), append=False)


@pytest.fixture(autouse=True)
def patient() -> Iterator[None]:
    """A page may take longer than the usual five seconds where other tests have the processor."""
    expect.set_options(timeout=30_000)
    yield
    expect.set_options(timeout=None)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path / "home", free_ports(1)[0])
    yield made
    made.close()


# One browser for all tests of a file; each view that is opened has a context of its own.
@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        arguments = ["--disable-background-networking", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
        browser = await playwright.chromium.launch(executable_path=find_chromium(os.environ), args=arguments)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def look(browser: Browser) -> AsyncIterator[Callable[..., Any]]:
    """Opens a view; `said` collects the console's errors and the page's own."""
    opened: list[Look] = []

    async def open_view(url: str, **context: Any) -> Look:
        page = await (await browser.new_context(**({"viewport": {"width": 1280, "height": 800}} | context))).new_page()
        shown = Look(page)
        page.on("console", lambda message: shown.said.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: shown.said.append(str(error)))
        await page.goto(url)
        opened.append(shown)
        return shown

    yield open_view
    for shown in opened:
        await shown.page.context.close()
