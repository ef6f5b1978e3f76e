"""Step 1: the bytes become a typed beacon."""

from __future__ import annotations

from leadline.wire import Dropped, DropReason, decode_beacon, decode_leniently, find_nul
from leadline_collector.intake.arrival import Arrival


def parse(arrival: Arrival) -> Dropped | None:
    """Decodes `arrival.body`; the request's own key serves a beacon without one. One bad figure costs only itself."""
    body = arrival.body
    decoded = decode_beacon(body, arrival.key)
    if isinstance(decoded, Dropped):
        if decoded.reason is not DropReason.INVALID_FIELD:
            return decoded
        mended, taken = decode_leniently(body, arrival.key)
        if isinstance(mended, Dropped) or not taken:
            return decoded
        decoded = mended
        arrival.dropped_fields = taken
    arrival.beacon = decoded
    if not isinstance(body, bytes):
        body = bytes(body)
    # Most bodies have no escape at all, which one byte tells in a tenth of the time.
    if b"\\" in body and b"\\u0000" in body:
        return find_nul(decoded)
    return None
