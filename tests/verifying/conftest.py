"""One collector and one site behind a proxy for all tests, one Chromium for the tests of a file."""

from __future__ import annotations

import urllib.request
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright
from story.world import free_ports, wait_until
from verifying.proxied_shop import Shop, serve_shop
from warm import COMMAND, Warm

from leadline_probes.browser import launch_chromium

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests of one module share an event loop, because they share a browser."""
    for item in items:
        if item.path.is_relative_to(HERE) and pytest_asyncio.is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="module"), append=False)


@pytest.fixture(scope="session")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """One collector and one site for all tests of a process; the app's origins are the site's."""
    folder = tmp_path_factory.mktemp("shop")
    port, other = free_ports(2)
    file = folder / "leadline.toml"
    file.write_text(
        f'[collector]\nlisten = "127.0.0.1:{other}"\n'
        f'[[app]]\nname = "shop"\nbase_url = "http://localhost:{port}"\nkeys = ["pk_shop"]\n'
        f'revoked_keys = ["pk_past"]\n'
        f'[[app]]\nname = "elsewhere"\nbase_url = "https://shop.example"\nkeys = ["pk_elsewhere"]\n'
        f'[[app]]\nname = "few"\nkeys = ["pk_few"]\norigins = ["*"]\nsample = 0.000001\n'
        f'[[app]]\nname = "off"\nkeys = ["pk_off"]\norigins = ["*"]\non = false\n'
    )
    process = Warm(COMMAND, "collector", "-c", str(file), log=file.with_suffix(".log"))
    shop = Shop(port, f"http://127.0.0.1:{other}", file)
    wait_until("the collector answers", lambda: _answers(f"{shop.collector}/healthz"), within_s=30)
    server = serve_shop(shop)
    yield shop
    server.shutdown()
    server.server_close()
    process.terminate()
    process.wait(timeout=15)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.fixture
def shop(standing: Shop) -> Shop:
    standing.headers, standing.broken = {}, {}
    return standing


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await launch_chromium(playwright)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Page]:
    """A page with a cache of its own. No tag of these tests comes after the load, so none is waited for."""
    monkeypatch.setattr("leadline.cli.verifying.page_watch.LATE_TAG_S", 0.3)
    context = await browser.new_context(ignore_https_errors=True)
    yield await context.new_page()
    await context.close()
