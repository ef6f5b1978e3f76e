"""Per-version figures over HTTP: real users only, every figure with its n."""

from __future__ import annotations

import io
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from leadline.wire import BeaconError, BeaconEvent, BeaconRequest, Vitals


@pytest.fixture
def two_versions(beacon: Any) -> list[bytes]:
    """60 sessions of one view each in 1.4.2 and in 1.5.0; the canary is slower, breaks in 6 and sells in 12 of 60."""
    bodies = []
    for number in range(120):
        version = ("1.4.2", "1.5.0")[number % 2]
        is_canary, place = version == "1.5.0", number // 2
        bodies.append(
            beacon(
                page_view_id=f"v{number}",
                session_id=f"s{number}",
                service_version=version,
                vitals=Vitals(lcp_ms=1000 + place + (500 if is_canary else 0)),
                errors=[BeaconError(message="boom", count=2)] if is_canary and place < 6 else [],
                events=[BeaconEvent(name="bought", value=10)] if place < (12 if is_canary else 30) else [],
            )
        )
    bodies += [
        beacon(page_view_id=f"t{n}", session_id="t", service_version="1.5.0", synthetic="test") for n in range(50)
    ]
    return bodies


@pytest.fixture
def loaded(web: Any, app: str, append: Any, two_versions: Any, wait: Any) -> Any:
    """The service, once it has all of them."""
    append(two_versions)
    wait(lambda: web.rows(f"SELECT count(*) AS n FROM page_views WHERE app = '{app}'") == [{"n": 170}])
    return web


def test_each_version_is_one_row_with_figures_of_real_users(loaded: Any, app: str) -> None:
    rows = loaded.client.get("/v1/vitals", params={"app": app, "versions": "1.4.2,1.5.0", "since": "1h"}).json()
    baseline, canary = rows
    assert (baseline["service_version"], baseline["page_views"], baseline["sessions"]) == ("1.4.2", 60, 60)
    assert (canary["service_version"], canary["page_views"], canary["lcp_n"]) == ("1.5.0", 60, 60)
    assert (canary["lcp_p50_ms"], canary["lcp_p75_ms"]) == (1529.5, 1544.25)
    assert canary["lcp_p50_low_ms"] < canary["lcp_p50_ms"] < canary["lcp_p50_high_ms"]
    assert canary["lcp_is_enough"]
    assert canary["lcp_p95_low_ms"] is None  # the interval of 60 views would end beyond the slowest
    assert (canary["page_views_with_error"], canary["errors"], canary["error_ratio"]) == (6, 12, 0.1)
    assert canary["error_low_ratio"] < 0.1 < canary["error_high_ratio"]
    assert (canary["kpi_bought_ratio"], baseline["kpi_bought_ratio"]) == (0.2, 0.5)
    assert canary["kpi_bought_high_ratio"] < baseline["kpi_bought_low_ratio"]
    assert canary["inp_p75_ms"] is None
    assert not any(isinstance(value, list | dict) for value in canary.values())


def test_synthetic_traffic_counts_only_when_asked_for(loaded: Any, app: str) -> None:
    ask = {"app": app, "versions": "1.5.0"}
    assert loaded.client.get("/v1/vitals", params=ask).json()[0]["page_views"] == 60
    assert loaded.client.get("/v1/vitals", params=ask | {"synthetic": "true"}).json()[0]["page_views"] == 110


def test_errors_are_grouped_by_mistake_and_version(loaded: Any, app: str) -> None:
    rows = loaded.client.get("/v1/errors", params={"app": app}).json()
    assert [(row["service_version"], row["message"], row["count"], row["page_views"]) for row in rows] == [
        ("1.5.0", "boom", 12, 6)
    ]


def test_a_version_that_was_asked_for_and_has_nothing_stands_with_zeros(web: Any, app: str) -> None:
    row = web.client.get("/v1/vitals", params={"app": app, "versions": "9.9"}).json()[0]
    assert (row["service_version"], row["page_views"], row["lcp_p75_ms"], row["error_ratio"]) == ("9.9", 0, None, None)
    assert not row["lcp_is_enough"]


def test_a_kpi_that_nobody_reached_is_zero_and_not_absent(
    web: Any, app: str, append: Any, beacon: Any, wait: Any
) -> None:
    append([beacon(service_version="1")])
    row = wait(lambda: web.client.get("/v1/kpis", params={"app": app}).json())[0]
    assert (row["name"], row["is_kpi"], row["events"], row["session_ratio"]) == ("bought", True, 0, 0.0)


def test_a_series_has_one_row_per_version_and_span(loaded: Any, app: str) -> None:
    rows = loaded.client.get("/v1/vitals", params={"app": app, "since": "3h", "every": "1h"}).json()
    spans = {(row["service_version"], row["starts_at"]): row for row in rows}
    assert sum(row["page_views"] for row in rows) == 120
    chart = {"app": app, "since": "3h", "every": "1h", "vitals": "lcp_ms"}
    others = ("inp_", "cls_", "fcp_", "ttfb_")
    assert loaded.client.get("/v1/vitals", params=chart).json() == [
        {key: value for key, value in row.items() if not key.startswith(others)} for row in rows
    ]
    assert {version for version, _ in spans} == {"1.4.2", "1.5.0"}
    assert all(row["starts_at"].endswith(":00:00Z") for row in rows)
    assert {(row["source"], row["error_bound_ratio"], row["since_at"]) for row in rows} == {("raw", 0.0, None)}
    kpis = loaded.client.get("/v1/kpis", params={"app": app, "since": "3h", "every": "1h"}).json()
    assert sum(row["events"] for row in kpis) == 42


