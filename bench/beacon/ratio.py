"""Whether b.js costs a page no more CPU and heap than web-vitals/attribution, in as many rounds as the answer needs.

    python bench/beacon/ratio.py [--rounds 120]

One load varies by a tenth and more from the next, so medians of fifteen can't tell 0.9 from 1.1. Each round loads the
bare page and both scripts once, in random order; the result is the ratio of the medians over the bare page,
with a 99 % interval by resampling whole rounds. Ends when both intervals lie on one side of their bounds. Exits with 1
where a bound is missed, 3 where it still can't be said.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import statistics
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack

from browsers import launch
from cost import Cost, visit
from peers import REFERENCE, build_peers
from playwright.async_api import async_playwright
from shop import open_shop

OURS = "leadline"
BOUNDS: dict[str, tuple[float, Callable[[Cost], float]]] = {
    "CPU": (1.0, lambda cost: cost.cpu_ms),
    "heap": (1.1, lambda cost: cost.heap_bytes),
}
# Few looks, so that stopping at the first that says enough does not make it say too much.
LOOK_EVERY = 20
RESAMPLED = 2_000

Round = dict[str | None, Cost]


def ratio(rounds: Sequence[Round], figure: Callable[[Cost], float]) -> float:
    """Of the medians over the bare page."""
    bare, ours, theirs = (statistics.median(figure(one[name]) for one in rounds) for name in (None, OURS, REFERENCE))
    return (ours - bare) / (theirs - bare)


def interval(rounds: Sequence[Round], figure: Callable[[Cost], float], chance: random.Random) -> tuple[float, float]:
    """99 %: bootstrap percentiles."""
    found = sorted(ratio(chance.choices(rounds, k=len(rounds)), figure) for _ in range(RESAMPLED))
    return found[int(0.005 * RESAMPLED)], found[int(0.995 * RESAMPLED)]


async def main(most_rounds: int) -> int:
    build_peers()
    chance, rounds = random.Random(20261127), list[Round]()
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        with ExitStack() as shops:
            addresses = {name: shops.enter_context(open_shop(name)).address for name in (None, OURS, REFERENCE)}
            states = dict.fromkeys(BOUNDS, "can't be said")
            while len(rounds) < most_rounds and "can't be said" in states.values():
                for _ in range(LOOK_EVERY):
                    order = chance.sample(list(addresses), k=len(addresses))
                    rounds.append({name: await visit(browser, addresses[name]) for name in order})
                print(f"{len(rounds)} rounds, load average {os.getloadavg()[0]:.1f}")
                for name, (bound, figure) in BOUNDS.items():
                    low, high = interval(rounds, figure, chance)
                    states[name] = "kept" if high <= bound else "MISSED" if low > bound else "can't be said"
                    said = f"{ratio(rounds, figure):.3f} ({low:.3f} to {high:.3f}), at most {bound}: {states[name]}"
                    print(f"  {name} over {REFERENCE}: {said}", flush=True)
        await browser.close()
    return 1 if "MISSED" in states.values() else 3 if "can't be said" in states.values() else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=120)
    sys.exit(asyncio.run(main(parser.parse_args().rounds)))
