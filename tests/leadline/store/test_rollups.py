"""Rollups: passes of any size come to the same sums, corrections reach them, and a rebuild comes to what stands."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from made_up.histories import HOUR_MS, story, sums
from made_up.histories import load as load_into

from leadline.store import GateLost, Store, open_store
from leadline.store.interchange import export_day, find_files, import_day, list_days
from leadline.store.retention import RetentionClass, list_aged, remove_expired
from leadline.store.rollups import Roller, rebuild
from leadline.wire import BeaconError, BeaconEvent, BeaconRequest, Vitals


@pytest.fixture
def stores(tmp_path: Path) -> Callable[[], Store]:
    opened: list[Store] = []

    def make() -> Store:
        opened.append(open_store(tmp_path / f"{len(opened)}.duckdb", wait_s=0))
        return opened[-1]

    return make


@pytest.mark.parametrize("seed", range(2))
def test_rolling_up_in_pieces_equals_at_once_and_a_rebuild_equals_what_stands(
    seed: int, stores: Callable[[], Store], now: datetime, now_ms: int
) -> None:
    bodies = story(seed, now_ms)
    dice = random.Random(seed + 1000)
    piecewise, at_once = stores(), stores()
    roller = Roller(piecewise)
    rest = list(bodies)
    while rest:
        size = dice.randrange(1, 90)
        load_into(piecewise, rest[:size], now, file=dice.choice(["log-1", "log-2"]))
        rest = rest[size:]
        roller.roll(now, limit=dice.randrange(1, 200))
        if dice.random() < 0.3:
            roller.fold(now - timedelta(hours=dice.randrange(50)))
    roller.roll_all(now)
    load_into(at_once, bodies, now)
    Roller(at_once).roll_all(now)
    together = sums(at_once)
    assert len(together["hours"]) > 100
    assert sums(piecewise) == together
    for parts in (1000, 40):
        rebuild(piecewise, now, part_beacons=parts)
        assert sums(piecewise) == together


QUESTIONS = {
    "page_views": "SELECT service_version, round(sum(weight) * 1e6) FROM page_views GROUP BY 1",
    "lcp_ms": "SELECT service_version, round(sum(weight) * 1e6) FROM vitals WHERE lcp_ms IS NOT NULL GROUP BY 1",
    "errors": "SELECT service_version, round(sum(e.count * e.weight) * 1e6) FROM errors AS e SEMI JOIN page_views AS v "
    "USING (app, page_view_id) WHERE NOT is_harmless GROUP BY 1",
    "page_views_with_error": "SELECT service_version, round(sum(weight) * 1e6) FROM page_views SEMI JOIN "
    "(SELECT * FROM errors WHERE NOT is_harmless) USING (app, page_view_id) GROUP BY 1",
    "request_ms": "SELECT service_version, round(sum(count * weight) * 1e6) FROM requests GROUP BY 1",
    "sessions": "SELECT service_version, round(sum(weight) * 1e6) FROM sessions GROUP BY 1",
    "crossing_sessions": "SELECT service_version, round(sum(weight) * 1e6) FROM sessions WHERE is_crossing GROUP BY 1",
    "kpi_events": "SELECT s.service_version, round(sum(s.weight) * 1e6) FROM events AS e JOIN sessions AS s "
    "ON s.session_id = coalesce(e.session_id, e.page_view_id) GROUP BY 1",
}


@pytest.mark.parametrize("metric", QUESTIONS)
def test_the_rollups_say_what_the_views_over_raw_rows_say(
    metric: str, store: Store, now: datetime, now_ms: int
) -> None:
    bodies = story(77, now_ms, beacons=400)
    load_into(store, bodies[:150], now)
    Roller(store).roll(now)
    load_into(store, bodies[150:], now)
    Roller(store).roll_all(now)
    cursor = store.cursor()
    exact = {(version or "(none)", weight) for version, weight in cursor.sql(QUESTIONS[metric]).fetchall() if weight}
    rolled = cursor.sql(
        "SELECT service_version, sum(weight) FROM rollups.hours JOIN rollups.arms USING (arm) JOIN rollups.measures "
        f"USING (measure) WHERE metric = '{metric}' AND previous IS NULL GROUP BY 1"
    ).fetchall()
    assert exact
    assert {(version, float(weight)) for version, weight in rolled if weight} == exact
    cursor.close()


def test_a_correction_moves_a_view_from_one_bin_to_another(
    store: Store, load: Any, log: Any, ask: Any, now: datetime
) -> None:
    roller = Roller(store)
    load(log(seq=1, vitals=Vitals(lcp_ms=1000)))
    roller.roll(now)
    load(log(seq=2, vitals=Vitals(lcp_ms=4000)))
    roller.roll(now)
    cells = (
        "SELECT bin, sum(n)::BIGINT AS n FROM rollups.hours JOIN rollups.measures USING (measure) "
        "WHERE metric = 'lcp_ms' GROUP BY 1 ORDER BY 1"
    )
    assert ask(cells) == [{"bin": 349, "n": 0}, {"bin": 419, "n": 1}]


def test_a_session_counts_once_in_any_span_and_in_the_version_of_its_first_view(
    store: Store, load: Any, log: Any, ask: Any, now: datetime, now_ms: int
) -> None:
    views = [("a", 5, "1"), ("b", 5, "1"), ("c", 3, "2"), ("d", 0, "2")]
    for view, hours_ago, version in views:
        load(log(page_view_id=view, session_id="s", received_ms=now_ms - hours_ago * HOUR_MS, service_version=version))
        Roller(store).roll(now)
    for hours, expected in ((6, 1), (4, 1), (2, 1)):
        since = f"TIMESTAMP '2026-11-24 12:00:00' - INTERVAL {hours} HOUR"
        counted = ask(
            "SELECT service_version, sum(n)::BIGINT AS n FROM rollups.hours JOIN rollups.measures USING (measure) "
            "JOIN rollups.arms USING (arm) WHERE metric = 'sessions' "
            f"AND starts_at >= {since} AND (previous IS NULL OR previous < {since}) GROUP BY 1 HAVING sum(n) <> 0"
        )
        assert counted == [{"service_version": "1", "n": expected}]


def test_a_pass_that_another_overtook_adds_nothing(
    store: Store, load: Any, log: Any, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    from leadline.store.rollups import passes

    load(log())
    choose = passes._choose

    def overtaken(cursor: Any, limit: int) -> Any:
        monkeypatch.setattr(passes, "_choose", choose)
        chosen = choose(cursor, limit)
        cursor.execute("COMMIT")
        Roller(store).roll(now)
        cursor.execute("BEGIN")
        return chosen

    monkeypatch.setattr(passes, "_choose", overtaken)
    with pytest.raises(GateLost):
        Roller(store).roll(now)
    assert [row[-4] for row in sums(store)["hours"] if "page_views" in row] == [1]


def test_what_is_imported_reaches_the_rollups_like_what_was_loaded(
    stores: Callable[[], Store], now: datetime, now_ms: int, tmp_path: Path
) -> None:
    ours, theirs = stores(), stores()
    load_into(ours, story(3, now_ms, beacons=120, longest_view_ms=HOUR_MS), now)
    folder = tmp_path / "exported"
    for table, day, _ in list_days(ours, since=None, until=None):
        export_day(ours, folder, table, day, since=None, until=None)
    found = find_files(folder)
    for day in found.days:
        import_day(theirs, [file for file in found.files if file.day == day], now=now)
        Roller(theirs).roll(now)
    Roller(ours).roll_all(now)
    Roller(theirs).roll_all(now)
    standing = sums(theirs)
    counted = [sum(row[-4] for row in each["hours"] if "page_views" in row) for each in (standing, sums(ours))]
    assert counted[0] == counted[1] > 20
    rebuild(theirs, now)
    assert sums(theirs) == standing


def test_a_day_that_retention_removed_counts_once_however_often_it_is_imported(
    store: Store, log: Any, now: datetime, now_ms: int, tmp_path: Path
) -> None:
    week_ms = 7 * 24 * HOUR_MS
    load_into(store, story(3, now_ms - week_ms, beacons=60, longest_view_ms=HOUR_MS), now)
    recent = [log(page_view_id=f"r{at}", session_id=f"r{at}", received_ms=now_ms - at * HOUR_MS) for at in range(9)]
    load_into(store, recent, now, file="log-2")
    Roller(store).roll_all(now)
    for table, day, _ in list_days(store, since=None, until=None):
        export_day(store, tmp_path, table, day, since=None, until=None)
    standing = sums(store)
    midnight = datetime.combine((now - timedelta(days=3)).date(), datetime.min.time(), UTC)
    before: dict[RetentionClass, datetime] = {
        "raw": midnight,
        "rollups": now - timedelta(days=400),
        "records": midnight,
    }
    found = find_files(tmp_path)
    for _ in range(2):
        assert remove_expired(store, before)["facts.beacons"] > 20
        assert sums(store) == standing
        added = [
            import_day(store, [file for file in found.files if file.day == day], now=now)["page_views"][1]
            for day in found.days
        ]
        assert sum(added) > 20
        Roller(store).roll_all(now)
        assert sums(store) == standing
    rebuild(store, now)
    assert sums(store) == standing


def test_what_a_log_brings_late_of_a_day_that_retention_removed_is_added_to_its_sums(
    store: Store, load: Any, log: Any, ask: Any, now: datetime, now_ms: int
) -> None:
    old_ms = now_ms - 7 * 24 * HOUR_MS
    kept: dict[RetentionClass, datetime] = {
        "raw": now - timedelta(days=3),
        "rollups": now - timedelta(days=400),
        "records": now,
    }
    counted = (
        "SELECT sum(n)::BIGINT AS n FROM rollups.hours JOIN rollups.measures USING (measure) "
        "WHERE metric = 'page_views'"
    )
    for view in ("a", "b"):
        load(log(page_view_id=view, session_id=view, received_ms=old_ms))
        Roller(store).roll_all(now)
        remove_expired(store, kept)
    assert ask(counted) == [{"n": 2}]
    (aged,) = [one for one in list_aged(store, kept) if one.table == "rollups.retired"]
    assert (aged.rows, aged.oldest_at, aged.expired) == (1, datetime(2026, 11, 17, tzinfo=UTC), 0)
    load(log(page_view_id="c", session_id="c", received_ms=old_ms))
    rebuild(store, now)
    assert ask(counted) == [{"n": 2}]
    Roller(store).roll_all(now)
    assert ask(counted) == [{"n": 3}]
    rebuild(store, now)
    assert ask(counted) == [{"n": 3}]
    remove_expired(store, kept | {"rollups": now})
    assert ask("SELECT count(*) AS n FROM rollups.retired") == [{"n": 0}]


def test_absurd_figures_of_a_stranger_stop_no_pass(store: Store, load: Any, log: Any, ask: Any, now: datetime) -> None:
    """A page's key is public: the largest counts, weights and values that are taken add up like any others."""
    absurd: dict[str, Any] = {
        "attributes": {"sample_ratio": 1e-9}, "events": [BeaconEvent(name="bought", value=1e15)],
        "errors": [BeaconError(message=f"m{number}", count=1_000_000) for number in range(100)],
        "requests": [BeaconRequest(route="/a", count=1_000_000, duration_ms=3_600_000)],
        "vitals": Vitals(lcp_ms=3_600_000, cls=1000),
    }  # fmt: skip
    load(*(log(page_view_id=f"v{number}", session_id="s", **absurd) for number in range(50)))
    ask("UPDATE facts.events SET value = 'inf' WHERE page_view_id = 'v1' RETURNING 1")
    roller = Roller(store)
    roller.roll_all(now + timedelta(hours=2))
    counted = "FROM rollups.hours JOIN rollups.measures USING (measure) WHERE metric = 'page_views'"
    assert ask(f"SELECT sum(n)::BIGINT AS n, sum(weight)::BIGINT AS w {counted}") == [{"n": 50, "w": 50_000_000_000}]


def test_dimensions_fold_into_days_and_minutes_end_after_48_hours(
    store: Store, load: Any, log: Any, ask: Any, now: datetime, now_ms: int
) -> None:
    for hours_ago in (100, 99, 1):
        load(log(page_view_id=f"v{hours_ago}", route="/a", received_ms=now_ms - hours_ago * HOUR_MS))
    roller = Roller(store)
    roller.roll_all(now)
    assert ask(
        "SELECT count(*) AS n FROM rollups.minutes JOIN rollups.measures USING (measure) WHERE metric = 'page_views'"
    ) == [{"n": 1}]
    by_route = (
        "JOIN rollups.measures USING (measure) JOIN rollups.facets USING (facet) "
        "WHERE metric = 'page_views' AND dimension = 'route'"
    )
    assert ask(f"SELECT sum(n)::BIGINT AS n FROM rollups.dimension_days {by_route}") == [{"n": 2}]
    assert ask(f"SELECT sum(n)::BIGINT AS n FROM rollups.dimension_hours {by_route}") == [{"n": 1}]
    assert ask(
        "SELECT sum(n)::BIGINT AS n FROM rollups.days JOIN rollups.measures USING (measure) WHERE metric = 'page_views'"
    ) == [{"n": 2}]