def test_sessions_are_counted_per_version_and_span(loaded: Any, app: str) -> None:
    rows = loaded.client.get("/v1/sessions", params={"app": app}).json()
    assert [(row["service_version"], row["sessions"], row["page_views"]) for row in rows] == [
        ("1.4.2", 60, 60),
        ("1.5.0", 60, 60),
    ]
    spans = loaded.client.get("/v1/sessions", params={"app": app, "since": "3h", "every": "1h"}).json()
    assert sum(row["sessions"] for row in spans) == 120
    refused = loaded.client.get("/v1/sessions", params={"by": "colour"})
    assert (refused.status_code, refused.json()["field"]) == (400, "by")


def test_requests_are_told_by_method_and_route(web: Any, app: str, append: Any, beacon: Any, wait: Any) -> None:
    made = BeaconRequest(method="GET", route="/pay", status_code=502, duration_ms=40)
    append([beacon(service_version="1", requests=[made])])
    (row,) = wait(lambda: web.client.get("/v1/requests", params={"app": app}).json())
    assert (row["method"], row["route"], row["requests"], row["requests_failed"]) == ("GET", "/pay", 1, 1)
    assert (row["failed_ratio"], row["failed_is_enough"], row["source"]) == (1.0, False, "raw")
    refused = web.client.get("/v1/requests", params={"since": "yesterday"})
    assert (refused.status_code, refused.json()["field"]) == (400, "since")


def test_a_dimension_has_one_row_per_version_and_value(loaded: Any, app: str) -> None:
    rows = loaded.client.get("/v1/vitals", params={"app": app, "by": "device_type"}).json()
    assert [(row["service_version"], row["device_type"], row["page_views"]) for row in rows] == [
        ("1.4.2", "(none)", 60),
        ("1.5.0", "(none)", 60),
    ]


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"every": "90s"}, "every"),
        ({"every": "soon"}, "every"),
        ({"every": "1m", "since": "30d"}, "every"),
        ({"by": "colour"}, "by"),
        ({"by": "route", "every": "1h"}, "by"),
        ({"vitals": "lcp_ms,speed"}, "vitals"),
    ],
)
def test_a_cut_that_makes_no_sense_is_refused_by_name(web: Any, asked: dict[str, str], field: str) -> None:
    answer = web.client.get("/v1/vitals", params=asked)
    assert (answer.status_code, answer.json()["field"]) == (400, field)


def test_since_is_a_duration_or_an_instant_and_nothing_else(web: Any) -> None:
    for good in ("1h30m", "2026-11-24T11:00:00+00:00", "2026-11-24T11:00:00Z", "99999999d"):
        assert web.client.get("/v1/vitals", params={"since": good}).status_code == 200, good
    for bad in ("24", "yesterday", "2026-11-24T11:00:00", "-1h"):
        answer = web.client.get("/v1/vitals", params={"since": bad})
        assert (answer.status_code, answer.json()["field"]) == (400, "since"), bad


def test_a_query_is_answered_as_the_asker_accepts_it(web: Any) -> None:
    sql = "SELECT i::INTEGER AS i, 'a,\"b' AS text, TIMESTAMP '2026-11-24 12:00:00' AS at, NULL AS gone FROM range(2) _(i)"  # noqa: E501

    def ask(accept: str) -> Any:
        return web.client.post("/v1/query", json={"sql": sql}, headers={"Accept": accept})

    assert ask("application/json").json()[1] == {"i": 1, "text": 'a,"b', "at": "2026-11-24T12:00:00Z", "gone": None}
    assert (
        ask("text/csv").text
        == 'i,text,at,gone\r\n0,"a,""b",2026-11-24T12:00:00Z,\r\n1,"a,""b",2026-11-24T12:00:00Z,\r\n'
    )
    with pa.ipc.open_stream(ask("application/vnd.apache.arrow.stream").content) as stream:
        assert stream.read_all()["i"].to_pylist() == [0, 1]
    parquet = pq.read_table(io.BytesIO(ask("text/html;q=0.9, application/vnd.apache.parquet").content))
    assert parquet["i"].to_pylist() == [0, 1]
    assert ask("text/html").status_code == 406


def test_an_answer_that_was_cut_says_so(web: Any) -> None:
    answer = web.client.post("/v1/query", json={"sql": "FROM range(10)", "max_rows": 3})
    assert (len(answer.json()), answer.headers["leadline-truncated"]) == (3, "rows")
    whole = web.client.post("/v1/query", content="FROM range(10)", headers={"Content-Type": "text/plain"})
    assert (len(whole.json()), "leadline-truncated" in whole.headers) == (10, False)


def test_sums_are_numbers_in_json(web: Any) -> None:
    assert web.rows("SELECT sum(i) AS s, 1.5::DECIMAL(4, 2) AS d, 'NaN'::DOUBLE AS n FROM range(5) t(i)") == [
        {"s": 10, "d": 1.5, "n": None}
    ]


def test_doctor_shows_whether_a_view_of_ours_stands_among_those_of_people(
    loaded: Any, app: str, append: Any, beacon: Any, wait: Any
) -> None:
    def look() -> Any:
        [answer] = loaded.client.get("/v1/doctor", params={"app": app}).json()
        [row] = [one for one in answer["requirements"] if one["requirement"] == "no synthetic view among users'"]
        return row["is_met"], answer["isolation"]["views_marked"], answer["isolation"]["views_unmarked"]

    assert look() == (True, 50, 0)
    append([beacon(page_view_id="lost-its-mark", session_id="t")])
    wait(lambda: look() == (False, 50, 1))
