"""What a country costs while beacons are loaded, beside loading without one and beside maxminddb's C reader.

    python bench/store/run.py [--beacons 20000] [--rounds 5] [--database FILE.mmdb]

CPU time, medians of interleaved rounds. `new`: every beacon comes from a network that was not seen before; `seen`: from
500 networks. Prints one JSON line. The C reader is the reference that is not taken: a damaged file ends its process.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import maxminddb

from leadline.settings.schema import BUNDLED_COUNTRIES
from leadline.store import Countries, Loader, open_store
from leadline.wire import Beacon, LoggedBeacon, Vitals, encode_logged

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--beacons", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--database", type=Path, default=BUNDLED_COUNTRIES)
    options = parser.parse_args()
    if not options.database.exists():
        sys.exit(f"{options.database} is missing: `make setup` fetches it, or name another with --database")
    seeded = random.Random(6)
    new = [f"{seeded.randrange(1, 224)}.{seeded.randrange(256)}.{at % 256}.0/24" for at in range(options.beacons)]
    seen = [new[at % 500] for at in range(options.beacons)]
    # warm_up: imports, DuckDB's first commit, the agent's cache
    load_us(seen, None)
    rounds: dict[str, list[float]] = {}
    for _ in range(options.rounds):
        measured = {
            "loading_without_us": load_us(new, None),
            "loading_seen_us": load_us(seen, options.database),
            "loading_new_us": load_us(new, options.database),
            **lookups_us(new, options.database),
        }
        for name, figure in measured.items():
            rounds.setdefault(name, []).append(figure)
    figures = {name: round(median(all_rounds), 2) for name, all_rounds in rounds.items()}
    without = figures["loading_without_us"]
    ratios = {f"{kind}_ratio": round(figures[f"loading_{kind}_us"] / without, 2) for kind in ("seen", "new")}
    print(json.dumps({"beacons": options.beacons, "rounds": options.rounds, **figures, **ratios}))


def load_us(networks: Sequence[str], database: Path | None) -> float:
    """CPU a beacon, from the record's bytes to the commit, the database's reading not counted."""
    bodies = [(at + 1, record(at, network)) for at, network in enumerate(networks)]
    countries = Countries(database)
    countries.renew()
    with tempfile.TemporaryDirectory() as folder, open_store(Path(folder) / "store.duckdb") as store:
        loader = Loader(store, countries=countries)
        loader.progress("log")

        def load() -> None:
            for first in range(0, len(bodies), 5000):  # leadline_store.follower.PAGE_BEACONS
                page = bodies[first : first + 5000]
                upto = page[-1][0]
                loader.load_beacons("log", after=first, upto=upto, records=page, bad=[], now=NOW)

        spent_us = cpu_us(load) / len(bodies)
        loader.close()
        return spent_us


def lookups_us(networks: Sequence[str], database: Path) -> dict[str, float]:
    """One look-up: new, remembered, and the two readers alone with a text that is an address already."""
    countries = Countries(database)
    countries.renew()
    few, addresses = networks[:5000], [network.partition("/")[0] for network in networks[:5000]]
    found = {}
    for name in ("new", "remembered"):
        found[f"lookup_{name}_us"] = cpu_us(lambda: [countries.find(network) for network in few]) / len(few)
    for name, mode in (("python", maxminddb.MODE_MEMORY), ("c", maxminddb.MODE_MMAP_EXT)):
        reader = maxminddb.open_database(database, mode)
        found[f"reader_{name}_us"] = cpu_us(lambda get=reader.get: [get(address) for address in addresses]) / len(few)
    return found


def record(at: int, network: str) -> bytes:
    beacon = Beacon(
        key="pk", page_view_id=f"view-{at}", seq=1, session_id=f"session-{at // 5}", service_version="1.5.0",
        started_at=NOW_MS - 1000, sent_at=NOW_MS, url="https://shop.example/checkout", route="/checkout",
        vitals=Vitals(lcp_ms=1830, inp_ms=96, cls=0.02, fcp_ms=900, ttfb_ms=210),
    )  # fmt: skip
    return encode_logged(
        LoggedBeacon(
            app="shop",
            environment="production",
            received_at_ms=NOW_MS,
            beacon=beacon,
            user_agent=AGENT,
            network=network,
        )
    )


def cpu_us(act: Callable[[], object]) -> float:
    began = time.process_time()
    act()
    return (time.process_time() - began) * 1e6


if __name__ == "__main__":
    main()
