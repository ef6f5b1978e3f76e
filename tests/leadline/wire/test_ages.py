"""Each item is judged by its own age: a tab that has been open for days still tells what happens in it."""

from __future__ import annotations

from typing import Any

import msgspec

from leadline.wire import Beacon, Dropped, DroppedField, DropReason, From, drop_too_old, occurred_at_ms

HOUR_MS = 3_600_000
NOW_MS = 1_795_508_909_000


def beacon(*, began_h_ago: float, **fields: Any) -> Beacon:
    told = {"key": "pk_1", "page_view_id": "v1", "started_at": NOW_MS - began_h_ago * HOUR_MS, "sent_at": NOW_MS}
    return msgspec.convert({**told, **fields}, Beacon)


def judge(given: Beacon) -> list[DroppedField] | Dropped:
    return drop_too_old(given, received_at_ms=NOW_MS)


def sold(*, at_h: float) -> dict[str, Any]:
    return {"name": "sold", "at_ms": at_h * HOUR_MS}


def test_a_sale_of_this_second_in_a_tab_open_for_25_hours_is_kept() -> None:
    given = beacon(began_h_ago=25, events=[sold(at_h=25)])
    assert judge(given) == []
    assert given.events is not None
    assert given.from_ is None


def test_what_is_too_old_goes_and_stands_as_it_was_stated() -> None:
    given = beacon(began_h_ago=30, events=[sold(at_h=1), sold(at_h=5), sold(at_h=29)], errors=[{"message": "old"}])
    taken = judge(given)
    assert taken == [DroppedField(each, DropReason.TOO_OLD) for each in ("errors[0]", "events[0]", "events[1]")]
    assert [event.at_ms for event in given.events or ()] == [29 * HOUR_MS]
    assert given.errors is None
    assert given.from_ == From(errors=1, events=2)


def test_items_left_out_before_count_too() -> None:
    given = beacon(began_h_ago=30, **{"from": {"events": 98}}, events=[sold(at_h=1), sold(at_h=29)])
    judge(given)
    assert given.from_ == From(events=99)


def test_a_beacon_in_which_nothing_is_young_is_dropped() -> None:
    given = beacon(began_h_ago=25, events=[sold(at_h=0.5)], vitals={"lcp_ms": 1})
    dropped = judge(given)
    assert isinstance(dropped, Dropped)
    assert dropped.reason is DropReason.TOO_OLD


def test_the_vitals_are_as_old_as_the_load() -> None:
    given = beacon(began_h_ago=25, events=[sold(at_h=25)], vitals={"lcp_ms": 1})
    assert judge(given) == [DroppedField("vitals", DropReason.TOO_OLD)]
    assert given.vitals is None


def test_a_young_view_keeps_all() -> None:
    given = beacon(began_h_ago=23.9, events=[sold(at_h=0)], vitals={"lcp_ms": 1})
    assert judge(given) == []
    assert given.vitals is not None


def test_judging_twice_takes_no_more() -> None:
    given = beacon(began_h_ago=30, events=[sold(at_h=1), sold(at_h=29)])
    judge(given)
    once = msgspec.structs.asdict(given)
    assert judge(given) == []
    assert msgspec.structs.asdict(given) == once


def test_a_clock_that_is_a_day_slow_is_corrected_before_age_is_judged() -> None:
    slow = 25 * HOUR_MS
    given = beacon(began_h_ago=26, sent_at=NOW_MS - slow, events=[sold(at_h=0.5)])
    assert judge(given) == []


def test_a_beacon_armed_ahead_for_23_hours_tells_when_things_happened() -> None:
    told = {"received_at_ms": NOW_MS, "sent_at_ms": NOW_MS - 23 * HOUR_MS, "started_at_ms": NOW_MS - 23.5 * HOUR_MS}
    assert occurred_at_ms(**told, at_ms=0.25 * HOUR_MS, is_deferred=True) == NOW_MS - 23.25 * HOUR_MS
    assert occurred_at_ms(**told, at_ms=0.25 * HOUR_MS, is_deferred=False) == NOW_MS - 0.25 * HOUR_MS


def test_nothing_occurs_after_it_was_received() -> None:
    ahead = {"received_at_ms": NOW_MS, "sent_at_ms": NOW_MS + 60_000, "started_at_ms": NOW_MS + 60_000}
    assert occurred_at_ms(**ahead, at_ms=5, is_deferred=False) == NOW_MS


def test_a_clock_of_2099_is_corrected() -> None:
    far = 4_070_908_800_000
    told = {"received_at_ms": NOW_MS, "sent_at_ms": far + 9_000, "started_at_ms": far}
    for is_deferred in (False, True):
        assert occurred_at_ms(**told, at_ms=4_000, is_deferred=is_deferred) == NOW_MS - 5_000
