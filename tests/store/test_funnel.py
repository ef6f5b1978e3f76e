"""Funnels over events, and groups of errors with their versions, asked of a store."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from made_up.histories import load, log

from leadline.store import Store, open_store
from leadline.store.experience import source_choice
from leadline.store.rollups import Roller
from leadline.storeclient import Scope
from leadline.storeclient.questions import FunnelAsked
from leadline.wire import BeaconError, BeaconEvent
from leadline_store.figures.errors import list_errors
from leadline_store.figures.funnel import list_funnel

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)
SCOPE = Scope(since=NOW - timedelta(hours=1), app="shop")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "store.duckdb", wait_s=0) as opened:
        yield opened


def session(name: str, *events: str, version: str = "1", **fields: object) -> bytes:
    told = [BeaconEvent(name=event, at_ms=at * 1000) for at, event in enumerate(events)]
    view = {"page_view_id": f"view-{name}", "session_id": name, "service_version": version, **fields}
    return log(received_ms=NOW_MS, started_at=NOW_MS - 60_000, events=told, **view)


def test_a_session_takes_a_step_when_its_event_follows_the_step_before(store: Store) -> None:
    bodies = [
        session("whole", "seen", "carted", "bought"),
        session("half", "seen", "carted"),
        session("wrong-order", "bought", "carted", "seen"),
        session("nothing"),
        session("other", "seen", version="2"),
    ]
    load(store, bodies, NOW)
    rows = list_funnel(store, FunnelAsked(scope=SCOPE, steps=["seen", "carted", "bought"]))
    assert [(row["service_version"], row["name"], row["sessions"], row["sessions_with_step"]) for row in rows] == [
        ("1", "seen", 4, 3),
        ("1", "carted", 4, 2),
        ("1", "bought", 4, 1),
        ("2", "seen", 1, 1),
        ("2", "carted", 1, 0),
        ("2", "bought", 1, 0),
    ]
    assert rows[2]["of_step_before_ratio"] == 0.5


def test_a_funnel_counts_sampled_sessions_by_their_weight(store: Store) -> None:
    sampled = {"attributes": {"sample_ratio": 0.25}}
    load(store, [session("a", "seen", **sampled), session("b"), session("c"), session("d"), session("e")], NOW)
    (row,) = list_funnel(store, FunnelAsked(scope=SCOPE, steps=["seen"]))
    assert (row["sessions"], row["sessions_with_step"], row["session_ratio"]) == (8, 4, 0.5)


def test_a_group_of_errors_names_its_first_and_last_version_and_the_share_of_sessions(store: Store) -> None:
    def broken(name: str, version: str, ago_ms: int, **fields: object) -> bytes:
        errors = [BeaconError(message="boom", fingerprint="f")]
        view = {"page_view_id": name, "session_id": name, "service_version": version, "errors": errors, **fields}
        return log(received_ms=NOW_MS - ago_ms, started_at=NOW_MS - ago_ms - 10, **view)

    example = {"attributes": {"sample_ratio": 0.25, "errors_only": True}}
    bodies = [broken("a", "1", 900_000), broken("b", "2", 60_000), broken("e", "2", 30_000, **example)]
    load(store, [*bodies, session("c", version="2"), session("d", version="2")], NOW)
    found = {row["service_version"]: row for row in list_errors(store, SCOPE)}
    assert {(row["first_version"], row["last_version"]) for row in found.values()} == {("1", "2")}
    assert found["1"]["session_ratio"] == 1.0
    assert found["2"]["session_ratio"] == pytest.approx(1 / 3)
    assert (found["2"]["page_views"], found["2"]["is_harmless"]) == (2, False)


def test_of_many_views_shares_are_of_what_rollups_count_and_the_answer_says_so(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    hour_ms = 3_600_000
    error = [BeaconError(message="boom", fingerprint="f")]
    bodies = [
        session("whole", "seen", "carted", "bought"),
        session("half", "seen", "carted", errors=error, attributes={"sample_ratio": 0.5}),
        session("late", "bought", "seen", version="2"),
        session("nothing", version="2"),
        log(received_ms=NOW_MS - 30 * hour_ms, page_view_id="old", session_id="whole", service_version="1"),
        log(received_ms=NOW_MS - 40 * hour_ms, page_view_id="older", session_id="older", service_version="1"),
    ]
    load(store, bodies, NOW)
    Roller(store).roll_all(NOW)
    for hours in (1, 35, 100):
        scope = Scope(since=NOW - timedelta(hours=hours), app="shop")
        asked = FunnelAsked(scope=scope, steps=["seen", "carted"])
        exact = [*list_funnel(store, asked), *list_errors(store, scope)]
        with monkeypatch.context() as patched:
            patched.setattr(source_choice, "RAW_VIEWS", 0)
            rolled = [*list_funnel(store, asked), *list_errors(store, scope)]
        assert len(exact) == 5
        assert [told(row) for row in rolled] == [told(row) for row in exact]
        assert {(row["source"], row["since_at"]) for row in exact} == {("raw", None)}
        assert {(row["source"], row["since_at"], row["as_of_at"]) for row in rolled} == {("rollups", scope.since, NOW)}


def told(row: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in row.items() if name not in ("source", "since_at", "as_of_at")}
