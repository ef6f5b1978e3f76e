"""Synthetic traffic never stands among real users' figures: what finds it when it does, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from leadline.model import RunResult, RunStatus
from leadline.store import Loader, Store, open_store
from leadline.storeclient.isolation import AppIsolation, IsolationAsked
from leadline.wire import Beacon, LoggedBeacon, encode_logged
from leadline_store.figures.isolation import compare_with_runs

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
AGENT = "Mozilla/5.0 Chrome/156"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "store.duckdb", wait_s=0) as opened:
        yield opened


@pytest.fixture
def loader(store: Store) -> Loader:
    return Loader(store)


@pytest.fixture
def arrive(loader: Loader) -> Callable[..., None]:
    def load(page_view_id: str, *, minutes_ago: float = 5, agent: str = AGENT, seq: int = 0, **fields: Any) -> None:
        received_ms = int((NOON - timedelta(minutes=minutes_ago)).timestamp() * 1000)
        beacon = Beacon(key="pk", page_view_id=page_view_id, seq=seq, started_at=received_ms - 100, **fields)
        logged = LoggedBeacon(
            app="shop", environment="production", received_at_ms=received_ms, beacon=beacon, user_agent=agent
        )
        after = loader.progress("log")
        loader.load_beacons(
            "log", after=after, upto=after + 1, records=[(after + 1, encode_logged(logged))], bad=[], now=NOON
        )

    return load


@pytest.fixture
def run(loader: Loader) -> None:
    """A run of six minutes ago."""
    began = NOON - timedelta(minutes=6)
    result = RunResult(
        run_id="run-1", monitor="journey", name="checkout", app="shop", status=RunStatus.PASSED, trace_id=TRACE,
        started_at=began, finished_at=began + timedelta(seconds=2), duration_ms=2000.0,
    )  # fmt: skip
    after = loader.progress("records")
    loader.load_changes(after=after, upto=after + 1, changes=[(after + 1, result)], now=NOON)


def look(store: Store, *, back: timedelta = timedelta(hours=1)) -> AppIsolation:
    [found] = compare_with_runs(store, IsolationAsked(apps=["shop"], since=NOON - back, at=NOON))
    return found


@pytest.mark.usefixtures("run")
def test_marked_views_of_a_run_and_views_of_people_are_clean(store: Store, arrive: Any) -> None:
    arrive("by-agent", agent=f"{AGENT} LeadlineSynthetic/1", session_id="ours", trace_id=TRACE)
    arrive("by-field", synthetic="test", session_id="ours")
    arrive("person", session_id="theirs", trace_id="5" + TRACE[1:])
    arrive("without-session")
    assert look(store) == AppIsolation(app="shop", runs=1, runs_seen=1, views_marked=2, views_unmarked=0)


@pytest.mark.usefixtures("run")
def test_a_beacon_that_the_sites_server_sends_with_the_trace_of_a_run_is_found(store: Store, arrive: Any) -> None:
    arrive("from-the-server", agent="python-requests/2", trace_id=TRACE, url="https://shop.example/pay")
    found = look(store)
    assert (found.runs_seen, found.views_marked, found.views_unmarked) == (1, 0, 1)
    assert (found.unmarked_page_view_id, found.unmarked_url_path) == ("from-the-server", "/pay")
    assert (found.unmarked_run_id, found.unmarked_monitor) == ("run-1", "checkout")
    assert found.first_unmarked_at == NOON - timedelta(minutes=5)


def test_a_view_that_lost_its_mark_is_found_by_its_session(store: Store, arrive: Any) -> None:
    arrive("home", session_id="ours", synthetic="test", minutes_ago=62)
    arrive("pay", session_id="ours")
    arrive("person", session_id="theirs")
    found = look(store)
    assert (found.views_marked, found.views_unmarked, found.unmarked_run_id) == (0, 1, None)
    assert found.unmarked_page_view_id == "pay"


@pytest.mark.usefixtures("run")
def test_a_view_that_was_marked_once_is_marked_whole_and_a_bot_is_nobodys(store: Store, arrive: Any) -> None:
    arrive("home", session_id="ours", synthetic="test", trace_id=TRACE)
    arrive("home", session_id="ours", seq=1, minutes_ago=4)
    arrive("crawler", agent="Mozilla/5.0 (compatible; Googlebot/2.1)", synthetic="bot", trace_id=TRACE)
    found = look(store)
    assert (found.views_marked, found.views_unmarked) == (1, 0)


@pytest.mark.usefixtures("run")
def test_what_arrived_before_is_not_counted_and_a_day_is(store: Store, arrive: Any, loader: Loader) -> None:
    arrive("old", trace_id=TRACE, minutes_ago=90)
    assert look(store).views_unmarked == 0
    assert look(store, back=timedelta(days=1)).views_unmarked == 1
