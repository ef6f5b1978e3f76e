"""What the beacon weighs, costs and delivers, beside its peers on the same page in the same run.

Sizes: every bundle by the same esbuild, brotli 11. Cost: the main thread's CPU for scripts and their compilation, and
heap, over the page without any script, medians of interleaved loads. Delivery: what arrives of a page whose renderer
crashes or whose browser is closed, beside a bare `fetchLater`. Each figure stands beside its bound and says whether it
is kept.
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

from playwright.async_api import Browser, CDPSession, Playwright, async_playwright

ROOT = Path(__file__).parents[2]
BEACON = ROOT / "web" / "beacon"
STATIC = ROOT / "collector" / "leadline_collector" / "static"
PEERS = Path(__file__).parent / "peers"
OUT = ROOT / "bench" / "out" / "beacon"
REFERENCE = "web-vitals-attribution"
# The reference with the compile hint that b.js carries: how much of the ratio is that hint.
HINTED = "web-vitals-attribution-hinted"
LOADS = int(os.environ.get("LOADS", "15"))
SWITCHES = ["--no-sandbox", "--disable-background-networking", "--enable-precise-memory-info"]
BODY = """<h1 id="title">A shop with a heading</h1><div id="words"></div>
<button id="go" onclick="history.pushState({}, '', '/cart');
title.innerHTML = '<span>The cart, with more words</span>'">cart</button>
<button id="buy" onclick="const end = performance.now() + 60; while (performance.now() < end);
window.leadline && leadline.event('bought', { value: 3 }); this.textContent += '!'">buy</button>
<script>words.innerHTML = '<p>Some words about what is sold here.</p>'.repeat(40)</script>"""
TAGS = {
    "none": "",
    "leadline": '<script async src="/b.js" data-key="pk_bench" data-version="1.0"></script>',
    "bare-fetch-later": "<script>fetchLater('/v1/b', {method: 'POST', body: 'x'.repeat(700)})</script>",
}


class Serving(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    posts: ClassVar[list[bytes]] = []
    preflights = 0

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        name = self.path.split("?")[0].strip("/")
        built = STATIC / name if name == "b.js" else OUT / name
        if name == f"{HINTED}.min.js":
            hinted = b"//# allFunctionsCalledOnLoad\n" + (OUT / f"{REFERENCE}.min.js").read_bytes()
            self._answer(hinted, "text/javascript")
        elif name.endswith(".js"):
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
    """Main-thread milliseconds of scripts and their compilation, and heap bytes, of one load and one route change."""
    context = await browser.new_context()
    page = await context.new_page()
    session = await context.new_cdp_session(page)
    # CPU time of the thread: what other processes take of a busy machine is not counted.
    await session.send("Performance.enable", {"timeDomain": "threadTicks"})
    await page.goto(address)
    await page.wait_for_timeout(700)
    await page.click("#go")
    # Long enough for the beacon to arm what the click changed.
    await page.wait_for_timeout(800)
    spent = await _metrics(session)
    await session.send("HeapProfiler.collectGarbage")
    heap_bytes = (await _metrics(session))["JSHeapUsedSize"]
    await context.close()
    return (spent["ScriptDuration"] + spent["V8CompileDuration"]) * 1000, heap_bytes


async def _metrics(session: CDPSession) -> dict[str, float]:
    said = await session.send("Performance.getMetrics")
    return {each["name"]: each["value"] for each in said["metrics"]}


async def measure_cost(playwright: Playwright, origin: str, names: list[str]) -> dict[str, tuple[float, float]]:
    """Medians over the bare page."""
    browser = await launch(playwright)
    measured: dict[str, list[tuple[float, float]]] = {name: [] for name in ("none", *names)}
    for _ in range(LOADS):
        for name, runs in measured.items():
            runs.append(await cost(browser, f"{origin}/{name}"))
    await browser.close()
    medians = {
        name: (statistics.median(ms for ms, _ in runs), statistics.median(heap for _, heap in runs))
        for name, runs in measured.items()
    }
    bare_ms, bare_heap = medians.pop("none")
    return {name: (ms - bare_ms, heap - bare_heap) for name, (ms, heap) in medians.items()}


async def measure_visit(playwright: Playwright, origin: str) -> tuple[int, int, int]:
    """Load, read, buy, buy again, an error, a route change, a tag, leave: requests, bytes of bodies, preflights."""
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
    return len(Serving.posts), sum(map(len, Serving.posts)), Serving.preflights


async def measure_ends(playwright: Playwright, origin: str) -> dict[str, tuple[int, int]]:
    """How many pages were told of that ended so, and of how many. The last kind has a bare `fetchLater` instead."""
    ends = {"renderer crash": 5, "tab closed": 5, "browser closed": 10, "browser closed, bare fetchLater": 10}
    arrived: dict[str, tuple[int, int]] = {}
    for kind, times in ends.items():
        told = 0
        for _ in range(times):
            browser = await launch(playwright)
            context = await browser.new_context()
            page = await context.new_page()
            Serving.posts.clear()
            await page.goto(f"{origin}/{'bare-fetch-later' if 'bare' in kind else 'leadline'}")
            await page.wait_for_timeout(900)
            if kind == "renderer crash":
                session = await context.new_cdp_session(page)
                with contextlib.suppress(Exception):
                    await asyncio.wait_for(session.send("Page.crash"), 2)
            elif kind == "tab closed":
                await page.close()
            else:
                await browser.close()
            for _ in range(100):
                if Serving.posts:
                    told += 1
                    break
                await asyncio.sleep(0.02)
            await browser.close()
        arrived[kind] = (told, times)
    return arrived


def print_figure(
    name: str, value: float, unit: str, *, must: float, reference: str = "", is_least: bool = False
) -> None:
    """One line of the figures that the beacon is held to."""
    is_kept = value >= must if is_least else value <= must
    bound = f"must be {'>=' if is_least else '<='} {must:,g}"
    print(f"{name:<34}{value:>9,.5g} {unit:<7}{bound:<18}{'kept' if is_kept else 'MISSED':<8}{reference}")


async def main() -> int:
    peers = build_peers()
    ours = json.loads((STATIC / "sizes.json").read_text())
    print(f"{'script':<26}{'raw':>9}{'gzip':>9}{'brotli':>9}  b.js over it")
    for name, size in [*ours.items(), *peers.items()]:
        ratio = ours["b.js"]["brotli"] / size["brotli"]
        print(f"{name:<26}{size['raw']:>9,}{size['gzip']:>9,}{size['brotli']:>9,}  {ratio:.2f}")
    server = Quiet(("127.0.0.1", 0), Serving)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    origin = f"http://localhost:{server.server_port}"
    async with async_playwright() as playwright:
        requests, sent_bytes, preflights = await measure_visit(playwright, origin)
        ends = await measure_ends(playwright, origin)
        costs = await measure_cost(playwright, origin, ["leadline", REFERENCE, HINTED, "faro", "sentry"])
    server.shutdown()

    print(f"\nmain-thread CPU of scripts and heap over the bare page, medians of {LOADS} interleaved loads")
    ours_ms, ours_heap = costs["leadline"]
    for name, (ms, heap) in costs.items():
        print(
            f"{name:<34}{ms:>7.1f} ms{heap / 1000:>7.0f} KB   b.js over it: {ours_ms / ms:.2f}, {ours_heap / heap:.2f}"
        )

    print(f"\n{'figure':<34}{'measured':>9}")
    core, rest = ours["b.js"]["brotli"], ours["b-more.js"]["brotli"]
    vitals_only = ours["b-vitals.js"]["brotli"]
    attribution = peers[REFERENCE]["brotli"]
    reference_ms, reference_heap = costs[REFERENCE]
    print_figure(
        "core, brotli", core, "B", must=8_000, reference=f"{REFERENCE}: {attribution:,}; ratio {core / attribution:.2f}"
    )
    print_figure("core and rest, brotli", core + rest, "B", must=12_000)
    print_figure("vitals only, brotli", vitals_only, "B", must=3_800, reference="web-vitals with a sendBeacon: 3,262")
    print_figure("early snippet, gzip", ours["early.js"]["gzip"], "B", must=600, reference="boomerang's: 375")
    print_figure(
        f"CPU over {REFERENCE}",
        ours_ms / reference_ms,
        "",
        must=1.15,
        reference=f"{ours_ms:.1f} ms over {reference_ms:.1f}",
    )
    print_figure("heap", ours_heap / 1000, "KB", must=200, reference=f"{REFERENCE}: {reference_heap / 1000:.0f}")
    print_figure("a visit of eight steps, bodies", sent_bytes, "B", must=3_000)
    print_figure("its requests", requests, "", must=3)
    print_figure("its preflights", preflights, "", must=0)
    bare_told, _ = ends["browser closed, bare fetchLater"]
    for kind, (told, times) in ends.items():
        if "bare" in kind:
            continue
        reference = f"a bare fetchLater: {bare_told} of {times}" if kind == "browser closed" else ""
        print_figure(
            f"told, {kind}", told, f"of {times}", must=8 if times == 10 else 5, reference=reference, is_least=True
        )
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
