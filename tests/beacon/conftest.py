"""A site of the test's own whose `/_l/` goes on to a real collector, a real Chromium, and the beacons in the log."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from leadline.beaconlog import LogReader
from leadline.wire import Beacon, decode_logged

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "collector" / "leadline_collector" / "static"
SETTINGS = """
[collector]
listen = "127.0.0.1:0"
rate_per_address = 100000
[[app]]
name = "shop"
keys = ["pk_shop"]
origins = ["*"]
query_allow = ["page", "sort"]
"""
SERVE = """
import sys
from pathlib import Path
from leadline.settings import load_settings
from leadline_collector.service import main
sys.exit(main(load_settings(Path(sys.argv[1]))))
"""


async def until(ask: Callable[[], Any], *, within_s: float = 15) -> Any:
    """Polls until `ask` is truthy, and returns what it said."""
    deadline = time.monotonic() + within_s
    while not (answer := ask()):
        assert time.monotonic() < deadline, f"not within {within_s} s"
        await asyncio.sleep(0.02)
    return answer


@pytest.fixture(scope="session")
def built() -> Path:
    """The folder of built scripts, built now where there is none."""
    if not (STATIC / "b.js").exists():
        for verb in (["ci", "--no-audit", "--no-fund"], ["run", "build"]):
            subprocess.run([sys.executable, str(ROOT / "tools" / "npm.py"), "web/beacon", *verb], cwd=ROOT, check=True)
    return STATIC


@dataclass
class Collecting:
    url: str
    folder: Path

    def beacons(self) -> list[Beacon]:
        """All that was acknowledged, in order."""
        reader = LogReader(self.folder / ".leadline" / "beacons")
        pages = [reader.read(file.name, after=0, limit=1_000_000) for file in reader.files()]
        return [decode_logged(record.body).beacon for page in pages for record in page.records]


@pytest.fixture(scope="session")
def collecting(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collecting]:
    """One real collector process for all tests; each test's site has an origin of its own."""
    folder = tmp_path_factory.mktemp("collecting")
    (folder / "leadline.toml").write_text(SETTINGS)
    said = folder / "collector.log"
    with said.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", SERVE, str(folder / "leadline.toml")], stderr=log, stdout=log, env=dict(os.environ)
        )
    deadline = time.monotonic() + 30
    while not (found := re.search(r"listening on \S+ port (\d+)", said.read_text())):
        assert process.poll() is None, said.read_text()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    yield Collecting(f"http://127.0.0.1:{found[1]}", folder)
    process.terminate()
    process.wait(timeout=15)


@dataclass(frozen=True)
class Asked:
    """A request that reached the site, and what it was answered."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    status: int


@dataclass
class Site:
    """Pages under one origin. `answer` replaces the collector's answer to beacons; `is_down` breaks the connection."""

    collecting: Collecting
    origin: str = ""
    pages: dict[str, tuple[bytes, dict[str, str]]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    answer: tuple[int, dict[str, str]] | None = None
    is_down: bool = False

    def serve(
        self,
        body: str = "",
        *,
        path: str = "/",
        tag: str = 'data-key="pk_shop"',
        head: str = "",
        headers: dict[str, str] | None = None,
        script: str = "/_l/b.js",
    ) -> str:
        """Puts a page at `path` that carries the tag, and returns its address."""
        include = f'<script async src="{script}" {tag}></script>' if script else ""
        text = f"<!doctype html><html><head><title>shop</title>{head}{include}</head><body>{body}</body></html>"
        self.put(path, text.encode(), {"Content-Type": "text/html; charset=utf-8", **(headers or {})})
        return self.origin + path

    def put(self, path: str, body: bytes, headers: dict[str, str]) -> None:
        self.pages[path] = (body, headers)

    def posts(self) -> list[Asked]:
        return [asked for asked in self.asked if asked.path.endswith("/v1/b") and asked.method == "POST"]

    def beacons(self) -> list[Beacon]:
        """What the collector has acknowledged of this site's pages."""
        return [each for each in self.collecting.beacons() if (each.url or "").startswith(self.origin)]

    def views(self) -> list[Beacon]:
        """The state of each view, in the order of their start: the highest seq wins section by section."""
        states: dict[str, Beacon] = {}
        for beacon in sorted(self.beacons(), key=lambda each: each.seq):
            state = states.setdefault(beacon.page_view_id, beacon)
            for name in Beacon.__struct_fields__:
                if (said := getattr(beacon, name)) is not None:
                    setattr(state, name, said)
        return sorted(states.values(), key=lambda state: state.started_at or 0)

    def view(self, path: str) -> Beacon | None:
        """The view of that path, if exactly one was told of."""
        found = [view for view in self.views() if view.url == self.origin + path]
        return found[0] if len(found) == 1 else None


def _make_server(site: Site) -> ThreadingHTTPServer:
    client = httpx.Client(timeout=30)
    noting = threading.Lock()

    class Answering(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None:
            pass

        def do_GET(self) -> None:
            self._answer(b"")

        def do_OPTIONS(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers.get("content-length", 0))))

        do_PUT = do_POST

        def _answer(self, sent: bytes) -> None:
            path = self.path.split("?")[0]
            # Noted before it is passed on: whoever sees the beacon in the log finds the request here, too.
            place = self._note(sent)
            if path.startswith("/_l/v1/"):
                if site.is_down:
                    self.close_connection = True
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                status, body, headers = self._pass_on(sent)
            elif path.startswith("/_l/"):
                reply = client.get(collecting_url + path[3:])
                status, body, headers = (
                    reply.status_code,
                    reply.content,
                    {"Content-Type": reply.headers["content-type"]},
                )
            elif path.startswith("/status/"):
                status, body, headers = int(path[8:]), b"{}", {"Content-Type": "application/json"}
            else:
                body, headers = site.pages.get(path, (b"", {}))
                status = 200 if path in site.pages else 404
            site.asked[place] = replace(site.asked[place], status=status)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _pass_on(self, sent: bytes) -> tuple[int, bytes, dict[str, str]]:
            if site.answer is not None:
                return site.answer[0], b"", site.answer[1]
            known = ("content-type", "user-agent", "origin", "content-encoding")
            kept = {name: value for name, value in self.headers.items() if name.lower() in known}
            reply = client.post(collecting_url + self.path[3:], content=sent, headers=kept)
            return reply.status_code, b"", {}

        def _note(self, sent: bytes) -> int:
            with noting:
                site.asked.append(Asked(self.command, self.path, dict(self.headers), sent, 0))
                return len(site.asked) - 1

    collecting_url = site.collecting.url

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass  # a browser that was killed leaves its connections

        def server_close(self) -> None:
            super().server_close()
            client.close()

    return Server(("127.0.0.1", 0), Answering)


