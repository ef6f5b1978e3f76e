"""How late slots fire with 1,000 monitors, beside APScheduler's own interval trigger with the same jobs.

    python bench/scheduler/lateness.py [--monitors 1000] [--every 10] [--seconds 30]

Prints one JSON line per variant: lateness p50, p99 and max in ms against the planned instant, and CPU seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import time
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from leadline.clock import now
from leadline.model import CheckSpec, Cohort
from leadline_scheduler.clockwork import Clockwork, Skipped
from leadline_scheduler.monitors import Monitor

WORK_S = 0.001  # each job waits a millisecond, as in the measurement of APScheduler alone (p99 13 ms late)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--monitors", type=int, default=1000)
    parser.add_argument("--every", type=float, default=10.0)
    parser.add_argument("--seconds", type=float, default=30.0)
    options = parser.parse_args()
    for variant in (run_apscheduler, run_clockwork):
        cpu_s = sum(os.times()[:2])
        late_ms, skipped = asyncio.run(variant(options.monitors, options.every, options.seconds))
        print(json.dumps(summarise(variant.__name__, late_ms, skipped, cpu_s=sum(os.times()[:2]) - cpu_s)))


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
