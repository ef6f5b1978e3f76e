"""Step 6: marks synthetic traffic; drops bots and sessions outside the sample if the app says so."""

from __future__ import annotations

from zlib import crc32

from leadline.wire import Dropped, DropReason
from leadline_collector.intake.arrival import Arrival

# W3C baggage as our probes send it, after OpenTelemetry's `user_agent.synthetic.type`.
_BAGGAGE_MARK = b"synthetic"
_SAMPLED = Dropped(DropReason.SAMPLED)


def mark(arrival: Arrival) -> Dropped | None:
    """Sets `arrival.synthetic`: by the beacon's own field, the headers of a probe, or the user agent."""
    app = arrival.app
    headers = arrival.headers
    if (
        arrival.beacon.synthetic is not None
        or (b"x-leadline-synthetic" in headers and headers[b"x-leadline-synthetic"] == b"1")
        or (b"baggage" in headers and _BAGGAGE_MARK in headers[b"baggage"])
    ):
        arrival.synthetic = "test"
        return None
    synthetic = arrival.synthetic = arrival.agent.synthetic
    if app is None:
        return None
    if synthetic == "bot":
        arrival.collector.counts.see_crawler(app.name, arrival.agent.crawler)
        if app.drops_bots:
            return Dropped(DropReason.BOT, arrival.agent.crawler, "User-Agent")
    if app.sample_ratio < 1.0 and synthetic != "test" and not _is_in_sample(arrival, app.sample_ratio):
        return _SAMPLED
    return None


def _is_in_sample(arrival: Arrival, ratio: float) -> bool:
    """By session, so that a session is in or out as a whole, in every worker and after every restart."""
    beacon = arrival.beacon
    return crc32((beacon.session_id or beacon.page_view_id).encode()) < ratio * 2**32
