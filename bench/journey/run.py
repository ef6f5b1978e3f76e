"""`python bench/journey/run.py`: what a journey costs beside the same steps in raw Playwright.

Both sides are warm and take turns; CPU is that of the whole process trees (Python, driver, browser, and for us the
parent's share), the shop's is not counted. A third side is raw with the snapshot trace on. At the end the shares of
Python, driver, browser and renderers. Exits 1 above `--most`.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

import psutil

from leadline.model import JourneySpec, RunStatus
from leadline.model.worker_messages import RunAsked
from leadline.workers import WorkerPool

HERE = Path(__file__).parent


def cpu_shares(root: psutil.Process) -> Counter[str]:
    """CPU seconds of a process tree by kind of process: of those that run, and of children that have ended, which are
    nearly all renderers (each run has a new one)."""
    shares: Counter[str] = Counter()
    for one in [root, *root.children(recursive=True)]:
        try:
            times, kind = one.cpu_times(), _kind(one.cmdline())
        except psutil.Error:
            continue
        shares[kind] += times.user + times.system
        shares["renderers"] += times.children_user + times.children_system
    return shares


def _kind(line: list[str]) -> str:
    if "run-driver" in line:
        return "driver"
    if any(word == "--type=renderer" for word in line):
        return "renderers"
    if any(word.startswith("--type=") for word in line):
        return "browser's other"
    return "browser" if any("--remote-debugging-pipe" in word for word in line) else "Python"


def cpu_s(root: psutil.Process) -> float:
    """CPU seconds of a process tree."""
    return sum(cpu_shares(root).values())


class Raw:
    def __init__(self, base_url: str, *options: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(HERE / "raw.py"), base_url, *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self._process.stdout.readline()
        self._tree = psutil.Process(self._process.pid)

    def run(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()
        if not self._process.stdout.readline():
            raise RuntimeError("the raw side broke")

    def cpu_s(self) -> float:
        return cpu_s(self._tree)

    def cpu_shares(self) -> Counter[str]:
        return cpu_shares(self._tree)

    def close(self) -> None:
        self._process.communicate()


def warm_worker(pool: WorkerPool, base_url: str, evidence: str) -> tuple[psutil.Process, Callable[[], Awaitable[None]]]:
    """The worker of a started pool, and one run of the four steps in it, which raises RuntimeError unless it passes."""
    asked = RunAsked(
        request_id="",
        run_id="bench",
        journey=JourneySpec(name="four_steps", path=str(HERE / "four_steps.py"), every_s=60.0, budget_ms=30_000.0),
        app="shop",
        base_url=base_url,
        import_folder=str(HERE),
        evidence_folder=evidence,
    )

    async def run() -> None:
        result = await pool.run(asked)
        if result.status is not RunStatus.PASSED:
            raise RuntimeError(f"{result.status}: {result.error_message}")

    return next(one for one in psutil.Process().children() if "leadline_probes.worker" in one.cmdline()), run


async def measure(rounds: int, runs: int) -> float:
    site = subprocess.Popen([sys.executable, str(HERE / "site.py")], stdout=subprocess.PIPE, text=True)
    assert site.stdout is not None
    base_url = f"http://127.0.0.1:{site.stdout.readline().strip()}"
    raw, traced = Raw(base_url), Raw(base_url, "trace")
    ratios: list[float] = []
    walls: list[float] = []
    traces: list[float] = []
    with tempfile.TemporaryDirectory() as evidence:
        pool = WorkerPool(size=1, import_folder=HERE, evidence_folder=Path(evidence))
        await pool.start()
        worker, ours = warm_worker(pool, base_url, evidence)

        try:
            await ours()
            raw.run()
            traced.run()
            began = [cpu_shares(worker), raw.cpu_shares(), traced.cpu_shares()]
            print("round   journey CPU s   raw CPU s   ratio   journey wall ms   raw wall ms")
            for number in range(rounds):
                cpu, own, wall = cpu_s(worker), time.process_time(), time.perf_counter()
                for _ in range(runs):
                    await ours()
                ours_wall = (time.perf_counter() - wall) / runs
                own = time.process_time() - own  # the parent's share, without the counting
                ours_cpu = (cpu_s(worker) - cpu + own) / runs
                cpu, wall = raw.cpu_s(), time.perf_counter()
                for _ in range(runs):
                    await asyncio.to_thread(raw.run)
                raw_cpu, raw_wall = (raw.cpu_s() - cpu) / runs, (time.perf_counter() - wall) / runs
                cpu = traced.cpu_s()
                for _ in range(runs):
                    await asyncio.to_thread(traced.run)
                traces.append((traced.cpu_s() - cpu) / runs / raw_cpu)
                ratios.append(ours_cpu / raw_cpu)
                walls.append(ours_wall / raw_wall)
                print(
                    f"{number + 1:5}   {ours_cpu:13.3f}   {raw_cpu:9.3f}   {ratios[-1]:5.2f}   {ours_wall * 1000:15.0f}"
                    f"   {raw_wall * 1000:11.0f}",
                    flush=True,
                )
            ended = [cpu_shares(worker), raw.cpu_shares(), traced.cpu_shares()]
            print_shares([after - before for before, after in zip(began, ended, strict=True)], rounds * runs)
        finally:
            await pool.close()
            raw.close()
            traced.close()
            site.terminate()
            site.wait()
            site.stdout.close()
    ratio = statistics.median(ratios)
    print(f"CPU ratio (median of {rounds} rounds of {runs}): {ratio:.2f}; wall ratio: {statistics.median(walls):.2f}")
    print(f"raw with the snapshot trace alone: CPU ratio {statistics.median(traces):.2f}")
    return ratio


def print_shares(sides: list[Counter[str]], runs: int) -> None:
    print(f"{'CPU ms a run':17}{'journey':>9}{'raw':>9}{'raw with the trace':>20}")
    for kind in ("Python", "driver", "browser", "browser's other", "renderers"):
        ours, raw, traced = (side[kind] / runs * 1000 for side in sides)
        print(f"{kind:17}{ours:9.0f}{raw:9.0f}{traced:20.0f}")
    total = [sum(side.values()) for side in sides]
    print(f"{'beside raw':17}{total[0] / total[1]:9.2f}{1:9.2f}{total[2] / total[1]:20.2f}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--most", type=float, default=1.3, help="exit 1 above this CPU ratio")
    arguments = parser.parse_args()
    return 0 if asyncio.run(measure(arguments.rounds, arguments.runs)) <= arguments.most else 1


if __name__ == "__main__":
    sys.exit(main())
