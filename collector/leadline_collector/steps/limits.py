"""Step 4: how much, how often, how old. Lists that are too long are rejected; long text is cut by the next step."""

from __future__ import annotations

from math import ceil

from leadline.clock import monotonic_s
from leadline.wire import Beacon, Dropped, DropReason, drop_too_old
from leadline.wire.occurrence import LATENESS_LIMIT_MS
from leadline_collector.intake.arrival import Arrival

# The script groups errors by fingerprint and stops at about a tenth of these; a beacon is 64 kB at most in a browser.
MOST_ERRORS = 50
MOST_EVENTS = 250
MOST_REQUESTS = 250
MOST_ATTRIBUTES = 64
# Cleaning costs up to a third of a millisecond a kB, so a beacon counts once for every 16 kB of it: 100 of them a
# second, each as large as it may be, would hold the loop for half a minute.
BYTES_COUNTED_ONCE = 16 * 1024
_USUAL_AGE_MS = LATENESS_LIMIT_MS // 2
TOO_FAST = Dropped(DropReason.RATE_LIMITED, "too many requests from this address", "address")


def limit(arrival: Arrival) -> Dropped | None:
    """Rates first, then sizes, then age."""
    collector = arrival.collector
    beacon = arrival.beacon
    size_bytes = len(arrival.body)
    cost = 1.0 if size_bytes <= BYTES_COUNTED_ONCE else ceil(size_bytes / BYTES_COUNTED_ONCE)
    if arrival.sender:
        arrival.wait_s = collector.rate_per_address.take(arrival.sender, monotonic_s(), cost)
        if arrival.wait_s:
            return TOO_FAST
    if collector.rate_per_key is not None:
        arrival.wait_s = collector.rate_per_key.take(beacon.key, monotonic_s(), cost)
        if arrival.wait_s:
            return Dropped(DropReason.RATE_LIMITED, "too many requests with this key", "key")
    attributes, vitals, requests = beacon.attributes, beacon.vitals, beacon.requests
    # In a usual beacon no list is near its limit; here that is found out without a call.
    if (
        beacon.errors is not None
        or beacon.events is not None
        or (requests is not None and len(requests) > MOST_REQUESTS)
        or (attributes is not None and len(attributes) > MOST_ATTRIBUTES)
        or (vitals is not None and vitals.attribution is not None and len(vitals.attribution) > MOST_ATTRIBUTES)
    ):
        dropped = _limit_items(beacon)
        if dropped is not None:
            return dropped
    started_at = beacon.started_at
    if started_at is None or arrival.received_at_ms - started_at < _USUAL_AGE_MS:
        return None
    return _limit_age(arrival, beacon, started_at)


def _limit_items(beacon: Beacon) -> Dropped | None:
    if beacon.errors is not None and len(beacon.errors) > MOST_ERRORS:
        return _too_many("errors", MOST_ERRORS)
    if beacon.requests is not None and len(beacon.requests) > MOST_REQUESTS:
        return _too_many("requests", MOST_REQUESTS)
    if beacon.attributes is not None and len(beacon.attributes) > MOST_ATTRIBUTES:
        return _too_many("attributes", MOST_ATTRIBUTES)
    vitals = beacon.vitals
    if vitals is not None and vitals.attribution is not None and len(vitals.attribution) > MOST_ATTRIBUTES:
        return _too_many("vitals.attribution", MOST_ATTRIBUTES)
    if beacon.events is not None:
        if len(beacon.events) > MOST_EVENTS:
            return _too_many("events", MOST_EVENTS)
        for index, event in enumerate(beacon.events):
            if event.attributes is not None and len(event.attributes) > MOST_ATTRIBUTES:
                return _too_many(f"events[{index}].attributes", MOST_ATTRIBUTES)
    return None


def _limit_age(arrival: Arrival, beacon: Beacon, started_at: float) -> Dropped | None:
    sent_at = beacon.sent_at
    # By the sender's own clock, however wrong: sent soon after it began, and so not long before it arrived.
    if sent_at is not None and not beacon.deferred and sent_at - started_at < _USUAL_AGE_MS:
        return None
    taken = drop_too_old(beacon, received_at_ms=arrival.received_at_ms)
    if isinstance(taken, Dropped):
        return taken
    if taken:
        arrival.dropped_fields = [*arrival.dropped_fields, *taken]
    return None


def _too_many(field: str, most: int) -> Dropped:
    return Dropped(DropReason.TOO_MANY_ITEMS, f"more than {most}", field)
