"""`python tools/readme_pictures.py [FOLDER]`: now.png and now-dark.png, from a seeded home and the real dashboard.

FOLDER is docs/images unless named; a test takes the same pictures into a folder of its own.

The figures are made up (a shop whose canary sells nothing); the dashboard is the real one. Needs Chromium and the
built dashboard. Run it when *Now* has changed, and look at the pictures.
"""

from __future__ import annotations

import asyncio
import os
import random
import socket
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from leadline import clock
from leadline.incidents import Routing
from leadline.model import Receipt, RunResult, RunStatus
from leadline_probes.browser import find_chromium
from leadline_scheduler.state import STATE_FILE, MonitorState, SchedulerState, write_state

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))
from dashboard_views import seeded  # noqa: E402  # the home that the dashboard's tests look at
from dashboard_views.seeded import Home  # noqa: E402

MOST_BYTES = 150_000  # a README is read on a phone as well
SHOP = """<!doctype html><style>
body { margin: 0; font: 18px system-ui, sans-serif; color: #22303a; background: #f4efe6 }
header { background: #20404f; color: #fff; padding: 20px 32px; font-size: 26px }
main { display: grid; grid-template-columns: 1fr 1fr; gap: 32px; padding: 32px }
div { height: 260px; border-radius: 12px; background: linear-gradient(160deg, #c9762f, #7d3f17) }
h1 { margin: 0 0 12px } button { font: inherit; padding: 14px 40px; border: 0; border-radius: 8px; background: #20404f;
color: #fff }</style><header>Harbour Tea</header><main><div></div><section><h1>Lapsang, 100 g</h1><p>9.50 €, in stock
<p><button>Buy</button></section></main>"""


async def main(images: Path) -> int:
    arguments = ["--disable-background-networking", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with tempfile.TemporaryDirectory() as folder:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=find_chromium(os.environ), args=arguments)
            shop = await take_shop(browser)
            seeded.picture = lambda: shop
            home = seeded.Home(Path(folder) / "home", free_port())
            try:
                seed(home)
                home.serve()
                sizes = []
                for scheme in ("light", "dark"):
                    say_running(home)  # again: a scheduler that is silent for a while is said to be so
                    sizes.append(await take_now(browser, home.url, images, scheme=scheme))
            finally:
                home.close()
            await browser.close()
    return 0 if all(size <= MOST_BYTES for size in sizes) else 1


RELEASED_MINUTES_AGO = 90
MONITORS = (
    ("journey", "checkout", "baseline", 2400),
    ("journey", "checkout", "canary", 2300),
    ("journey", "search", None, 900),
    ("journey", "sign-in", None, 1500),
    ("check", "health", None, 35),
)


def seed(home: Home) -> None:
    """Three quarters of an hour in which all was well, and a canary that sells nothing."""
    assert home.records is not None
    chance, now = random.Random(4), clock.now()
    for minute in range(45, 0, -1):
        for monitor, name, cohort, typical_ms in MONITORS:
            at = now - timedelta(minutes=minute)
            duration_ms = typical_ms * chance.lognormvariate(0, 0.15)
            result = RunResult(
                run_id=clock.new_id(),
                monitor="check" if monitor == "check" else "journey",
                name=name,
                app=home.app,
                cohort=cohort,
                service_version="1.5.0" if cohort == "canary" else "1.4.2",
                status=RunStatus.DEGRADED if chance.random() < 0.03 else RunStatus.PASSED,
                started_at=at,
                finished_at=at + timedelta(milliseconds=duration_ms),
                duration_ms=duration_ms,
            )
            home.records.commit_result(result, confirm=2, severity="critical", routing=Routing(targets=()), now=at)
    home.fail("checkout", cohort="canary", service_version="1.5.0", error_message="Thank you is not visible")
    for claimed in home.records.claim_due(owner="picture", now=clock.now(), lease_s=60, limit=10):
        accepted = Receipt(is_accepted=True, duration_ms=80)
        home.records.record_receipt(
            claimed.notification.notification_id, accepted, now=clock.now(), next_attempt_at=None
        )
    home.deploy("1.4.2", minutes_ago=24 * 60)
    home.deploy("1.5.0", minutes_ago=RELEASED_MINUTES_AGO)
    home.visit("1.4.2", 1200, buying=0.12, lcp_ms=1400, over_minutes=RELEASED_MINUTES_AGO)
    home.visit("1.5.0", 1200, buying=0.0, lcp_ms=1380, over_minutes=RELEASED_MINUTES_AGO)
    say_running(home)


def say_running(home: Home) -> None:
    """Writes the status file of a running scheduler."""
    now = clock.now()
    monitors = [
        MonitorState(
            monitor=monitor,
            name=name,
            app=home.app,
            cohort=cohort,
            location="local",
            every_s=60,
            next_run_at=now + timedelta(seconds=30),
            last_status="passed",
            last_finished_at=now,
        )
        for monitor, name, cohort, _ in MONITORS
    ]
    state = SchedulerState(pid=os.getpid(), state="running", started_at=now, last_tick_at=now, monitors=monitors)
    write_state(home.settings.paths.run / STATE_FILE, state)


async def take_shop(browser: Browser) -> bytes:
    page = await browser.new_page(viewport={"width": 960, "height": 420})
    await page.set_content(SHOP)
    shot = await page.screenshot()
    await page.close()
    return shot


async def take_now(browser: Browser, url: str, images: Path, *, scheme: str) -> int:
    """One picture; its size in bytes."""
    context = await browser.new_context(
        viewport={"width": 1280, "height": 720},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
    )
    page = await context.new_page()
    await page.goto(url)
    await page.get_by_role("article").get_by_role("img").wait_for()
    await page.locator(".line").get_by_text("baseline").first.wait_for()
    await page.get_by_text("Sessions with bought").wait_for()
    await page.get_by_text("sells less").first.wait_for()
    file = images / ("now.png" if scheme == "light" else "now-dark.png")
    size = len(await page.screenshot(path=file))
    print(f"{file}: {size / 1000:.0f} kB")
    await context.close()
    return size


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images"
    folder.mkdir(exist_ok=True)
    sys.exit(asyncio.run(main(folder)))
