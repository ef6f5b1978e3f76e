"""Step 7: the beacon goes to the log; `arrival.committed` says when it is on disk."""

from __future__ import annotations

from leadline.errors import LogUnavailable
from leadline.wire import Dropped, DropReason, LoggedBeacon, encode_logged
from leadline_collector.intake.arrival import Arrival


def append(arrival: Arrival) -> Dropped | None:
    """Encodes the record and passes it to the group commit."""
    collector = arrival.collector
    app = arrival.app
    if app is None or collector.disk.refusal:
        return Dropped(DropReason.LOG_UNAVAILABLE, collector.disk.refusal)
    logged = LoggedBeacon(
        app=app.name,
        environment=app.environment,
        received_at_ms=arrival.received_at_ms,
        beacon=arrival.beacon,
        synthetic=arrival.synthetic,
        user_agent=arrival.agent.text,
        network=collector.addresses.cut(arrival.sender) if arrival.sender else "",
        country=arrival.country,
        client=arrival.client,
        sample_ratio=1.0 if arrival.synthetic == "test" else app.sample_ratio,
    )
    try:
        arrival.committed = collector.log.append(encode_logged(logged))
    except LogUnavailable as error:
        return Dropped(DropReason.LOG_UNAVAILABLE, error.message)
    return None
