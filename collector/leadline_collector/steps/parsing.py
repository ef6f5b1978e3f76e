"""Step 1: the bytes become a typed beacon."""

from __future__ import annotations

import msgspec

from leadline.wire import Beacon, Dropped, DropReason, decode_beacon, decode_leniently
from leadline_collector.intake.arrival import Arrival


def parse(arrival: Arrival) -> Dropped | None:
    """Decodes `arrival.body`; the request's own key is used for a beacon without one. One bad value does not affect
    the rest.
    """
    body = arrival.body
    decoded = decode_beacon(body, arrival.key)
    # Most bodies have no escape at all, which one byte tells in a tenth of the time.
    if body.__class__ is bytes and b"\\" not in body and isinstance(decoded, Beacon):
        arrival.beacon = decoded
        return None
    if _may_be_mended(decoded, body):
        mended, taken = decode_leniently(body, arrival.key)
        if isinstance(mended, Dropped):
            return decoded if isinstance(decoded, Dropped) else mended
        if taken:
            decoded = mended
            arrival.dropped_fields = taken
    if isinstance(decoded, Dropped):
        return decoded
    arrival.beacon = decoded
    return None


def _may_be_mended(decoded: Beacon | Dropped, body: bytes | msgspec.Raw) -> bool:
    """A figure out of bounds, a NUL, half of a surrogate pair: the last two are written as escapes."""
    if isinstance(decoded, Dropped) and decoded.reason is DropReason.INVALID_FIELD:
        return True
    plain = body if isinstance(body, bytes) else bytes(body)
    return (b"\\u" if isinstance(decoded, Dropped) else b"\\u0000") in plain
