"""Step 3: which pages may send. Browsers send a true Origin; a sender without one (a server, curl) is not a page."""

from __future__ import annotations

from leadline.wire import Dropped, DropReason
from leadline_collector.intake.arrival import Arrival


def check_origin(arrival: Arrival) -> Dropped | None:
    """Compares the Origin header, where there is one, with the app's."""
    origin = arrival.origin
    if origin is None or arrival.app is None or arrival.app.origins.allows(origin):
        return None
    return Dropped(DropReason.ORIGIN, f"{origin[:200].decode('latin-1')!r} is not among the app's origins", "Origin")
