"""Handles requests with beacons: reads the body, runs the steps on each beacon, waits for the disk, answers.

Only here is a beacon finished: accepted and counted once it is on disk, or dropped with a reason and counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from leadline.clock import monotonic_s, now
from leadline.wire import Beacon, Dropped, DropReason, mend_made, split_array
from leadline_collector.collector import Collector
from leadline_collector.intake.answers import (
    NO_CONTENT,
    NO_CONTENT_FOR,
    Answer,
    KeptInPart,
    Refused,
    answer_array,
    answer_dropped,
    answer_kept_in_part,
    share,
)
from leadline_collector.intake.arrival import NO_BEACON, Arrival, Headers
from leadline_collector.intake.bodies import (
    USUAL_TYPES,
    Receive,
    announced_too_large,
    check_type,
    read_body,
    unpack_body,
)
from leadline_collector.steps import STEPS_AFTER_PARSING, run_steps
from leadline_collector.steps.limits import TOO_FAST

# sendBeacon's 64 kB contain about 70 usual beacons; more in one request is an export, which must be split.
MOST_BEACONS = 200
_NOT_WRITTEN = Dropped(DropReason.LOG_UNAVAILABLE, "the beacon log can't be written now")
_EMPTY = Dropped(DropReason.EMPTY, "no beacon", "body")


async def take_beacons(collector: Collector, scope: dict[str, Any], receive: Receive) -> Answer | None:
    """`POST /v1/b`: one beacon or an array. None if the sender has gone."""
    arrival = Arrival.of_scope(collector, scope)
    body = announced_too_large(arrival.headers, collector.max_body_bytes) or await read_body(
        receive, collector.max_body_bytes
    )
    if body is None:
        return None
    if isinstance(body, Dropped):
        return refuse(arrival, body, b"", close=True)
    if is_usual(arrival.headers, body):
        return await _take_one(arrival, body)
    plain = (
        check_type(arrival.headers)
        or check_rate(arrival)
        or unpack_body(body, arrival.headers, arrival.collector.max_decoded_bytes)
    )
    if isinstance(plain, Dropped):
        return refuse(arrival, plain, body)
    start = plain.lstrip()[:1]
    if not start:
        return refuse(arrival, _EMPTY, plain)
    if start != b"[":
        return await _take_one(arrival, plain)
    elements = split_array(plain)
    if isinstance(elements, Dropped):
        return refuse(arrival, elements, plain)
    return await take_many(arrival, elements, plain)


def check_rate(arrival: Arrival) -> Dropped | None:
    """Checked before a body is unpacked: 2 kB may become a megabyte, and a sender that is too fast must not cause
    that.
    """
    if not arrival.sender:
        return None
    arrival.wait_s = arrival.collector.rate_per_address.wait_s(arrival.sender, monotonic_s())
    return TOO_FAST if arrival.wait_s else None


def is_usual(headers: Headers, body: bytes) -> bool:
    """Whether the body is one beacon as our script sends it, so that nothing has to be unpacked or split."""
    return body[:1] == b"{" and headers.get(b"content-type") in USUAL_TYPES and b"content-encoding" not in headers


async def _take_one(arrival: Arrival, body: bytes) -> Answer:
    arrival.body = body
    dropped = run_steps(arrival)
    if dropped is not None:
        return refuse(arrival, dropped, body)
    assert arrival.committed is not None
    return conclude(arrival, body, is_on_disk=await arrival.committed is None)


def conclude(arrival: Arrival, body: bytes, *, is_on_disk: bool) -> Answer:
    """Counts a beacon whose commit has ended and answers it."""
    if not is_on_disk:
        return refuse(arrival, _NOT_WRITTEN, body)
    app = arrival.app
    assert app is not None
    arrival.collector.counts.accept(app.name, arrival.client, arrival.received_at_ms)
    if arrival.dropped_fields:
        _count_fields(arrival, body)
        return share(answer_kept_in_part(KeptInPart(0, arrival.dropped_fields)), arrival.origin)
    return NO_CONTENT if arrival.origin is None else NO_CONTENT_FOR[arrival.origin]


async def take_made(arrival: Arrival, beacon: Beacon | Dropped, body: bytes) -> Answer:
    """The one beacon that an adapter made of a request, answered as one of our own."""
    dropped = _send_through(arrival, beacon)
    if dropped is not None:
        return refuse(arrival, dropped, body)
    assert arrival.committed is not None
    return conclude(arrival, body, is_on_disk=await arrival.committed is None)


async def take_many(arrival: Arrival, beacons: Sequence[msgspec.Raw | Beacon | Dropped], body: bytes) -> Answer:
    """Each beacon separately: a bad one does not affect others. Beacons from an adapter are already decoded, or
    dropped.
    """
    if not beacons:
        return refuse(arrival, _EMPTY, body)
    if len(beacons) > MOST_BEACONS:
        return refuse(arrival, Dropped(DropReason.TOO_MANY_ITEMS, f"more than {MOST_BEACONS} beacons", "body"), body)
    counts = arrival.collector.counts
    waiting = []
    refused = []
    kept_in_part = []
    for index, beacon in enumerate(beacons):
        dropped = _send_through(arrival, beacon)
        if dropped is None:
            waiting.append((arrival.committed, arrival.app_name))
            if arrival.dropped_fields:
                _count_fields(arrival, bytes(beacon) if isinstance(beacon, msgspec.Raw) else body)
                kept_in_part.append(KeptInPart(index, arrival.dropped_fields))
        else:
            _count(arrival, dropped, bytes(beacon) if isinstance(beacon, msgspec.Raw) else body)
            refused.append(Refused(index, dropped))
    is_on_disk = True
    for committed, app_name in waiting:
        assert committed is not None
        if await committed is None:
            counts.accept(app_name, arrival.client, arrival.received_at_ms)
        else:
            _count(arrival, _NOT_WRITTEN, body)
            is_on_disk = False
    if not is_on_disk or any(each.dropped.reason is DropReason.LOG_UNAVAILABLE for each in refused):
        # The whole array must be sent again; beacons that did reach the disk are recognised by their seq.
        return share(answer_dropped(_NOT_WRITTEN), arrival.origin)
    answer = answer_array(len(waiting), refused, kept_in_part=kept_in_part, wait_s=arrival.wait_s)
    return share(answer, arrival.origin)


def _send_through(arrival: Arrival, beacon: msgspec.Raw | Beacon | Dropped) -> Dropped | None:
    arrival.app = arrival.committed = None
    arrival.dropped_fields = ()
    if isinstance(beacon, Dropped):
        return beacon
    if isinstance(beacon, Beacon):
        mended, arrival.dropped_fields = mend_made(beacon)
        if isinstance(mended, Dropped):
            return mended
        arrival.beacon = mended
        return run_steps(arrival, STEPS_AFTER_PARSING)
    arrival.beacon = NO_BEACON
    arrival.body = beacon
    return run_steps(arrival)


def _count_fields(arrival: Arrival, body: bytes) -> None:
    arrival.collector.counts.drop_fields(
        arrival.dropped_fields,
        app=arrival.app_name,
        client=arrival.client,
        body=body,
        now=now(),
        now_s=monotonic_s(),
    )


def refuse(arrival: Arrival, dropped: Dropped, body: bytes, *, close: bool = False) -> Answer:
    """Counts a request that ends here and answers it."""
    _count(arrival, dropped, body)
    return share(answer_dropped(dropped, wait_s=arrival.wait_s, close=close), arrival.origin)


def _count(arrival: Arrival, dropped: Dropped, body: bytes) -> None:
    if arrival.app is None:
        arrival.app = arrival.collector.policy.find_app(arrival.key, body)
    arrival.collector.counts.drop(
        dropped, app=arrival.app_name, client=arrival.client, body=body, now=now(), now_s=monotonic_s()
    )
