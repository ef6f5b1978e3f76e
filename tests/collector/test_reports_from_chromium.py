"""What a real Chromium reports by itself over https, to the collector and into the store.

The Reporting API is silent on http://localhost, so the test makes an authority of its own and puts it into the NSS
store of the browser's home. Needs a whole Chromium (the headless shell reports nothing), openssl and certutil.
"""

from __future__ import annotations

import json
import os
import shutil
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Error, sync_playwright

from leadline.store import Loader, ask, open_store
from leadline.store.experience import Asked
from leadline.store.experience.shares import read_errors
from leadline.wire import Beacon

WHOLE_CHROMIUM = os.environ.get("LEADLINE_WHOLE_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
MISSING = [
    how
    for found, how in (
        (WHOLE_CHROMIUM, "a whole Chromium (apt-get install chromium, or LEADLINE_WHOLE_CHROMIUM)"),
        (shutil.which("openssl"), "openssl (apt-get install openssl)"),
        (shutil.which("certutil"), "certutil (apt-get install libnss3-tools)"),
    )
    if found is None
]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(180),
    pytest.mark.skipif(bool(MISSING), reason=f"needs {' and '.join(MISSING)}"),
]

APPS = '[[app]]\nname = "shop"\nkeys = ["pk_shop"]\norigins = ["*"]\n'
# A headless Chromium says so in its agent, and what it reports would be a bot's.
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"
SWITCHES = [
    "--no-sandbox",
    "--short-reporting-delay",  # reports wait a minute otherwise
    "--host-resolver-rules=MAP *.test 127.0.0.1",
    f"--user-agent={AGENT}",
]
PAGE = b'<!doctype html><title>shop</title><script>window.inline = 1</script><script src="/app.js"></script>'
KNOWN = b"""<!doctype html><title>shop</title>
<script async src="/_l/b.js" data-key="pk_shop" data-version="1.6.0" data-send-after="0.1" data-more></script>"""
# What b-more.js has left in the browser for the report.
NOTE_LEFT = """const { set } = Object.getPrototypeOf(crashReport);
Object.getPrototypeOf(crashReport).set = function (...left) { set.apply(this, left); console.log("left " + left[0]) }"""
SCRIPT = b"""
const asked = new XMLHttpRequest(); asked.open("GET", "/sync", false); asked.send();
navigator.geolocation.getCurrentPosition(() => {}, () => {});
fetch("/broken").catch(() => { document.title = "done" });
"""


class Shop(BaseHTTPRequestHandler):
    """A page that breaks its own rules; `/_l/`, and all of reports.test, is the collector's."""

    protocol_version = "HTTP/1.1"
    collector: str
    origin: str
    reports: str

    def do_GET(self) -> None:
        if self.path == "/broken":
            self.close_connection = True
            return
        if self.path.startswith("/_l/"):
            script = httpx.get(self.collector + self.path.removeprefix("/_l"), timeout=20)
            self._send(script.status_code, script.content, {"Content-Type": "text/javascript"})
            return
        pages = {"/app.js": (SCRIPT, "text/javascript"), "/known": (KNOWN, "text/html")}
        body, kind = pages.get(self.path, (PAGE, "text/html"))
        # The newer header goes to another origin (with a preflight), the older one behind our own prefix.
        older = {"group": "nel", "max_age": 600, "endpoints": [{"url": f"{self.origin}/_l/reports/pk_shop/1.5.0"}]}
        self._send(
            200,
            body,
            {
                "Content-Type": kind,
                "Reporting-Endpoints": f'default="{self.reports}/reports/pk_shop/1.5.0"',
                "Report-To": json.dumps(older),
                "NEL": '{"report_to": "nel", "max_age": 600, "failure_fraction": 1.0}',
                "Content-Security-Policy": "script-src 'self'; report-to default",
                "Permissions-Policy": "geolocation=()",
            },
        )

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        passed_on = {name: text for name, text in self.headers.items() if name.lower() not in {"connection"}}
        answer = httpx.request(self.command, self.collector + self.path, content=body, headers=passed_on, timeout=20)
        kept = {name: text for name, text in answer.headers.items() if name.startswith(("access-control", "content-t"))}
        self._send(answer.status_code, answer.content, kept)

    do_OPTIONS = do_POST

    def _send(self, status_code: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status_code)
        for name, text in headers.items():
            self.send_header(name, text)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


