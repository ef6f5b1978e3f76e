"""What is wrong in a beacon costs only itself, as long as the rest still says what it said."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from leadline.wire import Beacon, Dropped, DroppedField, DropReason, Vitals, decode_beacon, decode_leniently, mend_made

SMALLEST = {"key": "pk_1", "page_view_id": "v1"}


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"vitals": {"lcp_ms": -1, "cls": 0.5}}, "vitals.lcp_ms"),
        ({"vitals": {"lcp_ms": 3_600_001, "cls": 0.5}}, "vitals.lcp_ms"),
        ({"vitals": {"cls": 0.5, "attribution": {"lcp_load_ms": 1e16}}}, "vitals.attribution.lcp_load_ms"),
        ({"events": [{"name": "a"}, {"name": "b", "value": -1e16}]}, "events[1].value"),
        ({"events": [{"name": "a", "at_ms": -5}]}, "events[0].at_ms"),
        ({"events": [{"name": "a", "attributes": {"n": 1e300}}]}, "events[0].attributes.n"),
        ({"errors": [{"message": "m", "count": 0}]}, "errors[0].count"),
        ({"requests": [{"route": "/", "duration_ms": 3_600_001}]}, "requests[0].duration_ms"),
        ({"requests": [{"route": "/", "server_version": "v" * 129}]}, "requests[0].server_version"),
        ({"started_at": 4.2e12}, "started_at"),
        ({"cpu_tier": -1}, "cpu_tier"),
        ({"lost": -1}, "lost"),
        ({"viewport": "v" * 129}, "viewport"),
        ({"attributes": {"n" * 129: 1}}, f"attributes.{'n' * 128}"),
    ],
)
def test_a_figure_out_of_its_bounds_costs_only_itself(fields: dict[str, Any], field: str) -> None:
    body = json.dumps({**SMALLEST, "route": "/cart", **fields}).encode()
    beacon, dropped = decode_leniently(body)
    assert isinstance(beacon, Beacon)
    assert dropped == [DroppedField(field, DropReason.OUT_OF_BOUNDS)]
    assert isinstance(decode_beacon(msgspec.json.encode(beacon)), Beacon), "the rest is within its bounds"
    assert beacon.route == "/cart"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"events": [{"name": ""}, {"name": "sold"}]}, "events[0].name"),
        ({"events": [{"name": "n" * 129}, {"name": "sold"}]}, "events[0].name"),
        ({"requests": [{"route": "/a", "status_code": 2000}, {"route": "/b"}]}, "requests[0].status_code"),
        ({"requests": [{"route": "/a", "method": "m" * 129}, {"route": "/b"}]}, "requests[0].method"),
    ],
)
def test_an_item_that_would_say_something_else_goes_whole(fields: dict[str, Any], field: str) -> None:
    beacon, dropped = decode_leniently(json.dumps({**SMALLEST, **fields}).encode())
    assert isinstance(beacon, Beacon)
    assert len(beacon.events or beacon.requests or ()) == 1
    assert [each.field for each in dropped] == [field]


def test_of_a_beacon_whose_every_second_item_is_wrong_the_good_rest_is_kept() -> None:
    events = [{"name": "sold" if number % 2 else "", "value": number} for number in range(100)]
    beacon, dropped = decode_leniently(json.dumps({**SMALLEST, "events": events}).encode())
    assert isinstance(beacon, Beacon)
    assert beacon.events is not None
    assert [event.value for event in beacon.events] == list(range(1, 100, 2))
    assert [each.field for each in dropped] == [f"events[{number}].name" for number in range(0, 100, 2)]


@pytest.mark.parametrize("huge", ["1e999", "-1e999", "9" * 400])
def test_a_number_too_large_for_a_computer_costs_only_itself(huge: str) -> None:
    body = b'{"key":"a","page_view_id":"v","vitals":{"cls":0.5,"lcp_ms":%s}}' % huge.encode()
    beacon, dropped = decode_leniently(body)
    assert isinstance(beacon, Beacon)
    assert beacon.vitals == Vitals(cls=0.5)
    assert [each.field for each in dropped] == ["vitals.lcp_ms"]


@pytest.mark.parametrize("also", ['"service_version":"\\ud800"', '"vitals":{"cls":NaN}'])
def test_a_number_too_large_excuses_nothing_else(also: str) -> None:
    body = b'{"key":"a","page_view_id":"v","cpu_tier":1e999,%s}' % also.encode()
    assert isinstance(decode_leniently(body)[0], Dropped)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"vitals": {"lcp_ms": "fast", "cls": -1}}, "vitals.lcp_ms"),
        ({"vitals": {"cls": True}}, "vitals.cls"),
        ({"errors": [{"count": 0}]}, "errors[0].message"),
        ({"seq": -1}, "seq"),
        ({"page_view_id": "v" * 65}, "page_view_id"),
        ({"service_version": "v" * 129}, "service_version"),
        ({"from": {"events": -1}}, "from.events"),
    ],
)
def test_a_wrong_type_and_what_tells_views_apart_are_never_mended(fields: dict[str, Any], field: str) -> None:
    dropped, _ = decode_leniently(json.dumps({**SMALLEST, **fields}).encode())
    assert isinstance(dropped, Dropped)
    assert (dropped.reason, dropped.field) == (DropReason.INVALID_FIELD, field)


def test_an_odd_character_costs_only_itself() -> None:
    fields = {
        "url": "https://shop.example/\ud83d",
        "errors": [{"message": "fine \U0001f600"}, {"message": "Unexpected token '\0'"}],
        "events": [{"name": "sold", "value": 42.5, "attributes": {"no\0te": "x", "gift": "\ude00 yes"}}],
    }
    beacon, dropped = decode_leniently(json.dumps({**SMALLEST, **fields}).encode())
    assert isinstance(beacon, Beacon)
    assert beacon.url == "https://shop.example/\ufffd"
    assert beacon.errors is not None
    assert beacon.events is not None
    assert [error.message for error in beacon.errors] == ["fine \U0001f600", "Unexpected token '\ufffd'"]
    assert [(event.value, event.attributes) for event in beacon.events] == [(42.5, {"gift": "\ufffd yes"})]
    assert [(each.field, each.reason) for each in dropped] == [
        ("url", DropReason.ODD_CHARACTER),
        ("errors[1].message", DropReason.ODD_CHARACTER),
        ("events[0].attributes", DropReason.ODD_CHARACTER),
        ("events[0].attributes.gift", DropReason.ODD_CHARACTER),
    ]


@pytest.mark.parametrize("field", ["key", "page_view_id", "session_id", "service_version", "cohort"])
@pytest.mark.parametrize("odd", ["a\0", "a\ud800"])
def test_what_tells_views_apart_is_refused_with_an_odd_character(field: str, odd: str) -> None:
    told, _ = decode_leniently(json.dumps({**SMALLEST, field: odd}).encode())
    assert isinstance(told, Dropped)
    assert told.field == field


def test_what_another_client_says_is_mended_as_well() -> None:
    beacon = decode_beacon(json.dumps({**SMALLEST, "errors": [{"message": "fine"}, {"message": "a\0b"}]}).encode())
    assert isinstance(beacon, Beacon)
    mended, dropped = mend_made(beacon)
    assert isinstance(mended, Beacon)
    assert mended.errors is not None
    assert [error.message for error in mended.errors] == ["fine", "a\ufffdb"]
    assert [each.field for each in dropped] == ["errors[1].message"]
    beacon.service_version = "1\0"
    told, _ = mend_made(beacon)
    assert isinstance(told, Dropped)
    assert told.field == "service_version"
