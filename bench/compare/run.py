"""What a dark launch adds to the trusted path: sampled out, and sampled in with an answer of 1 kB. p50 and p95 in µs.

Each call is measured beside the bare call of the same moment, because other work on the machine costs both alike.
"""

from __future__ import annotations

import statistics
import sys
import time

from leadline import compare

CALLS = 20_000
GOALS_US = {"sampled out": 10.0, "sampled in": 60.0}
CART = {"items": [{"id": number, "name": f"article {number}", "price": 9.5} for number in range(20)], "total": 190.0}


def trusted() -> dict[str, object]:
    return CART


def measure(name: str, *, calls: int) -> list[float]:
    """Microseconds that each call took more than the bare one beside it."""
    added = []
    for number in range(calls):
        key = f"user-{number}"
        began = time.perf_counter_ns()
        trusted()
        middle = time.perf_counter_ns()
        compare(name, trusted, trusted, key=key)
        ended = time.perf_counter_ns()
        added.append(((ended - middle) - (middle - began)) / 1000)
        if number % 4 == 0:
            time.sleep(0.0002)  # the candidates have their turn, as between requests
    return added


def main() -> int:
    compare.configure("sampled out", share=1e-12)
    compare.configure("sampled in", share=1.0, most_at_once=4)
    misses = 0
    for name, goal_us in GOALS_US.items():
        added = sorted(measure(name, calls=CALLS))
        p50, p95 = statistics.median(added), added[int(len(added) * 0.95)]
        verdict = "as it must be" if p50 <= goal_us else "MISSED"
        misses += p50 > goal_us
        print(f"{name}: p50 {p50:.1f} µs, p95 {p95:.1f} µs; at most {goal_us:g} µs at p50: {verdict}")
    counts = compare.counts("sampled in")
    print(f"candidates: {counts['matched']} compared, {counts['skipped']} skipped because all places were taken")
    return 1 if misses else 0


if __name__ == "__main__":
    sys.exit(main())
