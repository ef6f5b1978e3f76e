"""Every navigation's own answer is judged: whoever gave it, in whichever page."""

from __future__ import annotations

import http.server
import socket
import threading
from pathlib import Path

import pytest
import pytest_asyncio
from probes.odd_server import open_odd_server
from probes.pool_stand import Stand, open_stand

from leadline.model import Cause, RunStatus, StepStatus

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

WORKER = b"""
const bad = () => new Response('<h1>Thank you</h1>', {status: 503, headers: {'content-type': 'text/html'}});
addEventListener('install', e => {
  skipWaiting();
  e.waitUntil(caches.open('v').then(c => c.put('/kept-bad', bad())));
});
addEventListener('activate', e => e.waitUntil(clients.claim()));
addEventListener('fetch', e => {
  if (e.request.mode !== 'navigate') return;
  e.respondWith(e.request.url.endsWith('/kept-bad') ? caches.match('/kept-bad') : fetch(e.request));
});"""
HOME = b"""<!doctype html><title>PWA</title><h1>Shop</h1><script>navigator.serviceWorker.register('/sw.js')</script>"""
CONTROLLED = """
await page.goto("/")
await page.evaluate("navigator.serviceWorker.ready.then(() => navigator.serviceWorker.controller || "
  "new Promise(r => navigator.serviceWorker.addEventListener('controllerchange', r))).then(() => 0)")
"""


class Shop(http.server.BaseHTTPRequestHandler):
    """A PWA whose worker answers navigations; /pay is 500 in version 1.6.0."""

    def do_GET(self) -> None:
        status, kind, body, version = 200, "text/html", HOME, "1.5.0"
        if self.path == "/sw.js":
            kind, body = "text/javascript", WORKER
        elif self.path in ("/pay", "/pay?v=1"):
            status, body, version = 500, b"<!doctype html><h1>Thank you</h1>", "1.6.0"
        elif self.path == "/tagged":
            body, version = (
                b'<script async src="/none.js" data-app="shop" data-key="k" data-version="7.1"></script>',
                "",
            )
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if version:
            self.send_header("X-App-Version", version)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        pass


