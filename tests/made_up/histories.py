"""A made-up history of beacons, and what the rollups come to: for the tests of rolling up, at rest and killed."""

from __future__ import annotations

import random
from datetime import datetime
from typing import Any

from leadline.store import Loader, Store
from leadline.wire import (
    Beacon,
    BeaconError,
    BeaconEvent,
    BeaconRequest,
    From,
    LoggedBeacon,
    Vitals,
    encode_logged,
)

HOUR_MS = 3_600_000
TABLES = ("minutes", "hours", "chart_hours", "days", "dimension_hours", "dimension_days")
Sums = dict[str, list[tuple[Any, ...]]]


def sums(store: Store) -> Sums:
    """Every cell of every rollup that is not zero."""
    cursor = store.cursor()
    found: Sums = {}
    for table in TABLES:
        facet = "JOIN rollups.facets AS f USING (facet)" if table.startswith("dimension") else ""
        cells = cursor.sql(
            f"SELECT a.* EXCLUDE (arm), m.* EXCLUDE (measure), {'f.* EXCLUDE (facet),' if facet else ''} "
            "c.* EXCLUDE (arm, measure, facet, n, weight, weight_squared, value), sum(n)::BIGINT AS n, "
            "sum(c.weight)::BIGINT AS w, sum(weight_squared)::BIGINT AS w2, coalesce(sum(c.value), 0) AS v "
            f"FROM (SELECT *, {'' if facet else 'NULL AS facet'} FROM rollups.{table}) AS c "
            "JOIN rollups.arms AS a USING (arm) "
            f"JOIN rollups.measures AS m USING (measure) {facet} GROUP BY ALL "
            "HAVING sum(n) <> 0 OR sum(c.weight) <> 0 OR sum(weight_squared) <> 0 OR coalesce(sum(c.value), 0) <> 0"
        ).fetchall()
        found[table] = sorted(cells, key=repr)
    cursor.close()
    return found


def log(*, received_ms: int, record: dict[str, Any] | None = None, **b: Any) -> bytes:
    """The bytes of one record of the log; `record` holds fields of the record itself."""
    logged = LoggedBeacon(
        app="shop",
        environment="production",
        received_at_ms=received_ms,
        beacon=Beacon(key="pk_1", **b),
        **(record or {}),
    )
    return encode_logged(logged)


def story(seed: int, now_ms: int, beacons: int = 250, *, longest_view_ms: int | None = None) -> list[bytes]:
    """Beacons as the world sends them: repeated, late, in the wrong order, across hours, versions and sessions."""
    dice = random.Random(seed)
    bodies = []
    for _ in range(beacons):
        view = dice.randrange(60)
        received = now_ms - dice.randrange(60 * HOUR_MS)
        if longest_view_ms is not None:
            received = (
                now_ms
                - view * HOUR_MS
                + dice.randrange(min(longest_view_ms, view * HOUR_MS + 1))
                - dice.randrange(60_000)
            )
        seq = dice.randrange(5)
        fields: dict[str, Any] = {
            "page_view_id": f"v{view}", "seq": seq, "received_ms": received,
            "session_id": dice.choice([f"s{view % 17}", f"s{view % 17}", None, f"s{view % 3}"]),
            "service_version": dice.choice(["1", "2", None, ""]), "cohort": dice.choice(["canary", None]),
            "route": dice.choice(["/a", "/b", None]), "started_at": received - dice.randrange(HOUR_MS),
            "attributes": dice.choice([None, {"sample_ratio": 0.3}, {"sample_ratio": 0.3, "errors_only": True}]),
            "effective_connection_type": dice.choice(["4g", "3g"]),
            "synthetic": "test" if dice.random() < 0.02 else None,
        }  # fmt: skip
        if dice.random() < 0.7:
            fields["vitals"] = Vitals(lcp_ms=dice.uniform(0, 9000), cls=dice.choice([None, dice.random()]), inp_ms=0.0)
        if dice.random() < 0.4:
            names = [dice.choice(["bought", "sought"]) for _ in range(dice.randrange(4))]
            fields["events"] = [
                BeaconEvent(name=name, value=dice.choice([None, dice.uniform(-5, 5)])) for name in names
            ]
        if dice.random() < 0.4:
            kinds = [dice.choice(["TypeError", "AbortError"]) for _ in range(dice.randrange(3))]
            fields["errors"] = [
                BeaconError(message=kind, error_type=kind, count=dice.randrange(1, 4)) for kind in kinds
            ]
        if dice.random() < 0.3:
            fields["requests"] = [
                BeaconRequest(route="/api", status_code=dice.choice([200, 500, 0]), duration_ms=dice.uniform(1, 900))
            ]
        if dice.random() < 0.2:
            fields["from_"] = From(events=dice.randrange(3), errors=dice.randrange(2))
        bodies.append(log(record={"client": "reports"} if dice.random() < 0.03 else None, **fields))
    return bodies


def load(store: Store, bodies: list[bytes], now: datetime, file: str = "log-1") -> None:
    """Loads the bodies at the next positions of a file."""
    loader = Loader(store)
    after = loader.progress(file)
    records = [(after + 1 + index, body) for index, body in enumerate(bodies)]
    loader.load_beacons(file, after=after, upto=after + len(bodies), records=records, bad=[], now=now)
    loader.close()
