"""Exactly once, and what is not taken as it comes is counted."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from leadline.errors import StoreUnavailable
from leadline.model import Deployment, Incident, IncidentState, Subject
from leadline.store import NAME_LIMITS, OTHER, BadBeacon, Countries, GateLost, Loader, Store, open_store
from leadline.store.tables import FACTS, Rows
from leadline.wire import BeaconEvent, Vitals


def test_a_batch_and_its_position_are_one(log: Any, load: Any, loader: Loader, ask: Any) -> None:
    assert loader.progress("log-1") == 0
    assert load(log(), log(page_view_id="v2")).beacons == 2
    assert loader.progress("log-1") == 2


def test_a_loader_whose_progress_is_stale_loads_nothing(
    log: Any, load: Any, loader: Loader, ask: Any, now: datetime
) -> None:
    loader.progress("log-1")
    load(log())
    with pytest.raises(GateLost):
        loader.load_beacons("log-1", after=0, upto=1, records=[(1, log(page_view_id="again"))], bad=[], now=now)
    assert ask("SELECT page_view_id FROM page_views") == [{"page_view_id": "v1"}]


def test_two_loaders_that_race_load_each_beacon_once(store: Store, log: Any, ask: Any, now: datetime) -> None:
    one, other = Loader(store), Loader(store)
    lost = 0
    for number in range(20):
        batch = [(number + 1, log(page_view_id=f"v{number}"))]
        for loader in (one, other) if number % 2 else (other, one):
            after = min(loader.progress("log-1"), number)
            try:
                loader.load_beacons("log-1", after=after, upto=number + 1, records=batch, bad=[], now=now)
            except (GateLost, duckdb.TransactionException):
                lost += 1
    assert lost == 20
    assert ask("SELECT count(*) AS n, count(DISTINCT page_view_id) AS d FROM facts.beacons") == [{"n": 20, "d": 20}]


def test_a_bad_record_is_quarantined_alone_and_the_rest_is_loaded(log: Any, load: Any, ask: Any) -> None:
    loaded = load(log(), b"\xff nonsense", log(page_view_id="v2"), log(page_view_id="v3", received_ms=1 << 60))
    assert (loaded.beacons, loaded.quarantined) == (2, 2)
    assert [row["log_position"] for row in ask("FROM facts.quarantine ORDER BY 2")] == [2, 4]
    assert ask("SELECT reason, amount FROM load_reports") == [{"reason": "quarantined", "amount": 2}]


def test_a_record_whose_text_is_no_utf8_is_quarantined_alone(log: Any, load: Any, ask: Any) -> None:
    loaded = load(log().replace(b"shop", b"\xff\xffop"), log(page_view_id="v2"))
    assert (loaded.beacons, loaded.quarantined) == (1, 1)


def test_what_the_log_itself_could_not_read_is_quarantined(loader: Loader, ask: Any, now: datetime) -> None:
    loader.progress("log-1")
    loader.load_beacons("log-1", after=0, upto=9, records=[], bad=[BadBeacon(7, "checksum", 12)], now=now)
    assert ask("SELECT log_position, reason, size_bytes FROM facts.quarantine") == [
        {"log_position": 7, "reason": "checksum", "size_bytes": 12}
    ]
    assert loader.progress("log-1") == 9


def test_a_beacon_over_24_hours_old_is_dropped_and_counted(log: Any, load: Any, ask: Any, now_ms: int) -> None:
    day = 24 * 3_600_000
    loaded = load(log(started_at=now_ms - day - 1, sent_at=now_ms), log(page_view_id="v2", started_at=now_ms - day))
    assert (loaded.beacons, loaded.too_old) == (1, 1)
    assert ask("SELECT app, reason, amount FROM load_reports") == [{"app": "shop", "reason": "too_old", "amount": 1}]


def test_what_came_while_the_clock_was_a_year_ahead_arrived_when_it_was_loaded(
    log: Any, load: Any, ask: Any, now_ms: int
) -> None:
    load(log(received_ms=now_ms + 365 * 24 * 3_600_000), log(page_view_id="v2", received_ms=now_ms + 90_000))
    assert ask("SELECT epoch_ms(received_at) AS at FROM facts.beacons ORDER BY log_position") == [
        {"at": now_ms},
        {"at": now_ms + 90_000},
    ]
    assert ask("SELECT app, reason, amount FROM load_reports") == [
        {"app": "shop", "reason": "clock_ahead", "amount": 1}
    ]


def test_a_sale_of_now_in_a_tab_older_than_a_day_is_loaded(log: Any, load: Any, ask: Any, now_ms: int) -> None:
    day = 24 * 3_600_000
    sold = BeaconEvent(name="sold", at_ms=day + 3_600_000, value=42.5)
    loaded = load(log(started_at=now_ms - day - 3_600_000, sent_at=now_ms, events=[sold]))
    assert (loaded.beacons, loaded.too_old) == (1, 0)
    assert ask("SELECT name, value FROM facts.events") == [{"name": "sold", "value": 42.5}]


def test_names_beyond_the_limit_become_other_and_are_reported_but_a_registered_version_never(
    log: Any, load: Any, loader: Loader, ask: Any, now: datetime
) -> None:
    loader.progress("records")
    deployment = Deployment(
        deployment_id="d", app="shop", environment="production", service_version="registered", cohort=None, commit=None,
        deployed_at=now, marked_by="me",
    )  # fmt: skip
    loader.load_changes(after=0, upto=1, changes=[(1, deployment)], now=now)
    limit = NAME_LIMITS["service_version"]
    loaded = load(
        *(log(page_view_id=f"v{n}", service_version=f"spam-{n}") for n in range(limit + 5)),
        log(page_view_id="mine", service_version="registered"),
        log(page_view_id="again", service_version="spam-0"),
    )
    assert loaded.capped == 5
    counts = {
        row["v"]: row["n"] for row in ask("SELECT service_version AS v, count(*) AS n FROM page_views GROUP BY 1")
    }
    assert (counts[OTHER], counts["registered"], counts["spam-0"], len(counts)) == (5, 1, 2, limit + 2)
    assert ask("SELECT reason, detail, amount FROM load_reports") == [
        {"reason": "too_many_names", "detail": "service_version", "amount": 5}
    ]


def test_the_limit_holds_over_a_restart_and_a_name_unseen_for_a_week_gives_its_place_back(
    store: Store, log: Any, now: datetime, now_ms: int
) -> None:
    limit = NAME_LIMITS["event"]

    def load(name: str, *, at: datetime) -> None:
        loader = Loader(store)
        after = loader.progress("log-1")
        received = int(at.timestamp() * 1000)
        body = log(page_view_id=f"v{after}", received_ms=received, events=[BeaconEvent(name=name)])
        loader.load_beacons("log-1", after=after, upto=after + 1, records=[(after + 1, body)], bad=[], now=at)
        loader.close()

    first = Loader(store)
    first.progress("log-0")
    bodies = [(n + 1, log(page_view_id=f"a{n}", events=[BeaconEvent(name=f"e{n}")])) for n in range(limit)]
    first.load_beacons("log-0", after=0, upto=limit, records=bodies, bad=[], now=now)
    load("late", at=now)
    load("a week on", at=now + timedelta(days=8))
    names = {row[0] for row in store.cursor().execute("SELECT DISTINCT name FROM events").fetchall()}
    assert "late" not in names
    assert {OTHER, "a week on"} <= names


def test_a_network_is_a_hash_that_changes_daily_and_is_the_same_over_a_restart(
    store: Store, log: Any, load: Any, ask: Any, now: datetime, now_ms: int
) -> None:
    network = {"network": "198.51.100.0/24"}
    load(log(record=network), log(page_view_id="v2", record=network), log(page_view_id="v3", record={"network": "b"}))
    restarted = Loader(store)
    tomorrow_ms = now_ms + 24 * 3_600_000
    after = restarted.progress("log-1")
    bodies = [log(page_view_id="v4", record=network), log(page_view_id="v5", record=network, received_ms=tomorrow_ms)]
    records = [(after + 1 + index, body) for index, body in enumerate(bodies)]
    restarted.load_beacons("log-1", after=after, upto=after + 2, records=records, bad=[], now=now + timedelta(days=1))
    hashes = [row["network_hash"] for row in ask("SELECT network_hash FROM facts.beacons ORDER BY page_view_id")]
    assert hashes[0] == hashes[1] == hashes[3]
    assert len(set(hashes)) == 3


def test_a_salt_is_forgotten_two_days_later_whether_or_not_beacons_come_and_no_network_is_in_the_files(
    store: Store, loader: Loader, log: Any, load: Any, ask: Any, now: datetime, tmp_path: Path
) -> None:
    load(log(record={"network": "198.51.100.0/24"}))
    loader.forget_salts(now + timedelta(days=1))
    assert ask("SELECT day FROM facts.network_salts") == [{"day": now.date()}]
    loader.forget_salts(now + timedelta(days=2))
    assert ask("SELECT day FROM facts.network_salts") == []
    load(log(page_view_id="v2", record={"network": "198.51.100.0/24"}))
    first, late = (row["network_hash"] for row in ask("SELECT network_hash FROM facts.beacons ORDER BY page_view_id"))
    assert first != late
    store.close()
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert files
    assert not any(b"198.51.100" in file.read_bytes() for file in files)


def test_the_header_of_the_proxy_wins_over_the_database_and_what_is_no_country_is_null(
    store: Store, log: Any, ask: Any, now: datetime, write_countries: Any
) -> None:
    countries = Countries(write_countries({"8.8.8.0/24": {"country_code": "US"}}))
    countries.renew()
    loader = Loader(store, countries=countries)
    loader.progress("log-1")
    said = {
        "header": {"country": "CH", "network": "8.8.8.0/24"},
        "database": {"network": "8.8.8.0/24"},
        "unknown": {"country": "XX", "network": "8.8.8.0/24"},
        "tor": {"country": "T1", "network": "9.9.9.0/24"},
        "private": {"network": "192.168.1.0/24"},
        "no address": {},
    }
    bodies = [(at + 1, log(page_view_id=name, record=record)) for at, (name, record) in enumerate(said.items())]
    loader.load_beacons("log-1", after=0, upto=len(bodies), records=bodies, bad=[], now=now)
    rows = ask("SELECT page_view_id AS v, geo_country_iso_code AS c FROM page_views")
    assert {row["v"]: row["c"] for row in rows} == {
        "header": "CH", "database": "US", "unknown": "US", "tor": None, "private": None, "no address": None
    }  # fmt: skip


def test_the_variant_beside_a_beacon_is_its_cohort_where_the_flag_says_so(
    store: Store, log: Any, ask: Any, now: datetime
) -> None:
    flags = {"shop": {"new-checkout": {"on": "canary", "off": "baseline"}, "banner": {"on": "loud"}}}
    loader = Loader(store, cohorts=lambda: flags)
    loader.progress("f")
    said: list[dict[str, Any]] = [
        {"attributes": {"flag.new-checkout": "on"}},
        {"attributes": {"flag.new-checkout": "off", "flag.banner": "on"}},
        {"attributes": {"flag.banner": "on"}},
        {"attributes": {"flag.new-checkout": "blue"}},
        {"attributes": {"flag.new-checkout": True}},
        {"attributes": {"flag.new-checkout": "on"}, "cohort": "staff"},
        {},
    ]
    records = [(number, log(page_view_id=f"v{number}", **one)) for number, one in enumerate(said, 1)]
    records.append((8, log(page_view_id="v8", app="blog", attributes={"flag.new-checkout": "on"})))
    loader.load_beacons("f", after=0, upto=8, records=records, bad=[], now=now)
    loader.close()
    found = [one["cohort"] for one in ask("SELECT cohort FROM page_views ORDER BY page_view_id")]
    assert found == ["canary", "baseline", "loud", None, None, "staff", None, None]


def test_the_newest_state_of_an_incident_is_shown_once(loader: Loader, ask: Any, now: datetime) -> None:
    def incident(state: IncidentState) -> Incident:
        return Incident(
            incident_id="i", subject=Subject(kind="journey", name="checkout", app="shop"), title="t", state=state,
             severity="critical", since=now, opened_at=now,
        )  # fmt: skip

    loader.progress("records")
    changes = [(3, incident(IncidentState.OPEN)), (8, incident(IncidentState.RESOLVED))]
    loader.load_changes(after=0, upto=8, changes=changes, now=now)
    assert ask("SELECT incident_id, state FROM incidents") == [{"incident_id": "i", "state": "resolved"}]


def test_the_arrow_schemas_are_those_of_the_tables(store: Store) -> None:
    for table, schema in FACTS.items():
        described = store.cursor().sql(f"FROM facts.{table}").to_arrow_table().schema
        assert [(f.name, f.type) for f in described] == [(f.name, f.type) for f in schema], table


def test_a_store_that_is_held_names_its_holder(tmp_path: Path) -> None:
    import subprocess
    import sys

    code = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "s.duckdb")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(StoreUnavailable, match=f"process {holder.pid} "):
            open_store(tmp_path / "s.duckdb", wait_s=0)
    finally:
        holder.communicate("")


def test_a_store_opened_again_has_what_was_loaded(tmp_path: Path, log: Any, now: datetime) -> None:
    for _ in range(2):
        with open_store(tmp_path / "again.duckdb") as store:
            loader = Loader(store)
            if loader.progress("log-1") == 0:
                body = log(vitals=Vitals(lcp_ms=7))
                loader.load_beacons("log-1", after=0, upto=1, records=[(1, body)], bad=[], now=now)
            else:
                assert store.cursor().execute("SELECT lcp_ms FROM vitals").fetchall() == [(7.0,)]
            loader.close()


def test_a_row_by_names_is_in_the_order_of_the_schema_and_names_what_does_not_fit() -> None:
    rows = Rows()
    values = {name: number for number, name in enumerate(FACTS["known_names"].names)}
    rows.add("known_names", dict(reversed(values.items())))
    assert rows.by_table["known_names"] == [(0, 1, 2, 3)]
    with pytest.raises(TypeError, match="known_names has no colour"):
        rows.add("known_names", {**values, "colour": 1})
    with pytest.raises(KeyError, match="seen_on"):
        rows.add("known_names", {name: 1 for name in values if name != "seen_on"})
