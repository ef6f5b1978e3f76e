"""What the beacon weighs, costs and delivers, beside its peers on the same page in the same run.

Sizes: every bundle by the same esbuild, brotli 11. Cost: main-thread script time and heap over the page without any
script, medians of interleaved loads; only a machine that is otherwise idle gives figures worth keeping. Delivery:
what arrives of a page whose renderer crashes or whose browser is closed.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

from playwright.async_api import Browser, Playwright, async_playwright

ROOT = Path(__file__).parents[2]
BEACON = ROOT / "web" / "beacon"
STATIC = ROOT / "collector" / "leadline_collector" / "static"
PEERS = Path(__file__).parent / "peers"
OUT = ROOT / "bench" / "out" / "beacon"
REFERENCE = "web-vitals-attribution"
LOADS = int(os.environ.get("LOADS", "15"))
ENDS = int(os.environ.get("ENDS", "5"))
SWITCHES = ["--no-sandbox", "--disable-background-networking", "--enable-precise-memory-info"]
BODY = """<h1 id="title">A shop with a heading</h1><div id="words"></div>
<button id="go" onclick="history.pushState({}, '', '/cart');
title.innerHTML = '<span>The cart, with more words</span>'">cart</button>
<button id="buy" onclick="const end = performance.now() + 60; while (performance.now() < end);
window.leadline && leadline.event('bought', { value: 3 }); this.textContent += '!'">buy</button>
<script>words.innerHTML = '<p>Some words about what is sold here.</p>'.repeat(40)</script>"""
TAGS = {"none": "", "leadline": '<script async src="/b.js" data-key="pk_bench" data-version="1.0"></script>'}


class Serving(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    posts: ClassVar[list[bytes]] = []
    preflights = 0

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        name = self.path.split("?")[0].strip("/")
        built = STATIC / name if name == "b.js" else OUT / name
        if name.endswith(".js"):
            self._answer(built.read_bytes(), "text/javascript")
        else:
            tag = TAGS.get(name, f'<script async src="/{name}.min.js"></script>')
            self._answer(f"<!doctype html><title>shop</title>{tag}{BODY}".encode(), "text/html; charset=utf-8")

    def do_OPTIONS(self) -> None:
        Serving.preflights += 1
        self._answer(b"", "text/plain")

    def do_POST(self) -> None:
        Serving.posts.append(self.rfile.read(int(self.headers.get("content-length", 0))))
        self._answer(b"", "text/plain", 204)

    def _answer(self, body: bytes, kind: str, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Quiet(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # a browser that was closed leaves its connections


def build_peers() -> dict[str, dict[str, int]]:
    """Installs and bundles the peers; those that can't be installed are left out and said so."""
    OUT.mkdir(parents=True, exist_ok=True)
    for file in PEERS.iterdir():
        shutil.copy(file, OUT / file.name)
    npm = [sys.executable, str(ROOT / "tools" / "npm.py")]
    options = ["--no-audit", "--no-fund", "--loglevel=error", "--no-package-lock", "--ignore-scripts"]
    subprocess.run([*npm, str(OUT), "install", *options], cwd=ROOT, check=True)
    names = [file.stem for file in sorted(PEERS.glob("*.js"))]
    esbuild = str(BEACON / "node_modules" / "esbuild" / "lib" / "main.js")
    command = ["node", str(OUT / "build.mjs"), esbuild, str(OUT), *names]
    return dict(json.loads(subprocess.check_output(command)))


async def launch(playwright: Playwright) -> Browser:
    shell = os.environ.get("LEADLINE_CHROMIUM") or shutil.which("chromium-headless-shell")
    return await playwright.chromium.launch(executable_path=shell, args=SWITCHES)


async def cost(browser: Browser, address: str) -> tuple[float, float]:
    """Script milliseconds and heap bytes of one load with two interactions."""
    context = await browser.new_context()
    page = await context.new_page()
    session = await context.new_cdp_session(page)
    await session.send("Performance.enable")
    await page.goto(address)
    await page.wait_for_timeout(700)
    await page.click("#go")
    await page.wait_for_timeout(300)
    await session.send("HeapProfiler.collectGarbage")
    said = {each["name"]: each["value"] for each in (await session.send("Performance.getMetrics"))["metrics"]}
    await context.close()
    return said["ScriptDuration"] * 1000, said["JSHeapUsedSize"]


