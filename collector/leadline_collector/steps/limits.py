"""Step 4: how much, how often, how old. Lists that are too long are refused, prose that is too long is cut."""

from __future__ import annotations

from leadline.wire import Beacon, Dropped, DropReason, occurred_at_ms
from leadline.wire.placing import LATENESS_LIMIT_MS
from leadline_collector.arrival import Arrival

# The script groups errors by fingerprint and stops at about a tenth of these; a beacon is 64 kB at most in a browser.
MOST_ERRORS = 50
MOST_EVENTS = 250
MOST_REQUESTS = 250
MOST_ATTRIBUTES = 64
# A message beyond 1,024 characters is a dump; 4,096 of a stack are some 40 frames; 2,048 is what every browser's
# address bar takes.
LONGEST_MESSAGE = 1024
LONGEST_STACK = 4096
LONGEST_URL = 2048
LONGEST_NAME = 128
LONGEST_ATTRIBUTE = 1024


def limit(arrival: Arrival) -> Dropped | None:
    """Rates first, then sizes, then age."""
    collector = arrival.collector
    beacon = arrival.beacon
    if arrival.sender:
        arrival.wait_s = collector.rate_per_address.take(arrival.sender, arrival.now_s)
        if arrival.wait_s:
            return Dropped(DropReason.RATE_LIMITED, "too many requests from this address")
    if collector.rate_per_key is not None:
        arrival.wait_s = collector.rate_per_key.take(beacon.key, arrival.now_s)
        if arrival.wait_s:
            return Dropped(DropReason.RATE_LIMITED, "too many requests with this key", "key")
    return _limit_size(beacon) or _limit_age(arrival, beacon)


def _limit_size(beacon: Beacon) -> Dropped | None:
    if beacon.errors is not None:
        if len(beacon.errors) > MOST_ERRORS:
            return _too_many("errors", MOST_ERRORS)
        _cut_errors(beacon)
    if beacon.events is not None:
        if len(beacon.events) > MOST_EVENTS:
            return _too_many("events", MOST_EVENTS)
        for index, event in enumerate(beacon.events):
            if event.attributes is not None and (dropped := _limit_attributes(event.attributes, f"events[{index}].")):
                return dropped
    if beacon.requests is not None:
        if len(beacon.requests) > MOST_REQUESTS:
            return _too_many("requests", MOST_REQUESTS)
        for request in beacon.requests:
            if len(request.route) > LONGEST_URL:
                request.route = request.route[:LONGEST_URL]
    if beacon.url is not None and len(beacon.url) > LONGEST_URL:
        beacon.url = beacon.url[:LONGEST_URL]
    if beacon.route is not None and len(beacon.route) > LONGEST_URL:
        beacon.route = beacon.route[:LONGEST_URL]
    if beacon.referrer_origin is not None and len(beacon.referrer_origin) > LONGEST_URL:
        beacon.referrer_origin = beacon.referrer_origin[:LONGEST_URL]
    if beacon.vitals is not None and beacon.vitals.attribution is not None:
        dropped = _limit_attributes(beacon.vitals.attribution, "vitals.attribution", whole=True)
        if dropped:
            return dropped
    return None if beacon.attributes is None else _limit_attributes(beacon.attributes, "")


def _limit_age(arrival: Arrival, beacon: Beacon) -> Dropped | None:
    if beacon.started_at is None or arrival.received_at_ms - beacon.started_at < LATENESS_LIMIT_MS // 2:
        return None
    occurred = occurred_at_ms(
        received_at_ms=arrival.received_at_ms,
        started_at_ms=beacon.started_at,
        sent_at_ms=beacon.sent_at,
        at_ms=0,
        is_deferred=beacon.deferred,
    )
    if arrival.received_at_ms - occurred <= LATENESS_LIMIT_MS:
        return None
    return Dropped(DropReason.TOO_OLD, "the view began more than 24 h ago", "started_at")


def _cut_errors(beacon: Beacon) -> None:
    for error in beacon.errors or ():
        if len(error.message) > LONGEST_MESSAGE:
            error.message = error.message[:LONGEST_MESSAGE]
        if error.stack is not None and len(error.stack) > LONGEST_STACK:
            error.stack = error.stack[:LONGEST_STACK]
        if error.source is not None and len(error.source) > LONGEST_URL:
            error.source = error.source[:LONGEST_URL]
        if len(error.error_type) > LONGEST_NAME:
            error.error_type = error.error_type[:LONGEST_NAME]


def _limit_attributes(
    attributes: dict[str, str | float | bool] | dict[str, str | float], place: str, *, whole: bool = False
) -> Dropped | None:
    field = place if whole else f"{place}attributes"
    if len(attributes) > MOST_ATTRIBUTES:
        return _too_many(field, MOST_ATTRIBUTES)
    for name, attribute in attributes.items():
        if len(name) > LONGEST_NAME:
            return Dropped(DropReason.INVALID_FIELD, f"a name is longer than {LONGEST_NAME} characters", field)
        if isinstance(attribute, str) and len(attribute) > LONGEST_ATTRIBUTE:
            attributes[name] = attribute[:LONGEST_ATTRIBUTE]
    return None


def _too_many(field: str, most: int) -> Dropped:
    return Dropped(DropReason.TOO_MANY_ITEMS, f"more than {most}", field)
