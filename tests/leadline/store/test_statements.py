"""What a view's sections come to: items that stand as they were stated, when they were learned, and what they weigh."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from leadline.wire import BeaconError, BeaconEvent, BeaconRequest, From

SINCE_AN_HOUR = "TIMESTAMP '2026-11-24 11:00:00'"


def sold(name: str, at_ms: int = 0) -> BeaconEvent:
    return BeaconEvent(name=name, at_ms=at_ms)


def test_items_before_from_stand_as_earlier_beacons_stated_them(log: Any, load: Any, ask: Any) -> None:
    load(
        log(seq=1, events=[sold("a"), sold("b")]),
        log(seq=2, events=[sold("c")], from_=From(events=2)),
        log(seq=3, events=[sold("d")], from_=From(events=3)),
    )
    assert [row["name"] for row in ask("SELECT name FROM events ORDER BY name")] == ["a", "b", "c", "d"]


def test_a_section_that_begins_late_replaces_what_it_states_anew_and_nothing_before(
    log: Any, load: Any, ask: Any
) -> None:
    load(
        log(seq=1, errors=[BeaconError(message="a", count=1), BeaconError(message="b", count=1)]),
        log(seq=2, errors=[BeaconError(message="b", count=5)], from_=From(errors=1)),
    )
    assert ask("SELECT message, count FROM errors ORDER BY message") == [
        {"message": "a", "count": 1},
        {"message": "b", "count": 5},
    ]
    load(log(seq=3, errors=[]))
    assert ask("FROM errors") == []


def test_a_late_statement_with_from_arriving_in_the_wrong_order_is_read_in_the_right_one(
    log: Any, load: Any, ask: Any
) -> None:
    load(log(seq=2, requests=[BeaconRequest(route="/c")], from_=From(requests=2)))
    load(log(seq=1, requests=[BeaconRequest(route="/a"), BeaconRequest(route="/b")]))
    load(log(seq=1, requests=[BeaconRequest(route="/a"), BeaconRequest(route="/b")]))
    assert [row["route"] for row in ask("SELECT route FROM requests ORDER BY route")] == ["/a", "/b", "/c"]


def test_an_item_is_received_when_its_first_statement_is(log: Any, load: Any, ask: Any, now: Any, now_ms: int) -> None:
    minute = 60_000
    load(
        log(seq=1, received_ms=now_ms - 2 * minute, events=[sold("a")]),
        log(seq=2, received_ms=now_ms - minute, events=[sold("a"), sold("b")]),
        log(seq=3, received_ms=now_ms, events=[sold("a"), sold("b"), sold("a")]),
    )
    at = now.replace(tzinfo=None)
    assert ask("SELECT name, received_at FROM events ORDER BY received_at") == [
        {"name": "a", "received_at": at - timedelta(minutes=2)},
        {"name": "b", "received_at": at - timedelta(minutes=1)},
        {"name": "a", "received_at": at},
    ]


def test_a_sale_is_asked_for_by_its_own_arrival_not_by_its_views(log: Any, load: Any, ask: Any, now_ms: int) -> None:
    hour = 3_600_000
    load(
        log(seq=1, received_ms=now_ms - 2 * hour, events=[sold("early")], service_version="1"),
        log(seq=2, received_ms=now_ms, events=[sold("early"), sold("late")], service_version="1"),
    )
    assert ask(f"SELECT name, service_version FROM events_since({SINCE_AN_HOUR})") == [
        {"name": "late", "service_version": "1"}
    ]
    assert ask(f"SELECT page_view_id FROM page_views_since({SINCE_AN_HOUR})") == []
    assert ask(f"SELECT session_id FROM sessions_since({SINCE_AN_HOUR})") == [{"session_id": "v1"}]


def test_a_session_whose_first_view_names_no_version_has_none_whatever_comes_later(
    log: Any, load: Any, ask: Any, now_ms: int
) -> None:
    load(
        log(page_view_id="a", session_id="s", started_at=now_ms - 5000),
        log(page_view_id="b", session_id="s", started_at=now_ms - 1000, service_version="2", cohort="canary"),
    )
    assert ask("SELECT service_version, cohort FROM sessions") == [{"service_version": None, "cohort": None}]


def test_a_question_that_begins_in_the_middle_of_a_session_leaves_it_in_its_version(
    log: Any, load: Any, ask: Any, now_ms: int
) -> None:
    hour = 3_600_000
    load(
        log(page_view_id="a", session_id="s", received_ms=now_ms - 30 * hour, service_version="1", cohort="baseline"),
        log(page_view_id="b", session_id="s", service_version="2", cohort="canary"),
    )
    assert ask(f"SELECT service_version, cohort, page_views, is_crossing FROM sessions_since({SINCE_AN_HOUR})") == [
        {"service_version": "1", "cohort": "baseline", "page_views": 2, "is_crossing": True}
    ]


def test_an_empty_text_is_no_version_and_no_cohort(log: Any, load: Any, ask: Any) -> None:
    load(log(service_version="", cohort=""))
    assert ask("SELECT service_version, cohort FROM page_views") == [{"service_version": None, "cohort": None}]
    assert ask("SELECT service_version, cohort FROM sessions") == [{"service_version": None, "cohort": None}]


@pytest.mark.parametrize(
    ("attributes", "collector_ratio", "weight"),
    [
        (None, 1.0, 1.0),
        ({"sample_ratio": 0.1}, 1.0, 10.0),
        ({"sample_ratio": 0.1}, 0.5, 20.0),
        (None, 0.25, 4.0),
        ({"sample_ratio": 0.1, "errors_only": True}, 1.0, 0.0),
        ({"sample_ratio": "0.1"}, 1.0, 1.0),
        ({"sample_ratio": -1}, 1.0, 1.0),
        ({"sample_ratio": 1e-12}, 1.0, 1_000.0),
    ],
)
def test_a_view_weighs_one_over_the_probability_that_it_was_kept(
    log: Any, load: Any, ask: Any, attributes: Any, collector_ratio: float, weight: float
) -> None:
    load(log(attributes=attributes, record={"sample_ratio": collector_ratio}))
    assert ask("SELECT weight FROM page_views") == [{"weight": weight}]
    assert ask("SELECT weight FROM sessions") == [{"weight": weight}]


def test_a_harmless_error_is_kept_and_told_apart(log: Any, load: Any, ask: Any) -> None:
    load(
        log(
            errors=[
                BeaconError(message="ResizeObserver loop limit exceeded", error_type="ResizeObserverLoop"),
                BeaconError(message="x is undefined", error_type="TypeError"),
            ]
        )
    )
    assert ask("SELECT error_type, is_harmless FROM errors ORDER BY error_type") == [
        {"error_type": "ResizeObserverLoop", "is_harmless": True},
        {"error_type": "TypeError", "is_harmless": False},
    ]
