"""How late slots fire with 1,000 monitors, beside APScheduler's own interval trigger with the same jobs.

    python bench/scheduler/lateness.py [--monitors 1000] [--every 10] [--seconds 30] [--browsers 2]

Prints one JSON line per variant: lateness p50, p99 and max in ms against the planned instant, and CPU seconds. With
`--browsers` so many workers run journeys all the time beside the last variant, in a pool of the same process, as in a
scheduler.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from leadline.clock import new_id, now
from leadline.model import CheckSpec, Cohort, JourneySpec
from leadline.model.worker_messages import RunAsked
from leadline.workers import WorkerPool
from leadline_scheduler.clockwork import Clockwork, Skipped
from leadline_scheduler.monitors import Monitor

JOURNEYS = Path(__file__).parents[1] / "journey"
WORK_S = 0.001  # each job waits a millisecond, as in the measurement of APScheduler alone (p99 13 ms late)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--monitors", type=int, default=1000)
    parser.add_argument("--every", type=float, default=10.0)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--browsers", type=int, default=0)
    options = parser.parse_args()
    for variant in (run_apscheduler, run_clockwork):
        cpu_s = sum(os.times()[:2])
        late_ms, skipped = asyncio.run(variant(options.monitors, options.every, options.seconds))
        print(json.dumps(summarise(variant.__name__, late_ms, skipped, cpu_s=sum(os.times()[:2]) - cpu_s)), flush=True)
    if options.browsers:
        print(json.dumps(asyncio.run(run_beside_browsers(options))))


async def run_apscheduler(monitors: int, every_s: float, seconds: float) -> tuple[list[float], int]:
    """The reference: the bare library, jobs spread by hand."""
    late_ms: list[float] = []
    scheduler = AsyncIOScheduler(timezone=UTC)
    began = datetime.now(UTC)

    async def job(start: datetime) -> None:
        at = datetime.now(UTC)
        late_ms.append(((at - start).total_seconds() % every_s) * 1000)
        await asyncio.sleep(WORK_S)

    for number in range(monitors):
        start = began + timedelta(seconds=every_s * (1 + number / monitors))
        scheduler.add_job(job, "interval", seconds=every_s, start_date=start, args=[start])
    scheduler.start()
    await asyncio.sleep(seconds)
    scheduler.shutdown()
    return late_ms, 0


async def run_clockwork(monitors: int, every_s: float, seconds: float) -> tuple[list[float], int]:
    """Ours: slots by hash, every slot accounted for."""
    late_ms: list[float] = []
    accounts: list[Skipped] = []

    async def fire(_monitor: Monitor, scheduled_at: datetime) -> None:
        late_ms.append((now() - scheduled_at).total_seconds() * 1000)
        await asyncio.sleep(WORK_S)

    async def skip(_monitor: Monitor, skipped: Skipped) -> None:
        accounts.append(skipped)

    async def no_cut_off() -> None:
        """Every run ends by itself."""

    clockwork = Clockwork(fire=fire, skip=skip, wall=now)
    for number in range(monitors):
        spec = CheckSpec(name=f"check{number}", app="shop", url="http://127.0.0.1:9/", every_s=every_s)
        monitor = Monitor(spec=spec, app="shop", environment="production", cohort=Cohort(), location="local", confirm=2)
        clockwork.add(monitor, accounted=now(), is_at_once=False)
    clockwork.start()
    await asyncio.sleep(seconds)
    await clockwork.stop(grace_s=1, cut_off=no_cut_off)
    return late_ms, len(accounts)


async def run_beside_browsers(options: argparse.Namespace) -> dict[str, object]:
    """Ours, while every browser is busy; `journeys` counts what they ended meanwhile."""
    async with busy_browsers(options.browsers) as ended:
        before, cpu_s = len(ended), sum(os.times()[:2])
        late_ms, skipped = await run_clockwork(options.monitors, options.every, options.seconds)
        found = summarise("beside_browsers", late_ms, skipped, cpu_s=sum(os.times()[:2]) - cpu_s)
        return {**found, "browsers": options.browsers, "journeys": len(ended) - before}


@contextlib.asynccontextmanager
async def busy_browsers(count: int) -> AsyncIterator[list[str]]:
    """So many workers that run one journey after another; the list grows by each run's status."""
    site = subprocess.Popen([sys.executable, str(JOURNEYS / "site.py")], stdout=subprocess.PIPE, text=True)
    assert site.stdout is not None
    base_url = f"http://127.0.0.1:{site.stdout.readline().strip()}"
    ended: list[str] = []
    with tempfile.TemporaryDirectory() as evidence:
        pool = WorkerPool(size=count, import_folder=JOURNEYS, evidence_folder=Path(evidence))
        await pool.start()

        async def run_on() -> None:
            spec = JourneySpec(name="four_steps", path=str(JOURNEYS / "four_steps.py"), every_s=60.0)
            while True:
                asked = RunAsked(
                    request_id="",
                    run_id=new_id(),
                    journey=spec,
                    app="shop",
                    base_url=base_url,
                    import_folder=str(JOURNEYS),
                    evidence_folder=evidence,
                )
                ended.append((await pool.run(asked)).status)

        busy = [asyncio.create_task(run_on()) for _ in range(count)]
        try:
            yield ended
        finally:
            for task in busy:
                task.cancel()
            await asyncio.gather(*busy, return_exceptions=True)
            await pool.close(grace_s=0)
            site.terminate()
            site.wait()
            site.stdout.close()


def summarise(variant: str, late_ms: list[float], skipped: int, *, cpu_s: float) -> dict[str, object]:
    ordered = sorted(late_ms)
    at = {name: round(ordered[int(len(ordered) * share)], 1) for name, share in (("p50", 0.5), ("p99", 0.99))}
    return {
        "variant": variant.removeprefix("run_"),
        "date": time.strftime("%Y-%m-%d"),
        "runs": len(ordered),
        **{f"late_{name}_ms": value for name, value in at.items()},
        "late_max_ms": round(ordered[-1], 1),
        "skipped": skipped,
        "cpu_s": round(cpu_s, 2),
        "load": round(os.getloadavg()[0], 1),
    }


if __name__ == "__main__":
    main()
