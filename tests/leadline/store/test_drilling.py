"""A metric by route, device, browser or country, read from the store: what stands where."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from leadline.model.drilldown import Dimension, DrillDown
from leadline.settings import GateSettings, gate_rules
from leadline.store import Store
from leadline.store.arms import Anchored, Arms, minute_of
from leadline.store.drilling import drill
from leadline.store.judged_minutes import judge_minutes
from leadline.store.kept_parts import KeptParts
from leadline.wire import BeaconError, BeaconEvent, BeaconRequest, Vitals

ARMS = Arms(app="shop", canary="2", baseline="1")
GATE: dict[str, Any] = {
    "metrics": [{"kpi": "bought", "within": "10m"}, {"errors": True}, {"vital": "lcp_ms"}, {"requests": "/api/*"}],
    "min_sessions": 5,
}
RULES = gate_rules(GateSettings(app="shop", **GATE), [])
Drill = Callable[..., DrillDown]


@pytest.fixture
def by(store: Store, now: datetime) -> Drill:
    """One metric of the hour before noon."""

    def run(dimension: Dimension, metric: str, *, minutes: int = 60) -> DrillDown:
        since = minute_of(now) - 60
        [found] = drill(store, ARMS, RULES, [metric], by=dimension, since=since, until=since + minutes - 1)
        return found

    return run


@pytest.fixture
def view(log: Any, now_ms: int) -> Callable[..., bytes]:
    """The beacon of the view `name`, which is a session of its own unless one is named, in the minute `begun`."""

    def build(name: str, version: str, *, begun: float = 1.0, record: dict[str, Any] | None = None, **b: Any) -> bytes:
        at = now_ms - 3_600_000 + round(begun * 60_000)
        fields = {"session_id": name, "page_view_id": name, "service_version": version, "started_at": at, **b}
        return bytes(log(received_ms=at, record=record, **fields))

    return build


def rows(found: DrillDown) -> dict[str, tuple[int, int, float | None, float | None]]:
    return {
        one.segment: (one.canary_sessions, one.baseline_sessions, one.canary_value, one.baseline_value)
        for one in found.segments
    }


def test_a_kpi_by_country_counts_each_session_in_its_own(view: Any, load: Any, by: Drill) -> None:
    bought = [BeaconEvent(name="bought", at_ms=1)]
    load(
        *(view(f"a{n}", "2", record={"country": "AT"}, events=bought if n < 2 else None) for n in range(4)),
        *(view(f"b{n}", "1", record={"country": "AT"}, events=bought if n < 3 else None) for n in range(4)),
        view("c", "2", record={"country": "CH"}),
    )
    assert rows(by("geo_country_iso_code", "kpi:bought")) == {"AT": (4, 4, 0.5, 0.75), "CH": (1, 0, None, None)}


def test_a_vital_stands_by_the_route_of_the_view_that_it_is_of(view: Any, load: Any, by: Drill) -> None:
    load(
        view("a", "2", route="/checkout", vitals=Vitals(lcp_ms=4000.0)),
        view("b", "1", route="/checkout", vitals=Vitals(lcp_ms=1000.0)),
        view("c", "2", route="/", vitals=Vitals(lcp_ms=1000.0)),
        view("d", "1", route="/", vitals=Vitals(lcp_ms=1000.0)),
        view("c2", "2", session_id="c", begun=1.5, route="/checkout", vitals=Vitals(lcp_ms=9000.0)),
    )
    found = by("route", "vital:lcp_ms")
    by_route = {one.segment: one for one in found.segments}
    assert set(by_route) == {"/", "/checkout"}
    assert by_route["/checkout"].difference_ratio == pytest.approx(3.0, rel=0.1)
    assert by_route["/"].difference_ratio == pytest.approx(0.0, abs=0.01)


def test_an_error_stands_by_the_route_on_which_it_happened(view: Any, load: Any, by: Drill) -> None:
    failed = [BeaconError(message="x", at_ms=1)]
    load(
        view("a", "2", route="/"),
        view("a2", "2", session_id="a", begun=1.5, route="/checkout", errors=failed),
        view("b", "1", route="/"),
        view("b2", "1", session_id="b", begun=1.5, route="/checkout"),
        view("c", "1", route="/", errors=failed),
        view("c2", "1", session_id="c", begun=5.0, route="/checkout", errors=failed),  # after its horizon
    )
    assert rows(by("route", "errors")) == {"/": (1, 2, 0.0, 0.5), "/checkout": (1, 1, 1.0, 0.0)}


def test_requests_stand_by_their_own_route(view: Any, load: Any, by: Drill) -> None:
    def asked(route: str, status: int, ms: float) -> BeaconRequest:
        return BeaconRequest(method="GET", route=route, status_code=status, duration_ms=ms, at_ms=1)

    load(
        view("a", "2", requests=[asked("/api/pay", 500, 900), asked("/api/cart", 200, 100), asked("/img", 500, 1)]),
        view("b", "1", requests=[asked("/api/pay", 200, 300), asked("/api/cart", 200, 100)]),
    )
    assert rows(by("route", "requests:/api/*:failed")) == {"/api/cart": (1, 1, 0.0, 0.0), "/api/pay": (1, 1, 1.0, 0.0)}
    times = {one.segment: one.difference_ratio for one in by("route", "requests:/api/*:time").segments}
    assert times == {"/api/pay": pytest.approx(2.0, rel=0.1), "/api/cart": pytest.approx(0.0)}


def test_reading_on_says_what_reading_at_once_says(
    view: Any, load: Any, by: Drill, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = [BeaconError(message="x", at_ms=1)]
    early = [
        view(f"a{n}", str(n % 2 + 1), begun=1.0, route=f"/z{n % 3}", errors=failed if n % 4 else None)
        for n in range(12)
    ]
    late = [
        view(f"b{n}", str(n % 2 + 1), begun=20.0, route=f"/a{n % 5}", errors=failed if n % 3 else None)
        for n in range(20)
    ]
    load(*early)
    first = by("route", "errors", minutes=10)
    load(*late)
    on = by("route", "errors", minutes=30)
    monkeypatch.setattr(store, "kept_parts", KeptParts())
    assert len(first.segments) == 3
    assert on == by("route", "errors", minutes=30)
    assert len(on.segments) == 8


def test_a_verdict_that_finds_harm_names_the_route(view: Any, load: Any, store: Store, now: datetime) -> None:
    failed = [BeaconError(message="x", at_ms=1)]
    beacons = []
    for n in range(400):
        route = "/checkout" if n % 4 == 0 else "/"
        record = {"network": f"198.51.{n % 97}.0/24"}
        for version in ("1", "2"):
            errors = failed if version == "2" and route == "/checkout" else None
            beacons.append(view(f"{version}-{n}", version, begun=n % 50, route=route, errors=errors, record=record))
    load(*beacons)
    since = minute_of(now) - 60
    judge = judge_minutes(store, ARMS, RULES, anchored=Anchored(since=since, anchor="asked"), until=since + 58)
    found = judge.at(since + 58)
    assert (found.verdict, found.codes[0]) == ("rollback", "worse")
    assert "most of all on /checkout (100.0 % against 0.00 %)" in found.sentence
