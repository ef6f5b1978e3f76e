"""One bad figure costs itself: the beacon is kept without it, and the answer says what was left out."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

HOUR_MS = 3_600_000
Make = Callable[..., dict[str, Any]]


@pytest.mark.parametrize("path", ["/v1/b", "/v1/b?by=asgi"])
def test_a_bad_figure_is_named_and_the_rest_is_on_disk(standing: Any, beacon: Make, path: str) -> None:
    sent = beacon(vitals={"lcp_ms": -5, "cls": 0.1}, events=[{"name": "sold", "value": 1e16}])
    answer = standing.post(sent, path)
    assert answer.status_code == 200
    assert answer.json() == {
        "accepted": 1,
        "refused": [],
        "dropped_fields": [
            {"index": 0, "field": "vitals.lcp_ms", "reason": "out_of_bounds"},
            {"index": 0, "field": "events[0].value", "reason": "out_of_bounds"},
        ],
    }
    kept = standing.logged_as(sent["page_view_id"]).beacon
    assert (kept.vitals.lcp_ms, kept.vitals.cls, kept.events[0].value) == (None, 0.1, None)


def test_an_error_that_quotes_a_nul_costs_no_sale(standing: Any, beacon: Make) -> None:
    errors = [{"message": "Unexpected token '\0'"}, {"message": "cut in an emoji \ud83d"}]
    sent = beacon(errors=errors, events=[{"name": "sold", "value": 42.5}])
    answer = standing.post(sent)
    assert answer.status_code == 200
    assert answer.json()["dropped_fields"] == [
        {"index": 0, "field": f"errors[{index}].message", "reason": "odd_character"} for index in (0, 1)
    ]
    kept = standing.logged_as(sent["page_view_id"]).beacon
    assert [error.message for error in kept.errors] == ["Unexpected token '\ufffd'", "cut in an emoji \ufffd"]
    assert kept.events[0].value == 42.5


def test_a_page_of_another_origin_can_read_the_answer(standing: Any, beacon: Make) -> None:
    answer = standing.post(beacon(cpu_tier=-1), origin="https://shop.example")
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"


def test_a_wrong_type_beside_a_bad_figure_is_still_a_400(standing: Any, beacon: Make) -> None:
    answer = standing.post(beacon(vitals={"lcp_ms": -5, "cls": "a lot"}))
    assert (answer.status_code, answer.json()["reason"]) == (400, "invalid_field")


def test_of_an_array_each_beacon_s_fields_are_named_by_its_index(standing: Any, beacon: Make) -> None:
    told = standing.post([beacon(), beacon(vitals={"cls": -1}), beacon(seq=-1)])
    assert told.status_code == 200
    assert told.json()["accepted"] == 2
    assert [each["index"] for each in told.json()["refused"]] == [2]
    assert told.json()["dropped_fields"] == [{"index": 1, "field": "vitals.cls", "reason": "out_of_bounds"}]
    only_fields = standing.post([beacon(), beacon(vitals={"cls": -1})])
    assert (only_fields.status_code, only_fields.json()["refused"]) == (200, [])


def test_a_tab_open_for_30_hours_tells_what_happens_in_it_now(standing: Any, beacon: Make) -> None:
    began_ms = time.time_ns() // 1_000_000 - 30 * HOUR_MS
    young = beacon(started_at=began_ms, events=[{"name": "sold", "at_ms": 30 * HOUR_MS - 1000}])
    assert standing.post(young).status_code == 204
    mixed = beacon(
        started_at=began_ms,
        events=[{"name": "opened", "at_ms": 0}, {"name": "sold", "at_ms": 30 * HOUR_MS - 1000}],
    )
    answer = standing.post(mixed)
    assert answer.status_code == 200
    assert answer.json()["dropped_fields"] == [{"index": 0, "field": "events[0]", "reason": "too_old"}]
    kept = standing.logged_as(mixed["page_view_id"]).beacon
    assert ([event.name for event in kept.events], kept.from_.events) == (["sold"], 1)


def test_what_was_left_out_is_counted_and_listed_with_what_to_do(standing: Any, beacon: Make) -> None:
    standing.post(beacon(vitals={"ttfb_ms": -1}))
    [listed] = [
        each for each in standing.get("/v1/drops").json() if (each["app"], each["reason"]) == ("shop", "out_of_bounds")
    ]
    assert listed["count"] >= 1
    assert listed["status_code"] == 200
    assert "bounds" in listed["remedy"]
    metrics = standing.get("/metrics").text
    assert 'leadline_collector_dropped_fields_total{app="shop",client="leadline",reason="out_of_bounds"' in metrics


@pytest.mark.parametrize("kept", [{"errors": [{"message": "ResizeObserver loop limit exceeded"}]}])
def test_another_client_s_harmless_error_gets_its_type(standing: Any, beacon: Make, kept: dict[str, Any]) -> None:
    sent = beacon(**kept)
    assert standing.post(sent).status_code == 204
    assert standing.logged_as(sent["page_view_id"]).beacon.errors[0].error_type == "ResizeObserverLoop"


@pytest.mark.parametrize(
    "off_h", [-73 * 365 * 24, -26, 26, 73 * 365 * 24], ids=["1953", "a day back", "a day ahead", "2099"]
)
def test_a_clock_that_is_wrong_makes_nothing_too_old(standing: Any, beacon: Make, off_h: int) -> None:
    began_ms = time.time_ns() // 1_000_000 + off_h * HOUR_MS
    if not began_ms >= 0:
        began_ms = 0
    sent = beacon(started_at=began_ms, sent_at=began_ms + 5_000, events=[{"name": "sold", "at_ms": 1_000}])
    assert standing.post(sent).status_code == 204


def test_what_waited_for_a_day_though_its_sender_s_clock_is_right_is_too_old(standing: Any, beacon: Make) -> None:
    began_ms = time.time_ns() // 1_000_000 - 25 * HOUR_MS
    late = beacon(started_at=began_ms, sent_at=began_ms + 60_000, deferred=True)
    assert standing.post(late).status_code == 204  # sent over a day ago by its own word: the clock is taken for wrong
    slow = beacon(started_at=began_ms, sent_at=began_ms + 3 * HOUR_MS, deferred=True)
    assert standing.post(slow).headers["leadline-dropped"] == "too_old"
