"""Whatever a journey's browser sends, the last beacon on pagehide and every fetchLater included, is no real user's.

Those two carry the browser's own agent and none of a context's headers, so marks on the context don't reach them.
"""

from __future__ import annotations

import http.server
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from filled_homes import open_home
from playwright.async_api import async_playwright

from leadline import clock
from leadline.beaconlog import LogReader
from leadline.model import JourneySpec, RunStatus
from leadline.model.worker_messages import RunAsked
from leadline.settings import Settings, load_settings
from leadline.wire import decode_logged
from leadline.workers import WorkerPool

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
ROOT = Path(__file__).parents[2]
RUN_COLLECTOR = """
import sys
from pathlib import Path
from leadline.settings import load_settings
from leadline_collector.service import main
sys.exit(main(load_settings(Path(sys.argv[1]))))
"""
PERSON = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
# Beside our own script, a page's plain beacons that say nothing of themselves: only the agent tells them apart.
PAGE = """<!doctype html><title>Shop</title><h1>Shop</h1>
<script async src="COLLECTOR/b.js" data-app="shop" data-key="pk_1" data-version="1"></script>
<script>
const say = (how) => JSON.stringify({key: "pk_1", page_view_id: how + "-" + crypto.randomUUID(), url: location.href,
  events: [{name: how}], service_version: "1"});
addEventListener("pagehide", () => navigator.sendBeacon("COLLECTOR/v1/b", say("pagehide")));
fetchLater("COLLECTOR/v1/b", {method: "POST", body: say("later")});
</script>"""
JOURNEY = """
from leadline import expect, journey

@journey(every="1m")
async def shop(run, page):
    async with run.step("look"):
        await page.goto("/probe")
        await page.wait_for_function("window.leadline")
        await page.evaluate("leadline.event('bought')")
        await page.goto("/probe/basket")
        await expect(page.get_by_role("heading")).to_have_text("Shop")
"""
RUNS = 3


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    with socket.create_server(("127.0.0.1", 0)) as free:
        listen = f"127.0.0.1:{free.getsockname()[1]}"
    (tmp_path / "leadline.toml").write_text(
        f'[collector]\nlisten = "{listen}"\n'
        '[[app]]\nname = "shop"\nkeys = ["pk_1"]\norigins = ["*"]\nkpis = ["bought"]\n'
    )
    return load_settings(tmp_path / "leadline.toml")


@pytest.fixture
def collector(home: Settings, wait: Any) -> Iterator[str]:
    if not (ROOT / "collector" / "leadline_collector" / "static" / "b.js").exists():
        subprocess.run([sys.executable, str(ROOT / "tools" / "npm.py"), "web/beacon", "run", "build"], check=True)
    process = subprocess.Popen([sys.executable, "-P", "-c", RUN_COLLECTOR, str(home.file)], env=dict(os.environ))
    url = f"http://{home.collector.listen}"

    def is_ready() -> bool:
        return httpx.get(f"{url}/readyz").status_code == 200

    wait(is_ready)
    yield url
    process.send_signal(signal.SIGTERM)
    process.wait(10)


@pytest.fixture
def site(collector: str) -> Iterator[str]:
    class Answering(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(PAGE.replace("COLLECTOR", collector).encode())

        def log_message(self, *args: object) -> None:
            """Says nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


async def run_journeys(folder: Path, site: str) -> None:
    (folder / "shop.py").write_text(JOURNEY)
    spec = JourneySpec(name="shop", path=str(folder / "shop.py"), every_s=60.0)
    pool = WorkerPool(size=1, import_folder=folder, evidence_folder=folder / "evidence")
    await pool.start()
    try:
        for _ in range(RUNS):
            asked = RunAsked(
                request_id="",
                run_id=clock.new_id(),
                journey=spec,
                app="shop",
                base_url=site,
                import_folder=str(folder),
                evidence_folder=str(folder / "evidence"),
            )
            result = await pool.run(asked)
            assert result.status is RunStatus.PASSED, result.error_message
    finally:
        await pool.close()


async def visit_as_a_person(site: str) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium-headless-shell"), args=["--no-sandbox", f"--user-agent={PERSON}"]
        )
        page = await browser.new_page()
        for path in ("/person", "/person/basket"):
            await page.goto(site + path)
            await page.wait_for_function("window.leadline")
        await page.evaluate("leadline.event('bought')")
        await page.goto("about:blank")
        await page.close()
        await browser.close()


def arrived(home: Settings) -> Counter[tuple[str, str]]:
    """Who sent what, by the page's address, straight from the log: distinct views by the plain beacons' own names."""
    reader = LogReader(home.paths.beacon_log)
    beacons = [
        decode_logged(record.body).beacon
        for file in reader.files()
        for record in reader.read(file.name, after=0, limit=10_000).records
    ]
    views = {(one.page_view_id, (one.url or "").split("/")[3]) for one in beacons}
    return Counter((who, view.partition("-")[0]) for view, who in views if view.startswith(("pagehide-", "later-")))


async def test_every_beacon_of_a_journey_is_synthetic_and_none_is_in_real_users_figures(
    home: Settings, collector: str, site: str, tmp_path: Path, wait: Any
) -> None:
    await run_journeys(tmp_path, site)
    await visit_as_a_person(site)
    # two pages each: both armed a fetchLater, and at least the first was left by navigation
    wait(lambda: arrived(home)["probe", "later"] == 2 * RUNS and arrived(home)["person", "later"] == 2)
    sent = arrived(home)
    assert sent["probe", "pagehide"] >= RUNS
    with open_home(home) as opened:
        views = opened.query(
            "SELECT split_part(url_path, '/', 2) AS who, user_agent_synthetic_type AS kind, count(*) AS n, "
            "count(*) FILTER (page_view_id LIKE 'later-%') AS later, "
            "count(*) FILTER (page_view_id LIKE 'pagehide-%') AS pagehide FROM page_views GROUP BY ALL ORDER BY who"
        ).table.to_pylist()
        assert [(row["who"], row["kind"]) for row in views] == [("person", None), ("probe", "test")]
        person, probe = views
        assert (probe["later"], probe["pagehide"]) == (sent["probe", "later"], sent["probe", "pagehide"])
        assert probe["n"] == probe["later"] + probe["pagehide"] + 2 * RUNS  # and our own script's view of each page
        figures = opened.vitals(app="shop")
        assert [row["page_views"] for row in figures] == [person["n"]]
        assert figures[0]["kpi_bought_events"] == 1
        everyone = opened.kpis(app="shop", with_synthetic=True)
        assert {row["name"]: row["events"] for row in everyone}["bought"] == 1 + RUNS