async def measure_cost(playwright: Playwright, origin: str, names: list[str]) -> dict[str, tuple[float, float]]:
    browser = await launch(playwright)
    measured: dict[str, list[tuple[float, float]]] = {name: [] for name in names}
    for _ in range(LOADS):
        for name in names:
            measured[name].append(await cost(browser, f"{origin}/{name}"))
    await browser.close()
    return {
        name: (statistics.median(ms for ms, _ in runs), statistics.median(heap for _, heap in runs))
        for name, runs in measured.items()
    }


async def measure_visit(playwright: Playwright, origin: str) -> tuple[int, int]:
    """Load, read, buy, buy again, an error, a route change, a tag, leave: requests and bytes of their bodies."""
    browser = await launch(playwright)
    page = await browser.new_page()
    Serving.posts.clear()
    await page.goto(f"{origin}/leadline")
    await page.wait_for_timeout(500)
    await page.click("#buy")
    await page.click("#buy")
    await page.evaluate("() => { setTimeout(() => { throw new TypeError('no price') }) }")
    await page.click("#go")
    await page.evaluate("leadline.tag('plan', 'gold')")
    await page.wait_for_timeout(500)
    await page.goto("about:blank")
    await page.wait_for_timeout(500)
    await browser.close()
    return len(Serving.posts), sum(map(len, Serving.posts))


async def measure_ends(playwright: Playwright, origin: str) -> dict[str, int]:
    """How many of ENDS pages were told of whose renderer crashed, whose tab or whose browser was closed."""
    arrived = dict.fromkeys(("renderer crash", "tab closed", "browser closed"), 0)
    for kind in arrived:
        for _ in range(ENDS):
            browser = await launch(playwright)
            context = await browser.new_context()
            page = await context.new_page()
            Serving.posts.clear()
            await page.goto(f"{origin}/leadline")
            await page.wait_for_timeout(900)
            if kind == "renderer crash":
                session = await context.new_cdp_session(page)
                with contextlib.suppress(Exception):
                    await asyncio.wait_for(session.send("Page.crash"), 2)
            elif kind == "tab closed":
                await page.close()
            else:
                await browser.close()
            await asyncio.sleep(0.6)
            arrived[kind] += bool(Serving.posts)
            await browser.close()
    return arrived


async def main() -> int:
    peers = build_peers()
    ours = json.loads((STATIC / "sizes.json").read_text())
    print(f"{'script':<26}{'raw':>9}{'gzip':>9}{'brotli':>9}  ratio of b.js")
    for name, size in [*ours.items(), *peers.items()]:
        ratio = ours["b.js"]["brotli"] / size["brotli"]
        print(f"{name:<26}{size['raw']:>9,}{size['gzip']:>9,}{size['brotli']:>9,}  {ratio:.2f}")
    server = Quiet(("127.0.0.1", 0), Serving)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    origin = f"http://localhost:{server.server_port}"
    async with async_playwright() as playwright:
        costs = await measure_cost(playwright, origin, ["none", "leadline", REFERENCE])
        requests, sent_bytes = await measure_visit(playwright, origin)
        ends = await measure_ends(playwright, origin)
    bare_ms, bare_heap = costs["none"]
    print(f"\nscript CPU and heap over the bare page, medians of {LOADS} interleaved loads")
    over = {name: (ms - bare_ms, heap - bare_heap) for name, (ms, heap) in costs.items() if name != "none"}
    for name, (ms, heap) in over.items():
        print(f"{name:<26}{ms:>9.1f} ms{heap / 1024:>9.0f} KiB")
    ratio = over["leadline"][0] / over[REFERENCE][0]
    print(f"CPU ratio to {REFERENCE}: {ratio:.2f} (must be <= 1.15)")
    print(
        f"a visit of eight steps: {requests} requests, {sent_bytes:,} bytes of bodies, {Serving.preflights} preflights"
    )
    print("arrived: " + ", ".join(f"{kind} {count} of {ENDS}" for kind, count in ends.items()))
    server.shutdown()
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
