"""How long an answer takes from rollups and from rows, beside the same figures by hand in DuckDB on the same views.

    python bench/store/answers.py [--views 1000000] [--rounds 5] [--folder DIR] [--by-hand/--no-by-hand]

Prints one JSON line: milliseconds (medians of rounds), bytes a view on disk, the largest difference of a quantile from
the exact one, and what building the rollups cost. `by hand` is the statement somebody would write who knows what is
asked: `quantile_cont` over one flat table, without intervals.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from traffic import fill

from leadline.store import Store, open_store
from leadline.store.experience import Asked, Experience, read_experience
from leadline.store.experience.parts import VITALS
from leadline.store.rollups import Roller, rebuild

END = datetime(2026, 11, 27, tzinfo=UTC)
WEEK = END - timedelta(days=7)
# The same by hand: what is kept of a view, one row each.
# DuckDB's block.
BLOCK_BYTES = 262_144
FLAT = """
CREATE OR REPLACE TEMP TABLE flat AS
SELECT app, service_version, session_id, received_at, route, lcp_ms, inp_ms, cls, fcp_ms, ttfb_ms FROM facts.beacons
"""
BY_VERSION = (
    "SELECT service_version, "
    + ", ".join(f"quantile_cont({v}, [0.5, 0.75, 0.95])" for v in VITALS)
    + " FROM flat GROUP BY 1"
)
BY_HOUR = "SELECT service_version, date_trunc('hour', received_at), quantile_cont(lcp_ms, 0.75) FROM flat GROUP BY 1, 2"
BY_ROUTE = "SELECT service_version, route, quantile_cont(lcp_ms, 0.75) FROM flat GROUP BY 1, 2"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--views", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, default=None, help="keeps the store there, and takes one that is there")
    parser.add_argument("--raw", action=argparse.BooleanOptionalAction, default=True, help="answers from rows as well")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        path = folder / f"store-{options.views}.duckdb"
        is_there = path.exists()
        with open_store(path) as store:
            figures: dict[str, Any] = {"views": options.views}
            if not is_there:
                figures |= build(store, options.views)
            figures |= sizes(store, path, options.views)
            figures |= measure(store, options.rounds, with_raw=options.raw)
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({**figures, "peak_memory_mb": round(peak_mb)}))


def build(store: Store, views: int) -> dict[str, float]:
    fill(store, views)
    began, cpu = time.perf_counter(), time.process_time()
    rebuild(store, END)
    spent_s, cpu_s = time.perf_counter() - began, time.process_time() - cpu
    Roller(store).fold(END + timedelta(hours=2))
    with closing(store.cursor()) as cursor:
        cursor.execute("CHECKPOINT")
    return {"rebuild_s": round(spent_s, 1), "rebuild_cpu_us_per_view": round(cpu_s / views * 1e6, 2)}


def sizes(store: Store, path: Path, views: int) -> dict[str, float]:
    """Bytes a view, by what DuckDB's blocks belong to."""
    with closing(store.cursor()) as cursor:
        tables = cursor.execute("SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT temporary").fetchall()
        bytes_of = {True: 0, False: 0}
        for schema, table in tables:
            found = cursor.execute(
                f"SELECT count(DISTINCT block_id) FROM pragma_storage_info('{schema}.{table}') WHERE block_id >= 0"
            ).fetchone()
            bytes_of[schema == "rollups"] += found[0] * BLOCK_BYTES if found else 0
    return {
        "file_bytes_per_view": round(path.stat().st_size / views, 1),
        "raw_bytes_per_view": round(bytes_of.get(False, 0) / views, 1),
        "rollup_bytes_per_view": round(bytes_of.get(True, 0) / views, 2),
    }


def measure(store: Store, rounds: int, *, with_raw: bool) -> dict[str, Any]:
    week = Asked(since=WEEK, app="shop")
    series = Asked(since=WEEK, app="shop", slice_by="time", every=timedelta(hours=1))
    route = Asked(since=WEEK, app="shop", slice_by="route")
    figures: dict[str, Any] = {}
    for name, asked in (
        ("week", week),
        ("hours", series),
        ("hours_of_one_vital", replace(series, vitals=("lcp_ms",))),
        ("routes", route),
        ("routes_of_one_vital", replace(route, vitals=("lcp_ms",))),
    ):
        figures[f"{name}_from_rollups_ms"] = milliseconds(lambda asked=asked: ask(store, asked, "rollups"), rounds)
    with closing(store.cursor()) as cursor:
        cursor.execute(FLAT)
        for name, sql in (("week", BY_VERSION), ("hours", BY_HOUR), ("routes", BY_ROUTE)):
            figures[f"{name}_by_hand_ms"] = milliseconds(lambda sql=sql: cursor.execute(sql).fetchall(), rounds)
        exact = {row[0]: dict(zip(VITALS, row[1:], strict=True)) for row in cursor.execute(BY_VERSION).fetchall()}
    if with_raw:
        figures["week_from_rows_ms"] = milliseconds(lambda: ask(store, week, "raw"), max(1, rounds // 2))
    figures["largest_difference_ratio"] = round(largest_difference(ask(store, week, "rollups"), exact), 5)
    return figures


def ask(store: Store, asked: Asked, source: Any) -> Experience:
    return read_experience(store, asked, source=source)


def largest_difference(found: Experience, exact: dict[str, dict[str, list[float]]]) -> float:
    return max(
        abs((estimate.value or 0) / exact[version][vital][place] - 1)
        for (_, version, _), part in found.parts.items()
        for vital in VITALS
        for place, estimate in enumerate(part.vitals[vital])
    )


def milliseconds(act: Callable[[], object], rounds: int) -> float:
    act()
    spent = []
    for _ in range(rounds):
        began = time.perf_counter()
        act()
        spent.append((time.perf_counter() - began) * 1000)
    return round(median(spent), 1)


if __name__ == "__main__":
    main()
