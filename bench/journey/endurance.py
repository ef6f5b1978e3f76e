"""`python bench/journey/endurance.py`: memory over many runs (`--runs`), and crashes on our side (`--crashes`).

Memory is that of the worker's whole process tree (PSS if the kernel reports it), from run 100 on, as the slope of a
straight line. Crashes are SIGKILLs of the browser, a renderer, its network process or Playwright's driver at a random
moment of a run: each run must yield a result, none may be *failed*, and no process may be left. Exits 1 where a goal is
not reached as far as it went.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import psutil

from leadline.clock import monotonic_s, new_id
from leadline.model import JourneySpec, RunStatus
from leadline.model.worker_messages import RunAsked
from leadline.workers import WorkerPool

HERE = Path(__file__).parent
GOAL_GROWTH_BYTES = 20_000_000
WARM_UP_RUNS = 100
SAMPLE_EVERY = 10
# A run takes about this long on an idle machine: kills are spread over it and a little beyond.
SPREAD_S = 1.0
SEED = 20261127
VICTIMS = {
    "browser": lambda line: _is_browser(line) and not _has_type(line),
    "renderer": lambda line: "--type=renderer" in line,
    "network": lambda line: any("utility-sub-type=network" in word for word in line),
    "driver": lambda line: any(word.endswith("cli.js") for word in line) and "run-driver" in line,
}


def _is_browser(line: list[str]) -> bool:
    return any("LeadlineSynthetic" in word for word in line)


def _has_type(line: list[str]) -> bool:
    return any(word.startswith("--type=") for word in line)


def tree() -> list[psutil.Process]:
    """Everything below this process but the site."""
    return [one for one in psutil.Process().children(recursive=True) if one.pid != SITE_PID]


def memory_bytes() -> int:
    total = 0
    for one in tree():
        try:
            total += getattr(one.memory_full_info(), "pss", 0) or one.memory_info().rss
        except psutil.Error:
            continue
    return total


SITE_PID = 0


class Stand:
    """A warm pool of one worker beside the site."""

    def __init__(self, base_url: str, evidence: str) -> None:
        self.pool = WorkerPool(size=1, import_folder=HERE, evidence_folder=Path(evidence))
        self._base_url = base_url
        self._evidence = evidence

    async def run(self) -> tuple[RunStatus, str | None]:
        spec = JourneySpec(name="four_steps", path=str(HERE / "four_steps.py"), every_s=60.0, budget_ms=None)
        asked = RunAsked(
            request_id="",
            run_id=new_id(),
            journey=spec,
            app="shop",
            base_url=self._base_url,
            import_folder=str(HERE),
            evidence_folder=self._evidence,
        )
        result = await self.pool.run(asked)
        return result.status, result.error_message


async def watch_memory(stand: Stand, runs: int, ends_s: float) -> bool:
    samples: list[tuple[int, int]] = []
    number = 0
    while number < runs and monotonic_s() < ends_s:
        number += 1
        status, message = await stand.run()
        if status is not RunStatus.PASSED:
            print(f"run {number}: {status}: {message}")
            return False
        if number % SAMPLE_EVERY == 0:
            samples.append((number, memory_bytes()))
    kept = [one for one in samples if one[0] >= WARM_UP_RUNS]
    if len(kept) < 2:
        print(f"memory: {number} runs are too few for a slope")
        return True
    slope = statistics.linear_regression(*zip(*kept, strict=True)).slope
    grown = slope * 1000
    first, last = kept[0], kept[-1]
    print(
        f"memory over {number} runs: {first[1] / 1e6:.0f} MB at run {first[0]}, {last[1] / 1e6:.0f} MB at run "
        f"{last[0]}; slope {grown / 1e6:+.1f} MB in 1,000 runs (goal: below {GOAL_GROWTH_BYTES / 1e6:.0f})"
    )
    return grown < GOAL_GROWTH_BYTES


def kill_one(chance: random.Random) -> str | None:
    """Kills a process of the wanted kind; its kind, None where there is none at this moment."""
    kinds = list(VICTIMS)
    chance.shuffle(kinds)
    for kind in kinds:
        found = []
        for one in tree():
            try:
                if VICTIMS[kind](one.cmdline()):
                    found.append(one)
            except psutil.Error:
                continue
        if found:
            os.kill(chance.choice(found).pid, signal.SIGKILL)
            return kind
    return None


async def crash_often(stand: Stand, crashes: int, ends_s: float) -> bool:
    chance = random.Random(SEED)
    killed: Counter[str] = Counter()
    statuses: Counter[str] = Counter()
    seen: set[psutil.Process] = set()
    blamed = []
    while killed.total() < crashes and monotonic_s() < ends_s:
        running = asyncio.create_task(stand.run())
        await asyncio.wait({running}, timeout=chance.uniform(0, SPREAD_S))
        seen.update(tree())
        if not running.done() and (kind := kill_one(chance)) is not None:
            killed[kind] += 1
        status, message = await running
        statuses[status] += 1
        if status is RunStatus.FAILED:
            blamed.append(message)
    seen.update(tree())
    await stand.pool.close()
    _, orphans = psutil.wait_procs(seen, timeout=10)
    print(f"crashes: {dict(killed)} killed in {statuses.total()} runs, which ended {dict(statuses)}")
    print(f"  blamed on the site: {len(blamed)} {blamed[:3] or ''}; processes left: {len(orphans)}")
    return not blamed and not orphans


async def measure(runs: int, crashes: int, minutes: float) -> bool:
    global SITE_PID
    site = subprocess.Popen([sys.executable, str(HERE / "site.py")], stdout=subprocess.PIPE, text=True)
    assert site.stdout is not None
    SITE_PID = site.pid
    base_url = f"http://127.0.0.1:{site.stdout.readline().strip()}"
    print(f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}")
    try:
        with tempfile.TemporaryDirectory() as evidence:
            stand = Stand(base_url, evidence)
            await stand.pool.start()
            try:
                holds = await watch_memory(stand, runs, monotonic_s() + minutes * 60) if runs else True
                ends_s = monotonic_s() + minutes * 60
                return (await crash_often(stand, crashes, ends_s) if crashes else True) and holds
            finally:
                await stand.pool.close()
    finally:
        site.terminate()
        site.wait()
        site.stdout.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--crashes", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=600.0, help="end each part after so long")
    arguments = parser.parse_args()
    return 0 if asyncio.run(measure(arguments.runs, arguments.crashes, arguments.minutes)) else 1


if __name__ == "__main__":
    sys.exit(main())
