"""Which versions are there? Seen by users, registered by a deployment or a probe, or both."""

from __future__ import annotations

from leadline.store import Store
from leadline.store.experience.asked import HOUR, Asked, floor_to
from leadline.store.experience.source_choice import choose, read_state
from leadline.store.snapshots import take_snapshot
from leadline_store.figures.experience import aware
from leadline_store.figures.scope import Row, Scope, as_rows


def list_versions(store: Store, scope: Scope) -> list[Row]:
    """One row per app and version, newest first. Where there are many views, they are counted from rollups."""
    asked = Asked(since=scope.since, app=scope.app)
    with take_snapshot(store) as snapshot:
        state = read_state(snapshot, asked)
        source = choose(state)
        is_rolled = source == "rollups"
        since = floor_to(asked.since_utc, HOUR) if is_rolled else asked.since_utc
        rows = as_rows(snapshot.ask("versions", since=since, app=scope.app, from_rollups=is_rolled))
    as_of = state.rolled_at if is_rolled else state.loaded_at
    said = {"source": source, "as_of_at": aware(as_of), "since_at": aware(since) if is_rolled else None}
    return [row | said for row in rows]
