"""Each of the project's own questions, asked of a small store, with its answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import resources
from typing import Any

import pytest

from leadline.model import Deployment, RunResult, RunStatus, StepResult, StepStatus
from leadline.store import Loader, Store, ask
from leadline.store.experience import Asked
from leadline.store.experience.shares import read_errors
from leadline.store.snapshots import take_snapshot
from leadline.wire import BeaconError, BeaconEvent, Vitals

EVERYTHING = {"app": None, "versions": None, "with_synthetic": False}
WHOLE = {**EVERYTHING, "slice_by": "none", "every_s": 3600}


@pytest.fixture
def since(now: datetime) -> datetime:
    return now.replace(tzinfo=None) - timedelta(hours=24)


@pytest.fixture
def shop(load: Any, log: Any, loader: Loader, now: datetime, now_ms: int) -> None:
    """Two real sessions, one of which crosses from 1 to 2, and a probe's view; a deployment of 2 and three runs."""
    common = {"started_at": now_ms - 9000, "sent_at": now_ms}
    error = BeaconError(message="boom", fingerprint="f", count=3)
    bought = BeaconEvent(name="bought", value=5)
    load(
        log(page_view_id="a", session_id="s1", service_version="1", vitals=Vitals(lcp_ms=100), **common),
        log(page_view_id="b", session_id="s1", service_version="2", errors=[error], events=[bought]),
        log(page_view_id="c", session_id="s2", service_version="2", vitals=Vitals(lcp_ms=300, cls=0.1), errors=[]),
        log(page_view_id="t", session_id="s3", service_version="2", synthetic="test", errors=[error]),
    )  # fmt: skip
    deployment = Deployment(
        deployment_id="d", app="shop", environment="production", service_version="2", cohort="canary", commit="abc",
        deployed_at=now, marked_by="me",
    )  # fmt: skip
    run = RunResult(
        run_id="r1", monitor="journey", name="checkout", app="shop", status=RunStatus.PASSED, started_at=now,
        finished_at=now + timedelta(seconds=1), duration_ms=1000.0, cohort="canary", service_version="2",
        steps=(StepResult(step="pay", status=StepStatus.PASSED, started_at=now, duration_ms=9.0, service_version="3"),),
    )  # fmt: skip
    failed = replace(run, run_id="r2", status=RunStatus.FAILED, finished_at=now + timedelta(seconds=2), steps=())
    check = replace(run, run_id="r3", monitor="check", name="api", cohort=None, service_version=None, steps=())
    loader.progress("records")
    changes = [(1, deployment), (2, run), (3, failed), (4, check)]
    loader.load_changes(after=0, upto=4, changes=changes, now=now)


def rows(store: Store, question: str, *columns: str, **parameters: Any) -> list[tuple[Any, ...]]:
    table = ask(store, question, **parameters).select(list(columns)).to_pylist()
    return sorted((tuple(row.values()) for row in table), key=str)


@pytest.mark.usefixtures("shop")
def test_vitals_by_slice(store: Store, since: datetime) -> None:
    found = rows(store, "vitals_by_slice", "service_version", "slice", "lcp_ms", "cls", since=since, **WHOLE)
    assert found == [("1", "", 100.0, None), ("2", "", 300.0, 0.1)]


@pytest.mark.usefixtures("shop")
def test_views_by_slice_counts_a_view_in_its_own_version(store: Store, since: datetime) -> None:
    columns = ("service_version", "page_views", "weighted_page_views_with_error", "weighted_errors")
    assert rows(store, "views_by_slice", *columns, since=since, **WHOLE) == [
        ("1", 1, 0.0, 0.0),
        ("2", 1, 0.0, 0.0),
        ("2", 1, 1.0, 3.0),
    ]


@pytest.mark.usefixtures("shop")
def test_sessions_by_slice_counts_a_session_in_that_of_its_first_view(store: Store, since: datetime) -> None:
    at = {"since": since, "slice_by": "none", "every_s": 3600}
    for versions, expected in ((None, [("1", 1, 1.0, 1.0), ("2", 1, 1.0, 0.0)]), (["2"], [("2", 1, 1.0, 0.0)])):
        with take_snapshot(store) as snapshot:
            snapshot.keep("owned_sessions", since=since, **{**EVERYTHING, "versions": versions})
            found = snapshot.ask("sessions_by_slice", **at).to_pylist()
        columns = ("service_version", "n", "weight", "crossing_weight")
        assert sorted(tuple(row[column] for column in columns) for row in found) == expected


