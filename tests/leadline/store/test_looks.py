"""A look reads the minutes since the last one, and says what one fresh look at all of them would, to the last bit."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from leadline.analysis.verdicts import make_bundle
from leadline.settings import GateSettings, gate_rules
from leadline.store import Store
from leadline.store.arms import Anchored, Arms, minute_of
from leadline.store.interchange.folder import FoundFile
from leadline.store.interchange.imports import import_day
from leadline.store.judged_minutes import judge_minutes
from leadline.store.kept_parts import KeptParts
from leadline.store.session_blocks import Reading
from leadline.wire import BeaconError, BeaconEvent, BeaconRequest, Vitals

MINUTES = 40
GATE: dict[str, Any] = {
    "metrics": [
        {"kpi": "bought", "value": True, "within": "10m"},
        {"errors": True},
        {"vital": "lcp_ms"},
        {"requests": "/api/*", "within": "10s"},
    ],
    "segments": ["browser_name", "effective_connection_type"],
    "min_sessions": 5,
}
ROUTES = ["/api/cart", "/api/pay", "/img"]


def traffic(rng: random.Random, begins_ms: int) -> list[tuple[int, dict[str, Any], dict[str, Any]]]:
    """When it arrived, the beacon, its sender. Beacons overtake each other, sections are stated anew."""
    found: list[tuple[int, dict[str, Any], dict[str, Any]]] = []
    for session in range(90):
        began = begins_ms + rng.randrange(-20 * 60_000, MINUTES * 60_000)
        version = rng.choice(["1", "2"])
        sender = {"network": f"198.51.{session % 40}.0/24", "synthetic": "bot" if rng.random() < 0.03 else None}
        for number in range(rng.choice([1, 1, 2, 4])):
            started = began + number * rng.randrange(1, 400_000)
            view = f"s{session}v{number}"
            common = {
                "page_view_id": view,
                "session_id": None if rng.random() < 0.05 else f"s{session}",
                "service_version": version if rng.random() < 0.9 else "3",
                "started_at": started,
                "effective_connection_type": rng.choice(["4g", "3g", None]),
            }
            for seq in range(rng.choice([1, 2, 3, 5])):
                arrived = started + rng.randrange(0, 100_000) + seq * rng.randrange(0, 300_000)
                found.append((arrived, {**common, "seq": seq, **sections(rng, seq)}, sender))
    return sorted(found, key=lambda one: one[0])


def sections(rng: random.Random, seq: int) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if rng.random() < 0.6:
        told["vitals"] = Vitals(lcp_ms=rng.lognormvariate(7, 0.7))
    if rng.random() < 0.3:
        told["errors"] = [BeaconError(message=str(n), error_type="TypeError") for n in range(rng.randrange(3))]
    if rng.random() < 0.5:
        told["events"] = [
            BeaconEvent(name=rng.choice(["bought", "seen"]), value=rng.random() * 99) for _ in range(rng.randrange(4))
        ]
    if rng.random() < 0.6:
        told["requests"] = [
            BeaconRequest(
                method="GET",
                route=rng.choice(ROUTES),
                status_code=rng.choice([200, 200, 200, 500]),
                duration_ms=rng.random() * 900,
            )
            for _ in range(rng.randrange(1, 6))
        ]
    return told


def look(store: Store, until: int, since: int, kept: KeptParts) -> bytes:
    """The bundle holds every block, the evidence over time and the verdict."""
    rules = gate_rules(GateSettings(app="shop", **GATE), [])
    store.kept_parts = kept
    judge = judge_minutes(
        store,
        Arms(app="shop", canary="2", baseline="1"),
        rules,
        anchored=Anchored(since=since, anchor="release"),
        until=until,
        to_trim=lambda _: ["errors", "vital:lcp_ms"],
    )
    return make_bundle(judge, code_version="1")


@pytest.fixture
def wholes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The last minutes up to which everything was read anew."""
    found: list[int] = []
    whole = Reading.whole

    def counted(self: Reading) -> Any:
        found.append(self.until)
        return whole(self)

    monkeypatch.setattr(Reading, "whole", counted)
    return found


def batches(rng: random.Random, records: list[Any], begins_ms: int) -> Iterator[tuple[int, list[Any]]]:
    """Minutes at which somebody looks, and what had arrived since the look before."""
    minute, place = 0, 0
    while minute < MINUTES:
        minute += rng.choice([1, 5, 9])
        upto = place
        while upto < len(records) and records[upto][0] < begins_ms + minute * 60_000:
            upto += 1
        yield minute, records[place:upto]
        place = upto


