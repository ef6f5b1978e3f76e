"""How long an app's pages were silent, from the beacons of people."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from leadline.store import Loader, Store, open_store
from leadline.storeclient.questions import BeaconsAsked, BeaconsHeard
from leadline.wire import Beacon, LoggedBeacon, encode_logged
from leadline_store.figures.beacons_heard import list_beacons_heard

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
WEEK = timedelta(days=7)


def ago(minutes: float) -> datetime:
    return NOON - timedelta(minutes=minutes)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "store.duckdb", wait_s=0) as opened:
        yield opened


@pytest.fixture
def beacon(store: Store) -> Callable[..., None]:
    loader = Loader(store)

    def load(minutes: float, *, app: str = "shop", is_probe: bool = False) -> None:
        after = loader.progress("log")
        received_ms = int(ago(minutes).timestamp() * 1000)
        told = Beacon(
            page_view_id=f"view-{after}", key="pk", seq=0, started_at=received_ms - 100, session_id=f"s-{after}",
            synthetic="test" if is_probe else None,
        )  # fmt: skip
        logged = LoggedBeacon(app=app, environment="production", received_at_ms=received_ms, beacon=told)
        loader.load_beacons(
            "log", after=after, upto=after + 1, records=[(after + 1, encode_logged(logged))], bad=[], now=NOON
        )

    return load


def ask(store: Store, *apps: str, since: datetime = NOON - WEEK) -> list[BeaconsHeard]:
    return list_beacons_heard(store, BeaconsAsked(apps=list(apps), since=since, at=NOON))


def test_the_longest_gap_lies_between_two_beacons_and_the_end_is_none_yet(
    store: Store, beacon: Callable[..., None]
) -> None:
    for minutes in (300, 290, 289.9, 200, 195, 120):
        beacon(minutes)
    [shop] = ask(store, "shop")
    assert (shop.app, shop.first_at, shop.last_at) == ("shop", ago(300), ago(120))
    assert shop.longest_gap_s == pytest.approx(89.9 * 60)


def test_probes_other_apps_and_other_times_are_no_beacons_of_this_one(
    store: Store, beacon: Callable[..., None]
) -> None:
    beacon(60)
    beacon(30, is_probe=True)
    beacon(20, app="blog")
    beacon(10, app="other")
    beacon(60 * 24 * 8)
    heard = {one.app: (one.last_at, one.longest_gap_s) for one in ask(store, "shop", "blog")}
    assert heard == {"shop": (ago(60), 0), "blog": (ago(20), 0)}
    assert ask(store, "shop", since=ago(50)) == []
