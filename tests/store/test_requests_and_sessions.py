"""Requests by method and route, and sessions by version, asked of a store: from rows and from rollups."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from made_up.histories import load, log

from leadline.store import Store, open_store
from leadline.store.experience import Asked, source_choice
from leadline.store.experience import requests as reading
from leadline.store.rollups import Roller
from leadline.storeclient import Scope
from leadline.wire import BeaconRequest
from leadline_store.figures.requests import list_requests
from leadline_store.figures.sessions import list_sessions
from leadline_store.figures.versions import list_versions

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)
SINCE = NOW - timedelta(hours=1)
SCOPE = Scope(since=SINCE, app="shop")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "store.duckdb", wait_s=0) as opened:
        yield opened


def view(name: str, *requests: BeaconRequest, **fields: Any) -> bytes:
    told = {"page_view_id": f"view-{name}", "session_id": name, "service_version": "1", **fields}
    return log(received_ms=NOW_MS, started_at=NOW_MS - 60_000, requests=[*requests], **told)


def request(route: str = "/pay", **fields: Any) -> BeaconRequest:
    return BeaconRequest(**{"method": "GET", "route": route, "status_code": 200, "duration_ms": 100, **fields})


def many() -> list[bytes]:
    """A hundred sessions a version; 2 fails in every fifth and takes twice as long; POST is slower than GET."""
    return [
        view(
            f"{version}-{number}",
            request(
                duration_ms=(100 + number) * int(version),
                status_code=503 if version == "2" and number % 5 == 0 else 200,
            ),
            request(method="POST", duration_ms=1000 + number, status_code=404),
            service_version=version,
        )
        for version in ("1", "2")
        for number in range(100)
    ]


def test_each_method_and_route_of_a_version_is_one_row(store: Store) -> None:
    load(store, many(), NOW)
    rows = list_requests(store, SCOPE)
    told = [
        (row["service_version"], row["method"], row["requests"], row["requests_failed"], row["duration_p50_ms"])
        for row in rows
    ]
    assert told == [
        ("1", "GET", 100, 0, 149.5),
        ("2", "GET", 100, 20, 299.0),
        ("1", "POST", 100, 0, 1049.5),
        ("2", "POST", 100, 0, 1049.5),
    ]
    second = rows[1]
    assert second["failed_low_ratio"] < second["failed_ratio"] == 0.2 < second["failed_high_ratio"]
    assert second["duration_p75_low_ms"] < second["duration_p75_ms"] < second["duration_p75_high_ms"]
    assert (second["source"], second["error_bound_ratio"], second["duration_is_enough"]) == ("raw", 0.0, True)


def test_rollups_say_the_same_of_a_route_within_their_bound(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    load(store, many(), NOW)
    Roller(store).roll_all(NOW)
    monkeypatch.setattr(source_choice, "RAW_VIEWS", 10)
    rows = list_requests(store, SCOPE)
    assert [(row["service_version"], row["method"], row["requests"], row["requests_failed"]) for row in rows] == [
        ("1", "GET", 100, 0), ("2", "GET", 100, 20), ("1", "POST", 100, 0), ("2", "POST", 100, 0),
    ]  # fmt: skip
    assert rows[1]["failed_low_ratio"] < rows[1]["failed_ratio"] == 0.2 < rows[1]["failed_high_ratio"]
    assert {row["source"] for row in rows} == {"rollups"}
    assert rows[3]["duration_p50_ms"] == pytest.approx(1049.5, rel=0.02)


@pytest.mark.parametrize("source", ["raw", "rollups"])
def test_requests_stand_in_the_span_in_which_they_came(
    store: Store, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(store, many(), NOW)
    ago = [log(received_ms=NOW_MS - 7_200_000, page_view_id=f"o{at}", session_id=f"o{at}", service_version="1",
               requests=[request(method="DELETE"), request(method="brew")]) for at in range(40)]  # fmt: skip
    load(store, ago, NOW)
    Roller(store).roll_all(NOW)
    if source == "rollups":
        monkeypatch.setattr(source_choice, "RAW_VIEWS", 10)
    for every_s in (3600, 1800):
        scope = Scope(since=NOW - timedelta(hours=3), app="shop", versions=["1"], every_s=every_s)
        rows = list_requests(store, scope)
        noon, ten = NOW, NOW - timedelta(hours=2)
        odd = "brew" if source == "raw" else "(other)"
        assert [(row["method"], row["starts_at"], row["requests"]) for row in rows] == sorted(
            [("DELETE", ten, 40), ("GET", noon, 100), ("POST", noon, 100), (odd, ten, 40)]
        )
        assert {(row["source"], row["failed_ratio"]) for row in rows} == {(source, 0.0)}
        timed = next(row for row in rows if row["method"] == "GET")
        assert timed["duration_p75_low_ms"] < timed["duration_p75_ms"] < timed["duration_p75_high_ms"]


@pytest.mark.parametrize("by", ["route", "device_type", "geo_country_iso_code"])
def test_requests_by_a_dimension_of_their_view_are_the_same_from_rows_and_from_rollups(
    store: Store, by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    days_ago = [
        log(received_ms=NOW_MS - 4 * 86_400_000 - at % 2 * 3_600_000, page_view_id=f"o{at}", session_id=f"o{at // 2}",
            service_version="1", route=f"/{at % 3}", requests=[request(duration_ms=100 + at)]) for at in range(40)
    ]  # fmt: skip
    now = [view(f"a{at}", request(), request(status_code=500), route=f"/{at % 2}") for at in range(40)]
    load(store, [*days_ago, *now], NOW)
    Roller(store).roll_all(NOW)
    figures = ("service_version", "method", "route", "page_route", by, "requests", "requests_failed", "failed_ratio")
    found, durations = {}, {}
    for source, most in (("raw", 1_000_000), ("rollups", 0)):
        monkeypatch.setattr(source_choice, "RAW_VIEWS", most)
        rows = list_requests(store, Scope(since=NOW - timedelta(days=6), app="shop", by=by))
        assert {row["source"] for row in rows} == {source}
        found[source] = [tuple(row.get(name) for name in figures) for row in rows]
        durations[source] = [row[name] for row in rows for name in ("duration_p50_ms", "duration_p75_ms")]
    assert found["raw"] == found["rollups"]
    assert sum(row[5] for row in found["raw"]) == 120
    assert durations["rollups"] == pytest.approx(durations["raw"], rel=0.02)
    assert len(set(durations["raw"])) > 1


def test_sampled_and_repeated_requests_count_for_all_that_they_stand_for(store: Store) -> None:
    sampled = {"attributes": {"sample_ratio": 0.25}}
    load(store, [view("a", request(count=3), **sampled), view("b", request(status_code=0))], NOW)
    Roller(store).roll_all(NOW)
    asked = Asked(since=SINCE, app="shop")
    for source in ("raw", "rollups"):
        (part,) = reading.read_requests(store, asked, source=source).parts.values()
        assert (part.requests, part.failed, part.measured) == (13.0, 1.0, 4), source
        assert part.failed_rate.low is None, source


def test_the_routes_that_are_left_out_are_those_requested_least(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_ROUTES", 2)
    bodies = [
        view(f"{route}-{at}", request(f"/{route}"))
        for route, times in (("a", 1), ("b", 3), ("c", 2))
        for at in range(times)
    ]
    load(store, bodies, NOW)
    Roller(store).roll_all(NOW)
    for source in ("raw", "rollups"):
        parts = reading.read_requests(store, Asked(since=SINCE, app="shop"), source=source).parts
        assert sorted(key[3] for key in parts) == ["/b", "/c"], source


def test_no_requests_are_no_rows(store: Store) -> None:
    assert list_requests(store, SCOPE) == []
    for source in ("raw", "rollups"):
        assert reading.read_requests(store, Asked(since=SINCE), source=source).parts == {}


def test_versions_are_counted_from_rollups_where_there_are_many_views(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(store, [*many(), view("probe", synthetic="test"), view("none", service_version=None)], NOW)
    earlier = log(received_ms=NOW_MS - 3 * 3_600_000, page_view_id="e", session_id="e", service_version="0")
    load(store, [earlier], NOW, file="log-2")
    Roller(store).roll_all(NOW)
    exact = list_versions(store, SCOPE)
    assert [(row["service_version"], row["page_views"], row["sessions"]) for row in exact] == [
        ("1", 100, 100),
        ("2", 100, 100),
    ]
    monkeypatch.setattr(source_choice, "RAW_VIEWS", 10)
    rolled = list_versions(store, SCOPE)
    for few, many_ in zip(exact, rolled, strict=True):
        same = ("service_version", "page_views", "sessions", "is_registered", "deployed_at")
        assert [few[name] for name in same] == [many_[name] for name in same]
        assert many_["first_viewed_at"] <= few["first_viewed_at"] <= few["last_viewed_at"] <= many_["last_viewed_at"]
        assert (few["source"], many_["source"]) == ("raw", "rollups")
        assert (few["since_at"], many_["since_at"], many_["as_of_at"]) == (None, SINCE, NOW)


def test_probes_are_left_out_unless_asked_for(store: Store) -> None:
    load(store, [view("probe", request(), synthetic="test"), view("user", request())], NOW)
    assert [row["requests"] for row in list_requests(store, SCOPE)] == [1]
    with_probes = Scope(since=SINCE, app="shop", with_synthetic=True)
    assert [row["requests"] for row in list_requests(store, with_probes)] == [2]


def test_a_session_is_of_its_first_view_and_crosses_where_it_saw_another_version(store: Store) -> None:
    later = log(
        received_ms=NOW_MS, started_at=NOW_MS - 30_000, page_view_id="later", session_id="a", service_version="2"
    )
    load(store, [view("a"), view("b"), later, view("c", service_version="2")], NOW)
    first, second = list_sessions(store, SCOPE)
    assert (first["sessions"], first["crossing_sessions"], first["crossing_ratio"], first["page_views"]) == (
        2,
        1,
        0.5,
        2,
    )
    assert (second["sessions"], second["crossing_sessions"], second["page_views_per_session"]) == (1, 0, 2.0)
    hours = list_sessions(store, Scope(since=SINCE, app="shop", every_s=3600))
    assert {row["starts_at"] for row in hours} == {NOW}
