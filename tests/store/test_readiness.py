"""What `leadline doctor` and `leadline dora` stand on: the freshness of signals, gaps of coverage, deliveries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from leadline.model import Deployment, Finding, Incident, IncidentState, RunResult, RunStatus, Subject
from leadline.store import Loader, Store, open_store
from leadline.storeclient.delivery import DeliveryAsked
from leadline.storeclient.readiness import AppSeen, ReadinessAsked
from leadline.wire import Beacon, BeaconEvent, BeaconRequest, LoggedBeacon, Vitals, encode_logged
from leadline_store.figures.delivery import measure
from leadline_store.figures.readiness import look_at_app

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "store.duckdb", wait_s=0) as opened:
        yield opened


@pytest.fixture
def loader(store: Store) -> Loader:
    return Loader(store)


@pytest.fixture
def view(loader: Loader) -> Callable[..., None]:
    def load(*, before: timedelta = timedelta(seconds=30), page_view_id: str, **fields: Any) -> None:
        after = loader.progress("log")
        received_ms = int((NOON - before).timestamp() * 1000)
        told: dict[str, Any] = {"key": "pk", "seq": 0, "started_at": received_ms - 100, "session_id": page_view_id}
        beacon = Beacon(page_view_id=page_view_id, **told | fields)
        logged = LoggedBeacon(app="shop", environment="production", received_at_ms=received_ms, beacon=beacon)
        loader.load_beacons(
            "log", after=after, upto=after + 1, records=[(after + 1, encode_logged(logged))], bad=[], now=NOON
        )

    return load


@pytest.fixture
def change(loader: Loader) -> Callable[..., None]:
    def load(*nouns: Any) -> None:
        after = loader.progress("records")
        loader.load_changes(after=after, upto=after + len(nouns), changes=list(enumerate(nouns, after + 1)), now=NOON)

    return load


def look(store: Store, **fields: Any) -> AppSeen:
    return look_at_app(store, ReadinessAsked(app="shop", at=NOON, kpis=["bought"], **fields))


def test_an_app_that_was_never_seen_has_no_signal(store: Store) -> None:
    seen = look(store)
    assert (seen.page_views, seen.last_page_view_at, seen.monitors, seen.routes) == (0, None, 0, [])


def test_each_signal_says_when_it_came_last(store: Store, view: Any) -> None:
    half_a_minute_ago = NOON - timedelta(seconds=30)
    view(
        page_view_id="a", service_version="1", trace_id="0" * 31 + "1", route="/",
        events=[BeaconEvent(name="bought", at_ms=1), BeaconEvent(name="heap_ratio", value=0.4, at_ms=1)],
        requests=[BeaconRequest(method="GET", route="/api", status_code=200, duration_ms=5, at_ms=1)],
    )  # fmt: skip
    view(page_view_id="b", before=timedelta(minutes=5), route="/")
    view(page_view_id="t", service_version="1", synthetic="test", route="/probe")
    seen = look(store, saturation="event:heap_ratio")
    assert (seen.page_views, seen.page_views_with_version) == (2, 1)
    assert {seen.last_page_view_at, seen.last_request_at, seen.last_kpi_at, seen.last_saturation_at} == {
        half_a_minute_ago
    }
    assert seen.last_trace_at == half_a_minute_ago
    assert look(store).last_saturation_at is None


def test_a_version_without_a_trace_is_no_trace_per_version(store: Store, view: Any) -> None:
    view(page_view_id="a", service_version="1", trace_id="0" * 31 + "1")
    view(page_view_id="b", service_version="2")
    assert look(store).last_trace_at is None


def test_only_runs_that_judged_count_and_a_check_can_tell_saturation(store: Store, change: Any) -> None:
    run = RunResult(
        run_id="r1", monitor="check", name="db", app="shop", status=RunStatus.PASSED, duration_ms=5.0,
        started_at=NOON - timedelta(seconds=9), finished_at=NOON - timedelta(seconds=8),
    )  # fmt: skip
    change(run, replace(run, run_id="r2", name="other", status=RunStatus.ABORTED))
    seen = look(store, saturation="check:db")
    assert (seen.monitors, seen.last_judged_run_at) == (1, NOON - timedelta(seconds=8))
    assert seen.last_saturation_at == seen.last_judged_run_at


def test_routes_that_no_journey_visits_are_told_apart(store: Store, view: Any) -> None:
    view(page_view_id="a", route="/", vitals=Vitals(lcp_ms=1000), service_version="1")
    view(page_view_id="b", route="/cart")
    view(page_view_id="t", route="/", synthetic="test")
    found = {one.route: one for one in look(store).routes}
    assert (found["/"].page_views, found["/"].probe_views, found["/"].page_views_without_vitals) == (1, 1, 0)
    assert (found["/cart"].probe_views, found["/cart"].page_views_without_version) == (0, 1)


def test_the_four_keys_come_from_deployments_and_incidents(store: Store, change: Any) -> None:
    deployment = Deployment(
        deployment_id="d1", app="shop", environment="production", service_version="1", cohort=None, commit="abc",
        deployed_at=NOON - timedelta(days=2), committed_at=NOON - timedelta(days=2, hours=3), marked_by="ci",
    )  # fmt: skip
    incident = Incident(
        incident_id="i1", subject=Subject(kind="journey", name="buy", app="shop", environment="production"),
        title="t", state=IncidentState.RESOLVED, severity="critical", service_version="1",
        since=NOON - timedelta(days=2) + timedelta(minutes=5), opened_at=NOON - timedelta(days=2),
        resolved_at=NOON - timedelta(days=2) + timedelta(minutes=25),
        findings=(Finding(since=NOON - timedelta(days=2)),),
    )  # fmt: skip
    change(deployment, replace(deployment, deployment_id="d2", service_version="2", committed_at=None), incident)
    found = measure(store, DeliveryAsked(app="shop", since=NOON - timedelta(days=10), until=NOON))
    assert (found.deployments, found.deployments_per_day) == (2, pytest.approx(0.2))
    assert (found.lead_time_s, found.change_failure_ratio, found.recovery_time_s) == (3 * 3600, 0.5, 20 * 60)
    assert found.how["lead_time_s"].startswith("median from the commit")
    empty = measure(store, DeliveryAsked(app="other", since=NOON - timedelta(days=10), until=NOON))
    assert (empty.deployments_per_day, empty.change_failure_ratio) == (None, None)