@pytest.fixture
def make_site(collecting: Collecting) -> Iterator[Callable[[], Site]]:
    """Sites of different origins."""
    servers: list[ThreadingHTTPServer] = []

    def make() -> Site:
        site = Site(collecting)
        server = _make_server(site)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        # localhost is a secure context, as https is; fetchLater needs one.
        site.origin = f"http://localhost:{server.server_port}"
        return site

    yield make
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def site(make_site: Callable[[], Site]) -> Site:
    return make_site()


@dataclass
class Visiting:
    """A browser, and what the pages in it said on their consoles."""

    browser: Browser
    said: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    async def context(self, **options: Any) -> BrowserContext:
        context = await self.browser.new_context(**options)
        context.on("console", lambda message: self.said.append(f"{message.type}: {message.text}"))
        context.on("weberror", lambda error: self.faults.append(str(error.error)))
        return context

    async def open(self, address: str, **options: Any) -> Page:
        """A page on which the beacon has started."""
        page = await (await self.context(**options)).new_page()
        await page.goto(address)
        await page.wait_for_function("window.leadline && leadline.version")
        return page


Visit = Callable[..., Awaitable[Visiting]]


HEADLESS_SHELL = os.environ.get("LEADLINE_CHROMIUM") or shutil.which("chromium-headless-shell")
# The headless shell has neither the back/forward cache nor prerendering; a whole Chromium has.
WHOLE_CHROMIUM = os.environ.get("LEADLINE_WHOLE_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


@pytest.fixture
async def visit() -> AsyncIterator[Visit]:
    """Launches a browser: `await visit("--some-switch")`."""
    async with async_playwright() as playwright:
        launched: list[Browser] = []

        async def launch(*switches: str, executable: str | None = HEADLESS_SHELL) -> Visiting:
            browser = await playwright.chromium.launch(
                executable_path=executable,
                args=["--no-sandbox", "--disable-background-networking", *switches],
                # Playwright turns the back/forward cache off, which people's browsers have on.
                ignore_default_args=["--disable-back-forward-cache"],
            )
            launched.append(browser)
            return Visiting(browser)

        yield launch
        for browser in launched:
            await browser.close()


@pytest.fixture
async def visiting(visit: Visit) -> Visiting:
    return await visit()


@pytest.fixture
async def visiting_whole(visit: Visit) -> Visiting:
    """A Chromium with everything that a person's has; the test is skipped where only the headless shell is."""
    if WHOLE_CHROMIUM is None:
        pytest.skip("needs a whole Chromium: apt-get install chromium, or LEADLINE_WHOLE_CHROMIUM")
    return await visit(executable=WHOLE_CHROMIUM)


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
def integrity(built: Path) -> str:
    """The SRI hash of b.js as a tag would carry it."""
    import base64

    return "sha384-" + base64.b64encode(hashlib.sha384((built / "b.js").read_bytes()).digest()).decode()


@pytest.fixture
def leave() -> Callable[[Page], Awaitable[None]]:
    """Leaves the page for one without a beacon, as a person does who follows a link."""

    async def go(page: Page) -> None:
        await page.goto("about:blank")

    return go
