"""The fixtures of a visit: the built scripts, a collector, a site, a browser. Every page's console must stay silent."""

from __future__ import annotations

import base64
import hashlib
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from beacon.collecting import Collecting, run_collector
from beacon.site import Site, open_site
from beacon.visiting import WHOLE_CHROMIUM, Browsers, Visiting, until
from playwright.async_api import Page, async_playwright

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
STATIC = ROOT / "collector" / "leadline_collector" / "static"

Visit = Callable[..., Awaitable[Visiting]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests of one module share an event loop, because they share a browser."""
    for item in items:
        if item.path.is_relative_to(HERE) and pytest_asyncio.is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="module"), append=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """A failure tells what the site was asked and what the pages said."""
    report = yield
    if report.failed:
        for name, found in getattr(item, "funcargs", {}).items():
            if isinstance(found, Site):
                lines = [f"{asked.method} {asked.path} {asked.status} {asked.body[:2000]!r}" for asked in found.asked]
                report.sections.append((f"asked of {name}", "\n".join(lines)))
            elif isinstance(found, Visiting):
                report.sections.append((f"said in {name}", "\n".join([*found.said, *found.faults])))
    return report


@pytest.fixture(scope="session")
def built() -> Path:
    """The folder of built scripts, built now where there is none."""
    if not (STATIC / "b.js").exists():
        for verb in (["ci", "--no-audit", "--no-fund"], ["run", "build"]):
            subprocess.run([sys.executable, str(ROOT / "tools" / "npm.py"), "web/beacon", *verb], cwd=ROOT, check=True)
    return STATIC


@pytest.fixture
def integrity(built: Path) -> str:
    """The SRI hash of b.js as a tag would carry it."""
    return "sha384-" + base64.b64encode(hashlib.sha384((built / "b.js").read_bytes()).digest()).decode()


@pytest.fixture(scope="session")
def collecting(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collecting]:
    """One real collector process for all tests; each test's site has an origin of its own."""
    with run_collector(tmp_path_factory.mktemp("collecting")) as collecting:
        yield collecting


@pytest.fixture
def make_site(collecting: Collecting) -> Iterator[Callable[[], Site]]:
    """Sites of different origins."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(open_site(collecting))


@pytest.fixture
def site(make_site: Callable[[], Site]) -> Site:
    return make_site()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browsers() -> AsyncIterator[Browsers]:
    async with async_playwright() as playwright:
        browsers = Browsers(playwright)
        yield browsers
        for browser in browsers.kept.values():
            await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def visit(browsers: Browsers) -> AsyncIterator[Visit]:
    """A browser for this test alone: `await visit("--some-switch")`."""
    visits: list[Visiting] = []

    async def launch(*switches: str) -> Visiting:
        visits.append(Visiting(await browsers.launch(*switches)))
        return visits[-1]

    yield launch
    for visiting in visits:
        await visiting.browser.close()
        assert visiting.unexpected() == []


@pytest_asyncio.fixture(loop_scope="module")
async def visiting(browsers: Browsers) -> AsyncIterator[Visiting]:
    """The browser that tests share. What a page says or throws unexpectedly fails its test."""
    visiting = Visiting(await browsers.shared())
    yield visiting
    await visiting.close()
    assert visiting.unexpected() == []


@pytest_asyncio.fixture(loop_scope="module")
async def visiting_whole(browsers: Browsers) -> AsyncIterator[Visiting]:
    """A Chromium with everything that a person's has; the test is skipped where only the headless shell is."""
    if WHOLE_CHROMIUM is None:
        pytest.skip("needs a whole Chromium: apt-get install chromium, or LEADLINE_WHOLE_CHROMIUM")
    visiting = Visiting(await browsers.shared(WHOLE_CHROMIUM))
    yield visiting
    await visiting.close()
    assert visiting.unexpected() == []


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Callable[[str], None]]:
    """Opens an address in a Chromium that nobody is attached to: DevTools, and so Playwright, turn prerendering off."""
    if WHOLE_CHROMIUM is None:
        pytest.skip("needs a whole Chromium: apt-get install chromium, or LEADLINE_WHOLE_CHROMIUM")
    started: list[subprocess.Popen[bytes]] = []

    def open_alone(address: str) -> None:
        switches = ["--headless=new", "--no-sandbox", "--no-first-run", "--disable-background-networking"]
        home = f"--user-data-dir={tmp_path / 'browser'}"
        nowhere = subprocess.DEVNULL
        started.append(subprocess.Popen([WHOLE_CHROMIUM, *switches, home, address], stdout=nowhere, stderr=nowhere))

    yield open_alone
    for process in started:
        process.terminate()
        process.wait(timeout=15)


@pytest.fixture
def wait() -> Callable[..., Awaitable[Any]]:
    return until


@pytest.fixture
def leave() -> Callable[[Page], Awaitable[None]]:
    """Leaves the page for one without a beacon, as a person does who follows a link."""

    async def go(page: Page) -> None:
        await page.goto("about:blank")

    return go