@dataclass
class Authority:
    """A test authority, and a home whose browser trusts it."""

    folder: Path

    def make(self) -> Authority:
        self._run(
            "openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2",
            *("-subj", "/CN=Leadline test authority", "-addext", "keyUsage=critical,keyCertSign"),
        )
        self._run("openssl req -newkey rsa:2048 -nodes -keyout site.key -out site.csr -subj /CN=shop.test")
        (self.folder / "names").write_text("subjectAltName=DNS:shop.test,DNS:reports.test\nextendedKeyUsage=serverAuth")
        self._run(
            "openssl x509 -req -in site.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2",
            *("-extfile", "names", "-out", "site.pem"),
        )
        nss = self.home / ".pki" / "nssdb"
        nss.mkdir(parents=True)
        self._run("certutil -N --empty-password", "-d", f"sql:{nss}")
        self._run("certutil -A -t C,, -n leadline-test -i ca.pem", "-d", f"sql:{nss}")
        return self

    @property
    def home(self) -> Path:
        return self.folder / "home"

    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / "site.pem", self.folder / "site.key")
        return context

    def _run(self, command: str, *more: str) -> None:
        subprocess.run([*command.split(), *more], cwd=self.folder, check=True, capture_output=True)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    (tmp_path / "authority").mkdir()
    return Authority(tmp_path / "authority").make()


@pytest.fixture
def site(authority: Authority) -> Iterator[Callable[[str], str]]:
    """Serves the shop in front of a collector; its origin."""
    servers: list[ThreadingHTTPServer] = []

    def serve(collector: str) -> str:
        told: Any = type("Told", (Shop,), {"collector": collector})
        server = ThreadingHTTPServer(("127.0.0.1", 0), told)
        told.origin, told.reports = (f"https://{name}.test:{server.server_port}" for name in ("shop", "reports"))
        # The handshake belongs to the connection's thread, not to the one that accepts.
        server.socket = authority.context().wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return str(told.origin)

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def visit_and_crash(origin: str, home: Path, until: Callable[..., object], until_viewed: Callable[[], object]) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=WHOLE_CHROMIUM, args=SWITCHES, env={**os.environ, "HOME": str(home)}
        )
        page = browser.new_page()
        page.goto(f"{origin}/")
        page.wait_for_function("document.title === 'done'")
        until({"csp-violation", "deprecation", "permissions-policy-violation", "network-error"})
        with pytest.raises(Error):
            page.goto("chrome://crash")
        until({"crash"})
        page = browser.new_page()
        page.add_init_script(NOTE_LEFT)
        # By the console: the page's policy forbids what would ask it.
        with page.expect_console_message(lambda said: said.text == "left version", timeout=60_000):
            page.goto(f"{origin}/known")
        until_viewed()
        with pytest.raises(Error):
            page.goto("chrome://crash")
        until({"crash"}, version="1.6.0")
        browser.close()


def test_chromiums_reports_become_errors_of_the_version_in_the_path_and_no_page_views(
    collector: Callable[..., Any],
    authority: Authority,
    site: Callable[[str], str],
    wait: Any,
    load_log: Any,
    tmp_path: Path,
) -> None:
    running = collector(apps=APPS)
    origin = site(running.url)

    def reports(version: str) -> list[Beacon]:
        beacons = [each.beacon for each in running.logged() if each.client == "reports"]
        return [one for one in beacons if one.service_version == version]

    def reported(kinds: set[str], version: str = "1.5.0") -> None:
        wait(lambda: kinds <= {e.error_type for one in reports(version) for e in one.errors or ()}, within_s=40)

    def viewed() -> None:
        wait(lambda: any(each.client != "reports" for each in running.logged()), within_s=40)

    visit_and_crash(origin, authority.home, reported, viewed)

    since = datetime.now(UTC) - timedelta(hours=1)
    with open_store(tmp_path / "store.duckdb", wait_s=0) as store:
        load_log(running.folder / ".leadline" / "beacons", Loader(store))
        asked = {"since": since.replace(tzinfo=None), "app": None, "versions": None, "with_synthetic": False}
        found = read_errors(store, Asked(since=since), row_limit=99).rows
        views = ask(store, "views_by_slice", slice_by="none", every_s=3600, **asked).to_pylist()
    kinds = {row["error_type"] for row in found}
    assert kinds == {"csp-violation", "deprecation", "permissions-policy-violation", "network-error", "crash"}
    assert {row["service_version"] for row in found} == {"1.5.0", "1.6.0"}
    # Only the page with the script was a view, and its crash names it.
    assert [row["service_version"] for row in views] == ["1.6.0"]
    [known] = {each.beacon.page_view_id for each in running.logged() if each.client != "reports"}
    assert [one.attributes for one in reports("1.6.0")] == [{"reported_page_view_id": known}]
