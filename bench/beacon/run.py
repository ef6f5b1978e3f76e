"""What the beacon weighs, costs, sends and saves, beside its peers on the same page in the same run.

`LOADS` (15) loads for the medians. `--report`, or LEADLINE_BENCH_REPORT=1, also writes the dated page under
bench/reports/.
"""

from __future__ import annotations

import asyncio
import os
import platform
import sys

from browsers import launch
from cost import LARGE_PEERS_EVERY, measure_cost
from ends import measure_ends
from figures import Measured
from peers import build_peers, own_sizes
from playwright.async_api import async_playwright
from report import print_tables, write_report
from visit import measure_visits

from leadline.clock import monotonic_s

LOADS = int(os.environ.get("LOADS", "15"))
IS_FOR_THE_RECORD = "--report" in sys.argv or os.environ.get("LEADLINE_BENCH_REPORT") == "1"


async def main() -> int:
    """0 also where a figure is missed: the page says so. The build fails by itself over a budget."""
    begun_s = monotonic_s()
    sizes = own_sizes() | build_peers()
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        chromium = browser.version
        await browser.close()
        visits = await measure_visits(playwright)
        ends = await measure_ends(playwright)
        costs = await measure_cost(playwright, loads=LOADS)
    measured = Measured(sizes, costs, visits, ends)
    print_tables(measured)
    about = (
        f"Medians of {LOADS} interleaved loads ({-(-LOADS // LARGE_PEERS_EVERY)} for the peers beyond web-vitals). "
        f"Chromium {chromium}, {os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f} at the end, "
        f"{platform.system()} {platform.machine()}. Took {(monotonic_s() - begun_s) / 60:.1f} minutes."
    )
    print(f"\n{about}")
    if IS_FOR_THE_RECORD:
        print(f"written to bench/reports/{write_report(measured, about=about).name}")
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
