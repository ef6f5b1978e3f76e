"""When each app's pages last sent a beacon, and how long the silences before were."""

from __future__ import annotations

from datetime import UTC

from leadline.store import Store, ask
from leadline.storeclient.questions import BeaconsAsked, BeaconsHeard


def list_beacons_heard(store: Store, asked: BeaconsAsked) -> list[BeaconsHeard]:
    """One per app that sent anything."""
    since, at = (one.astimezone(UTC).replace(tzinfo=None) for one in (asked.since, asked.at))
    return [
        BeaconsHeard(
            app=row["app"],
            first_at=row["first_at"].replace(tzinfo=UTC),
            last_at=row["last_at"].replace(tzinfo=UTC),
            longest_gap_s=row["longest_gap_s"],
        )
        for row in ask(store, "beacons_heard", since=since, at=at, apps=asked.apps).to_pylist()
    ]
