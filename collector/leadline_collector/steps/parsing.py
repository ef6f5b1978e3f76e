"""Step 1: the bytes become a typed beacon."""

from __future__ import annotations

from leadline.wire import Dropped, decode_beacon, find_nul
from leadline_collector.arrival import Arrival


def parse(arrival: Arrival) -> Dropped | None:
    """Decodes `arrival.body`; the request's own key serves a beacon without one."""
    body = arrival.body
    decoded = decode_beacon(body, arrival.key)
    if isinstance(decoded, Dropped):
        return decoded
    arrival.beacon = decoded
    if not isinstance(body, bytes):
        body = bytes(body)
    # Most bodies have no escape at all, which one byte tells in a tenth of the time.
    if b"\\" in body and b"\\u0000" in body:
        return find_nul(decoded)
    return None
