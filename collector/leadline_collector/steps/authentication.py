"""Step 2: finds the app. Write keys are public; they route and can be revoked, but protect nothing."""

from __future__ import annotations

from leadline.wire import Dropped, DropReason
from leadline_collector.intake.arrival import Arrival

_OFF = Dropped(DropReason.APP_OFF)
_UNKNOWN = Dropped(DropReason.UNKNOWN_KEY, "no app has this key", "key")
_REVOKED = Dropped(DropReason.KEY_REVOKED, "this key was revoked", "key")


def authenticate(arrival: Arrival) -> Dropped | None:
    """Finds the app by the beacon's key."""
    policy = arrival.collector.policy
    key = arrival.beacon.key
    app = policy.apps.get(key)
    if app is None:
        arrival.app = policy.revoked.get(key)
        return _UNKNOWN if arrival.app is None else _REVOKED
    arrival.app = app
    return None if app.is_on else _OFF
