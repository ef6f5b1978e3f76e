"""`python bench/journey/elastic.py`: the four steps in `@elastic/synthetics` (npm) beside ours, on the same site.

Elastic's runner is a process for each run, as Heartbeat starts it; ours is a warm worker in the scheduler, and a
process for each run under `leadline run`. So there are three sides, which take turns. CPU is that of all processes of a
side, counted when they are reaped: this process adopts what they leave behind. Needs the npm registry once.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import ctypes
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from run import cpu_s, warm_worker

from leadline.workers import WorkerPool
from leadline_probes.browser import find_chromium

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
# prctl(2): orphans below this process become its children, and their CPU is counted when they are reaped.
_SUBREAPER = 36


@dataclass(slots=True)
class Side:
    name: str
    run: Callable[[], Awaitable[float]]
    cpu_s: list[float] = field(default_factory=list)
    wall_s: list[float] = field(default_factory=list)


def install(folder: Path) -> None:
    shutil.copytree(HERE / "elastic", folder)
    npm = [sys.executable, str(ROOT / "tools" / "npm.py"), str(folder)]
    subprocess.run(
        [*npm, "install", "--silent", "--ignore-scripts", "--no-audit", "--no-package-lock"],
        check=True,
        env={**os.environ, "PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD": "1"},
    )


def reap_orphans() -> None:
    """Until no child is left that has ended or is ending."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def run_alone(command: list[str], folder: Path) -> float:
    """CPU seconds of a command with everything below it."""

    def used() -> float:
        spent = resource.getrusage(resource.RUSAGE_CHILDREN)
        return spent.ru_utime + spent.ru_stime

    before = used()
    ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    if ended.returncode:
        raise RuntimeError(f"{command[0]} ended with {ended.returncode}: {ended.stdout[-2000:]} {ended.stderr[-2000:]}")
    reap_orphans()
    return used() - before


def elastic(folder: Path, base_url: str, *options: str) -> Callable[[], Awaitable[float]]:
    browser = find_chromium(os.environ)
    command = [
        *("node", str(folder / "node_modules" / "@elastic" / "synthetics" / "dist" / "cli.js"), "."),
        *("--params", f'{{"url": "{base_url}"}}', "--no-throttling", *options),
        *("--playwright-options", f'{{"executablePath": "{browser}", "chromiumSandbox": false}}'),
    ]

    async def run() -> float:
        return await asyncio.to_thread(run_alone, command, folder)

    return run


def leadline_run(base_url: str) -> Callable[[], Awaitable[float]]:
    command = [sys.executable, "-m", "leadline", "run", str(HERE / "four_steps.py"), "--base-url", base_url]

    async def run() -> float:
        return await asyncio.to_thread(run_alone, command, HERE)

    return run


def warm(pool: WorkerPool, base_url: str, evidence: str) -> Callable[[], Awaitable[float]]:
    worker, once = warm_worker(pool, base_url, evidence)

    async def run() -> float:
        before, own = cpu_s(worker), time.process_time()
        await once()
        own = time.process_time() - own
        return cpu_s(worker) - before + own

    return run


async def measure(rounds: int) -> None:
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
    site = subprocess.Popen([sys.executable, str(HERE / "site.py")], stdout=subprocess.PIPE, text=True)
    assert site.stdout is not None
    base_url = f"http://127.0.0.1:{site.stdout.readline().strip()}"
    with tempfile.TemporaryDirectory() as made:
        folder, evidence = Path(made, "elastic"), str(Path(made, "evidence"))
        install(folder)
        pool = WorkerPool(size=1, import_folder=HERE, evidence_folder=Path(evidence))
        await pool.start()
        sides = [
            Side("@elastic/synthetics", elastic(folder, base_url)),
            Side("@elastic/synthetics, rich events", elastic(folder, base_url, "--rich-events")),
            Side("leadline run", leadline_run(base_url)),
            Side("leadline, warm worker", warm(pool, base_url, evidence)),
        ]
        try:
            for side in sides:
                await side.run()
            for _ in range(rounds):
                for side in sides:
                    began = time.perf_counter()
                    side.cpu_s.append(await side.run())
                    side.wall_s.append(time.perf_counter() - began)
        finally:
            await pool.close()
            site.terminate()
            site.wait()
            site.stdout.close()
    print(f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}, median of {rounds} rounds")
    print(f"{'':34} CPU s   wall s")
    for side in sides:
        print(f"{side.name:34} {statistics.median(side.cpu_s):5.2f}   {statistics.median(side.wall_s):6.2f}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    asyncio.run(measure(parser.parse_args().rounds))
    return 0


if __name__ == "__main__":
    sys.exit(main())
