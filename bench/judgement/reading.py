"""What a verdict costs from the store: the first look, which reads a day, and each minute's look after it.

    python bench/judgement/reading.py [--sessions 250000] [--looks 5] [--apps 1]

A made-up day, written straight into a store (day.sql): sessions of two views on average, two beacons a view, four
requests, a purchase in every fifth session. A gate of 12 metrics looks at the last minutes of it one by one, as the
scheduler asks: the two versions that were registered last, from the deploy mark on.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from leadline import clock
from leadline.settings import GateSettings, gate_rules
from leadline.store import Store, open_store
from leadline.store.registrations import register_named
from leadline.storeclient.questions import VerdictAsked
from leadline_store.verdict_answers import judge

BEGINS = datetime(2026, 11, 20, tzinfo=UTC)
METRICS = [
    {"kpi": "checkout_completed", "value": True},
    {"kpi": "add_to_cart", "within": "5m"},
    {"errors": True},
    *({"vital": name} for name in ("lcp_ms", "inp_ms", "cls", "fcp_ms", "ttfb_ms")),
    {"requests": "/api/cart"},
    {"requests": "/api/pay"},
]

COLUMNS = "change_position, deployment_id, app, service_version, deployed_at"
DEPLOYMENT = f"INSERT INTO facts.deployments ({COLUMNS}) VALUES (?, ?, ?, ?, ?)"
SQL = (Path(__file__).parent / "day.sql").read_text()


def fill(store: Store, app: str, sessions: int) -> None:
    cursor = store.cursor()
    for statement in cursor.extract_statements(SQL):
        names = {"app": app, "begins": BEGINS.replace(tzinfo=None), "sessions": sessions}
        cursor.execute(statement, {name: value for name, value in names.items() if f"${name}" in statement.query})
    for place, version in enumerate(("1.4.2", "1.5.0")):
        cursor.execute(DEPLOYMENT, [place + 1, app + version, app, version, BEGINS.replace(tzinfo=None)])
    register_named(cursor, after=0, upto=2)
    cursor.close()


def looks(store: Store, apps: list[str], minutes: int) -> Iterator[tuple[float, float]]:
    """Seconds and CPU seconds of one look at each app, minute by minute up to the end of the day."""
    rules = gate_rules(GateSettings(app="shop", metrics=METRICS), [])
    assert len(rules.metrics) == 12
    for place in range(minutes):
        store.loaded_until = BEGINS + timedelta(minutes=1440 - minutes + place + 1)
        for app in apps:
            asked = VerdictAsked(app=app, rules=rules, is_registered_only=True)
            began, cpu = clock.monotonic_s(), time.process_time()
            judge(store, asked)
            yield clock.monotonic_s() - began, time.process_time() - cpu


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sessions", type=int, default=250_000, help="of all apps together")
    parser.add_argument("--looks", type=int, default=5)
    parser.add_argument("--apps", type=int, default=1)
    args = parser.parse_args()
    apps = [f"shop{n}" for n in range(args.apps)]
    with tempfile.TemporaryDirectory() as folder, open_store(Path(folder) / "store.duckdb") as store:
        for app in apps:
            fill(store, app, args.sessions // args.apps)
        taken = list(looks(store, apps, args.looks + 1))
        first, later = taken[: args.apps], taken[args.apps :]
        print(
            json.dumps(
                {
                    "apps": args.apps,
                    "views": args.sessions * 2,
                    "first_look_s": round(statistics.median(wall for wall, _ in first), 3),
                    "look_s": round(statistics.median(wall for wall, _ in later), 3),
                    "look_cpu_s": round(statistics.median(cpu for _, cpu in later), 3),
                    "core_of_each_minute": round(sum(cpu for _, cpu in later) / args.looks / 60, 4),
                    "kept_mb": round(store.kept_parts.size_bytes / 1e6, 1),
                },
                indent=1,
            )
        )


if __name__ == "__main__":
    main()
