"""What the views make of beacons: the newest per section, one version for life, synthetic whole."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from leadline.wire import BeaconError, BeaconEvent, BeaconRequest, Vitals


def test_the_highest_seq_wins_section_by_section_and_an_absent_section_means_unchanged(
    log: Any, load: Any, ask: Any
) -> None:
    load(
        log(seq=0, vitals=Vitals(lcp_ms=1000), errors=[BeaconError(message="a")]),
        log(seq=1, vitals=Vitals(lcp_ms=1800, cls=0.1)),
        log(seq=2, events=[BeaconEvent(name="bought", value=4.5)]),
    )
    assert ask("SELECT lcp_ms, cls FROM vitals") == [{"lcp_ms": 1800, "cls": 0.1}]
    assert ask("SELECT message FROM errors") == [{"message": "a"}]
    assert ask("SELECT name, value FROM events") == [{"name": "bought", "value": 4.5}]
    assert ask("SELECT count(*) AS n FROM page_views") == [{"n": 1}]


def test_beacons_that_arrive_in_the_wrong_order_are_read_in_the_right_one(log: Any, load: Any, ask: Any) -> None:
    load(log(seq=5, vitals=Vitals(lcp_ms=5), service_version="2"))
    load(log(seq=4, vitals=Vitals(lcp_ms=4), service_version="1"), file="log-2")
    assert ask("SELECT lcp_ms, service_version FROM vitals") == [{"lcp_ms": 5, "service_version": "1"}]


def test_an_empty_section_states_that_there_is_nothing(log: Any, load: Any, ask: Any) -> None:
    load(log(seq=0, errors=[BeaconError(message="a")]), log(seq=1, errors=[]))
    assert ask("SELECT * FROM errors") == []


def test_an_identical_repeat_is_counted_once(log: Any, load: Any, ask: Any) -> None:
    twice = log(
        seq=1, events=[BeaconEvent(name="bought"), BeaconEvent(name="bought")], errors=[BeaconError(message="a")]
    )
    load(twice, twice)
    load(twice, file="log-2")
    assert ask("SELECT count(*) AS n FROM events") == [{"n": 2}]
    assert ask("SELECT count(*) AS n FROM errors") == [{"n": 1}]
    assert ask("SELECT count(*) AS n FROM page_views") == [{"n": 1}]


def test_a_page_view_keeps_its_first_version_and_a_session_belongs_to_that_of_its_first_view(
    log: Any, load: Any, ask: Any, now_ms: int
) -> None:
    first = {"session_id": "s", "page_view_id": "a", "service_version": "1", "cohort": "baseline"}
    later = {"session_id": "s", "page_view_id": "b", "service_version": "2", "cohort": "canary"}
    load(log(**later, started_at=now_ms - 10), log(**first, started_at=now_ms - 5000))
    assert ask("SELECT service_version, cohort, page_views, is_crossing FROM sessions") == [
        {"service_version": "1", "cohort": "baseline", "page_views": 2, "is_crossing": True}
    ]
    assert ask("SELECT service_version FROM page_views ORDER BY 1") == [
        {"service_version": "1"},
        {"service_version": "2"},
    ]


def test_a_view_marked_once_is_synthetic_whole(log: Any, load: Any, ask: Any) -> None:
    load(
        log(seq=0, vitals=Vitals(lcp_ms=1), errors=[BeaconError(message="a")]),
        log(seq=1, synthetic="test"),
        log(page_view_id="bot", record={"synthetic": "bot"}),
        log(page_view_id="agent", record={"user_agent": "Mozilla/5.0 LeadlineSynthetic/1"}),
        log(page_view_id="human"),
    )
    kinds = {row["page_view_id"]: row["user_agent_synthetic_type"] for row in ask("FROM page_views")}
    assert kinds == {"v1": "test", "bot": "bot", "agent": "test", "human": None}
    assert ask(
        "SELECT user_agent_synthetic_type AS t FROM vitals UNION ALL SELECT user_agent_synthetic_type FROM errors"
    ) == [
        {"t": "test"},
        {"t": "test"},
    ]


def test_a_browsers_report_is_an_error_of_its_version_and_no_page_view(log: Any, load: Any, ask: Any) -> None:
    crash = {"errors": [BeaconError(message="the page crashed: oom", error_type="crash")], "service_version": "2"}
    load(
        log(page_view_id="seen", service_version="2"),
        log(page_view_id="reported", record={"client": "reports"}, **crash),
        log(page_view_id="named", sdk_name="faro", record={"client": "reports"}, **crash),
    )
    assert ask("SELECT page_view_id FROM page_views") == [{"page_view_id": "seen"}]
    assert ask("SELECT session_id FROM sessions") == [{"session_id": "seen"}]
    assert ask("SELECT error_type, service_version, count(*) AS n FROM errors GROUP BY ALL") == [
        {"error_type": "crash", "service_version": "2", "n": 2}
    ]


def test_what_occurred_is_placed_on_our_clock_and_never_after_it_arrived(
    log: Any, load: Any, ask: Any, now: datetime, now_ms: int
) -> None:
    hour = 3_600_000
    load(
        log(
            page_view_id="right",
            started_at=now_ms - 5000,
            sent_at=now_ms - 50,
            events=[BeaconEvent(name="e", at_ms=900)],
        ),
        log(page_view_id="an_hour_ahead", started_at=now_ms + hour - 5000, sent_at=now_ms + hour),
        log(page_view_id="silent", started_at=None),
    )
    at = {row["page_view_id"]: row["occurred_at"] for row in ask("FROM page_views")}
    moment = now.replace(tzinfo=None)
    assert at["right"] == at["an_hour_ahead"] == moment - timedelta(seconds=5)
    assert at["silent"] == moment
    assert ask("SELECT occurred_at FROM events") == [{"occurred_at": moment - timedelta(milliseconds=4100)}]


def test_browser_device_country_and_what_has_no_column_are_kept(log: Any, load: Any, ask: Any) -> None:
    agent = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/5"
    load(
        log(
            url="https://shop.example/p/12?x=1",
            route="/p/:id",
            attributes={"plan": "pro"},
            record={"user_agent": agent, "country": "SE", "network": "192.0.2.0/24"},
        )
    )
    row = ask("FROM page_views")[0]
    assert (row["browser_name"], row["device_type"], row["geo_country_iso_code"]) == ("Chrome Mobile", "mobile", "SE")
    assert (row["url_path"], row["route"], row["telemetry_sdk_name"]) == ("/p/12", "/p/:id", "leadline")
    assert row["attributes"] == '{"plan":"pro"}'


def test_requests_keep_their_own_route_and_that_of_their_page(log: Any, load: Any, ask: Any) -> None:
    load(log(route="/cart", requests=[BeaconRequest(route="/api/cart", status_code=500, duration_ms=83)]))
    assert ask("SELECT route, page_route, method, status_code, duration_ms FROM requests") == [
        {"route": "/api/cart", "page_route": "/cart", "method": "GET", "status_code": 500, "duration_ms": 83.0}
    ]


def test_the_bounded_view_leaves_out_what_was_first_received_before(log: Any, load: Any, ask: Any, now_ms: int) -> None:
    load(
        log(page_view_id="old", received_ms=now_ms - 7_200_000),
        log(page_view_id="old", seq=1, vitals=Vitals(lcp_ms=3)),
        log(page_view_id="new", vitals=Vitals(lcp_ms=4)),
    )
    since = "TIMESTAMP '2026-11-24 11:00:00'"
    assert ask(f"SELECT page_view_id FROM page_views_since({since})") == [{"page_view_id": "new"}]
    assert ask(f"SELECT lcp_ms FROM vitals_since({since})") == [{"lcp_ms": 4}]