@pytest.mark.parametrize("seed", range(2))
def test_any_sequence_of_looks_says_what_one_fresh_look_says(
    seed: int, log: Any, load: Any, store: Store, now: datetime, now_ms: int, wholes: list[int]
) -> None:
    rng = random.Random(seed)
    begins_ms, since = now_ms - 3_600_000, minute_of(now) - 60
    late: list[Any] = []
    kept, looks = KeptParts(), 0
    for minute, records in batches(rng, traffic(rng, begins_ms), begins_ms):
        kept_back = {n for n in range(len(records)) if rng.random() < 0.01}
        load(
            *(
                log(received_ms=at, record=sender, **b)
                for n, (at, b, sender) in enumerate(records)
                if n not in kept_back
            )
        )
        late += [records[n] for n in sorted(kept_back)]
        if late and rng.random() < 0.3:  # a log that was read late: of minutes that were taken for closed
            load(*(log(received_ms=at, record=sender, **b) for at, b, sender in late), file="late")
            late = []
        if rng.random() < 0.1:
            kept = KeptParts()  # the service was started again
        looks += 1
        assert look(store, since + minute - 1, since, kept) == look(store, since + minute - 1, since, KeptParts())
    # Half of the readings were the fresh ones that were compared with; few looks of the others began anew.
    assert looks <= len(wholes) < looks * 2


def test_what_is_imported_into_closed_minutes_counts_at_the_next_look(
    log: Any, load: Any, store: Store, now: datetime, now_ms: int, wholes: list[int], tmp_path: Path
) -> None:
    since, kept = minute_of(now) - 60, KeptParts()
    view = {"session_id": "a", "page_view_id": "a", "service_version": "2", "started_at": now_ms - 3_000_000}
    load(log(received_ms=now_ms - 3_000_000, **view))
    first = look(store, since + 30, since, kept)
    assert look(store, since + 31, since, kept) != first
    assert wholes == [since + 30]
    row = {
        "received_at": [datetime.fromtimestamp(now_ms / 1000 - 2900, tz=now.tzinfo).replace(tzinfo=None)],
        "app": ["shop"], "page_view_id": ["b"], "session_id": ["b"], "service_version": ["1"],
    }  # fmt: skip
    pq.write_table(pa.table(row), tmp_path / "part.parquet")
    file = FoundFile(table="page_views", day=now.date(), path=tmp_path / "part.parquet")
    import_day(store, [file], now=now)
    assert look(store, since + 32, since, kept) == look(store, since + 32, since, KeptParts())
    assert wholes == [since + 30, since + 32, since + 32]


def test_what_retention_removed_is_no_longer_counted(
    log: Any, load: Any, store: Store, now: datetime, now_ms: int, wholes: list[int]
) -> None:
    since, kept = minute_of(now) - 60, KeptParts()
    load(*(log(received_ms=now_ms - 3_000_000 + n, page_view_id=f"v{n}", service_version="2") for n in range(3)))
    look(store, since + 30, since, kept)
    store.cursor().execute("DELETE FROM facts.beacons WHERE page_view_id = 'v1'")
    assert look(store, since + 31, since, kept) == look(store, since + 31, since, KeptParts())


def test_a_look_back_is_read_anew_and_the_next_look_goes_on(
    log: Any, load: Any, store: Store, now: datetime, now_ms: int, wholes: list[int]
) -> None:
    since, kept = minute_of(now) - 60, KeptParts()
    load(log(received_ms=now_ms - 3_000_000, page_view_id="a", service_version="2"))
    for minute in (30, 20, 31, 31):
        look(store, since + minute, since, kept)
    assert wholes == [since + 30, since + 20]


def test_what_is_kept_stays_in_bounds(
    log: Any, load: Any, store: Store, now: datetime, now_ms: int, wholes: list[int]
) -> None:
    since = minute_of(now) - 60
    load(log(received_ms=now_ms - 3_000_000, page_view_id="a", service_version="2", vitals=Vitals(lcp_ms=900)))
    kept = KeptParts()
    look(store, since + 30, since, kept)
    assert 0 < kept.size_bytes < 100_000
    small = KeptParts(most_bytes=kept.size_bytes * 2)
    for begins in (since, since - 1, since - 2, since):
        look(store, since + 30, begins, small)
    assert small.size_bytes <= kept.size_bytes * 2
    assert len(wholes) == 1 + 4