@pytest.mark.usefixtures("shop")
def test_kpis_by_slice_gives_the_sale_to_the_version_of_the_sessions_first_view(store: Store, since: datetime) -> None:
    with take_snapshot(store) as snapshot:
        snapshot.keep("owned_sessions", since=since, **EVERYTHING)
        found = snapshot.ask("kpis_by_slice", since=since, slice_by="none", every_s=3600).to_pylist()
    columns = ("service_version", "name", "events", "weight", "value_sum")
    assert [tuple(row[column] for column in columns) for row in found] == [("1", "bought", 1.0, 1.0, 5.0)]


def errors(store: Store, since: datetime, *columns: str, with_synthetic: bool = False) -> list[tuple[Any, ...]]:
    asked = Asked(since=since.replace(tzinfo=UTC), with_synthetic=with_synthetic)
    found = read_errors(store, asked, row_limit=9).rows
    return sorted((tuple(row[column] for column in columns) for row in found), key=str)


@pytest.mark.usefixtures("shop")
def test_errors_by_fingerprint_counts_views_and_occurrences(store: Store, since: datetime) -> None:
    columns = ("fingerprint", "service_version", "message", "count", "page_views", "sessions")
    assert errors(store, since, *columns) == [("f", "2", "boom", 3, 1, 1)]
    assert errors(store, since, "count", with_synthetic=True) == [(6,)]


@pytest.mark.usefixtures("shop")
def test_errors_by_fingerprint_tells_the_crash_rate_of_each_version(
    log: Any, load: Any, store: Store, since: datetime
) -> None:
    crash = BeaconError(message="the page crashed: oom", error_type="crash", fingerprint="c")
    reported = [("x", "1"), ("y", "2"), ("z", "9")]
    load(
        *(
            log(page_view_id=view, service_version=version, errors=[crash], record={"client": "reports"})
            for view, version in reported
        ),
        file="reported",
    )
    columns = ("service_version", "error_type", "count", "per_page_view")
    found = errors(store, since, *columns)
    assert [row for row in found if row[1] == "crash"] == [
        ("1", "crash", 1, 1.0),  # one view, one crash
        ("2", "crash", 1, 0.5),
        ("9", "crash", 1, None),
    ]


@pytest.mark.usefixtures("shop")
def test_versions_are_those_of_users_of_deployments_and_of_probes(store: Store, since: datetime) -> None:
    columns = ("service_version", "is_registered", "deployed_cohort", "page_views", "sessions")
    assert rows(store, "versions", *columns, since=since, app="shop", from_rollups=False) == [
        ("1", False, None, 1, 1),
        ("2", True, "canary", 2, 1),  # the session that crossed belongs to 1
        ("3", True, None, 0, 0),
    ]


@pytest.mark.usefixtures("shop")
def test_listening_by_app_counts_views_and_names_what_they_said(store: Store, since: datetime) -> None:
    columns = ("app", "page_views", "page_views_of_people", "page_views_with_version", "page_views_with_route")
    assert rows(store, "listening_by_app", *columns, since=since, app=None) == [("shop", 4, 3, 4, 0)]
    assert rows(store, "listening_by_app", "events", "routes", since=since, app="shop") == [(["bought"], [])]


@pytest.mark.usefixtures("shop")
def test_registered_versions(store: Store) -> None:
    columns = ("service_version", "is_deployed")
    assert rows(store, "registered_versions", *columns, app=None) == [("2", True), ("3", False)]
    assert rows(store, "registered_versions", *columns, app="other") == []


@pytest.mark.usefixtures("shop")
def test_journeys_by_version_counts_runs_by_how_they_ended(store: Store, since: datetime) -> None:
    columns = (
        "monitor",
        "name",
        "cohort",
        "service_version",
        "runs",
        "passed",
        "failed",
        "duration_p50_ms",
        "last_status",
    )
    assert rows(store, "journeys_by_version", *columns, since=since, app=None) == [
        ("check", "api", None, None, 1, 1, 0, 1000.0, "passed"),
        ("journey", "checkout", "canary", "2", 2, 1, 1, 1000.0, "failed"),
    ]


def test_every_sql_file_says_what_it_answers_its_inputs_its_grain_and_a_caution() -> None:
    folder = resources.files("leadline.store") / "sql"
    for file in [*(folder / "questions").iterdir(), *(folder / "views").iterdir()]:
        head = "".join(line for line in file.read_text(encoding="utf-8").splitlines() if line.startswith("--"))
        assert "?" in head, file.name
        assert "Grain:" in head, file.name
        assert "Caution:" in head, file.name