class SixShop(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stand(tmp_path_factory):
    async with open_stand(tmp_path_factory.mktemp("stand")) as opened:
        yield opened


@pytest.fixture(scope="module")
def shop():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def indent(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.strip().splitlines())


async def test_a_page_that_a_service_worker_fetches_is_judged(stand: Stand, shop):
    body = (
        f'async with run.step("home"):\n{indent(CONTROLLED)}async with run.step("pay"):\n    await page.goto("/pay")\n'
    )
    result = await stand.run(body, base_url=shop)
    assert (result.status, result.cause, result.failed_step) == (RunStatus.FAILED, Cause.STATUS_CODE, "pay")
    assert result.error_message == f"{shop}/pay answered 500"
    assert [(step.step, step.service_version) for step in result.steps] == [("home", "1.5.0"), ("pay", "1.6.0")]


async def test_a_page_out_of_a_service_workers_cache_is_judged(stand: Stand, shop):
    result = await stand.run(f"{CONTROLLED}await page.goto('/kept-bad')", base_url=shop)
    assert (result.status, result.status_code) == (RunStatus.FAILED, 503)


async def test_a_page_that_a_service_worker_answers_well_passes(stand: Stand, shop):
    result = await stand.run(f"{CONTROLLED}await page.goto('/again')\nawait page.reload()", base_url=shop)
    assert (result.status, result.status_code) == (RunStatus.PASSED, 200), result.error_message


async def test_an_expected_error_stays_expected_when_its_address_is_pushed_on(stand: Stand):
    body = """
    async with run.step("gone", status=404):
        await page.goto("/status/404")
    async with run.step("on"):
        await page.evaluate("history.pushState(0, '', '/elsewhere'); location.hash = 'x'")
        await page.wait_for_url("**/elsewhere#x")
        await page.evaluate("history.replaceState(0, '', '/status/404')")
    """
    result = await stand.run(body)
    assert result.status is RunStatus.PASSED, result.error_message


async def test_a_popup_and_a_new_tab_are_judged_and_each_page_has_its_picture(stand: Stand):
    body = """
    await page.goto("/")
    async with run.step("terms"):
        async with page.expect_popup() as popup:
            await page.evaluate("window.open('/status/500')")
        await (await popup.value).wait_for_load_state()
    """
    result = await stand.run(body)
    assert (result.status, result.cause) == (RunStatus.FAILED, Cause.STATUS_CODE)
    assert "/status/500 answered 500" in result.error_message
    pictures = [Path(piece.path).name for piece in result.evidence if piece.kind == "screenshot"]
    assert pictures == ["screenshot.png", "screenshot-2.png"]
    tab = 'await page.goto("/"); other = await page.context.new_page(); await other.goto("/status/503")'
    assert (await stand.run(tab)).status_code == 503


async def test_pages_of_a_context_that_the_journey_opens_itself_are_judged(stand: Stand):
    body = """
    await page.goto("/")
    other = await (await page.context.browser.new_context()).new_page()
    await other.goto(run.base_url + "/status/500")
    """
    result = await stand.run(body)
    assert (result.status, result.cause) == (RunStatus.FAILED, Cause.STATUS_CODE)
    assert result.error_message.endswith("/status/500 answered 500")
    assert [piece.kind for piece in result.evidence].count("screenshot") == 2


async def test_the_first_picture_shows_the_page_that_failed(stand: Stand):
    body = """
    await page.goto("/")
    await page.set_viewport_size({"width": 300, "height": 200})
    other = await page.context.new_page()
    await other.set_viewport_size({"width": 640, "height": 480})
    await other.goto("/")
    await expect(other.locator("h1")).to_have_text("Bye", timeout=200)
    """
    result = await stand.run(body)
    assert result.cause is Cause.ASSERTION
    png = stand.evidence_of(result, "screenshot").read_bytes()
    assert int.from_bytes(png[16:20], "big") == 640


async def test_a_site_that_is_not_the_apps_own_is_judged_as_well(stand: Stand, shop):
    result = await stand.run(f"await page.goto('{shop}/pay')")
    assert (result.status, result.status_code) == (RunStatus.FAILED, 500)
    without_base_url = await stand.run(f"await page.goto('{shop}/pay?v=1')", base_url=None)
    assert without_base_url.error_message == f"{shop}/pay answered 500"


async def test_an_ipv6_host_is_judged_and_marked(stand: Stand):
    server = SixShop(("::1", 0), Shop)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://[::1]:{server.server_port}"
    result = await stand.run('async with run.step("boom"):\n    await page.goto("/pay")', base_url=url)
    server.shutdown()
    server.server_close()
    assert (result.status, result.service_version) == (RunStatus.FAILED, "1.6.0")
    assert result.error_message == f"{url}/pay answered 500"


@pytest.mark.parametrize("host", ["LOCALHOST", "localhost.", "b\u00fccher.localhost", "xn--bcher-kva.localhost"])
async def test_a_host_is_the_apps_own_however_it_is_written(stand: Stand, host):
    async with open_odd_server() as odd:
        odd.answers["/"] = b"HTTP/1.1 500 No\r\nX-App-Version: 9.9\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno"
        result = await stand.run(
            'async with run.step("home"):\n    await page.goto("/")', base_url=f"http://{host}:{odd.port}"
        )
        marks = [
            odd.line("x-leadline-run", number) for number, head in enumerate(odd.asked) if head.startswith(b"GET / ")
        ]
    assert (result.status, result.service_version) == (RunStatus.FAILED, "9.9"), result.error_message
    assert marks == [result.run_id]


async def test_the_beacons_own_tag_names_the_version(stand: Stand, shop):
    result = await stand.run('async with run.step("home"):\n    await page.goto("/tagged")', base_url=shop)
    assert result.steps[0].service_version == "7.1"


async def test_steps_in_steps_and_soft_checks_in_a_real_run(stand: Stand):
    body = """
    async with run.step("shop"):
        async with run.step("home"):
            await page.goto("/")
            await expect.soft(page.locator("h1")).to_have_text("Bye", timeout=200)
        async with run.step("look"):
            await expect(page.locator("h1")).to_have_text("Shop")
    """
    result = await stand.run(body)
    assert (result.status, result.cause, result.failed_step) == (RunStatus.FAILED, Cause.ASSERTION, "home")
    assert [(step.step, step.status) for step in result.steps] == [
        ("shop", StepStatus.PASSED),
        ("home", StepStatus.FAILED),
        ("look", StepStatus.PASSED),
    ]
    assert "Bye" in result.error_message
    assert {piece.kind for piece in result.evidence} == {"screenshot", "trace", "log", "console", "requests", "pages"}
