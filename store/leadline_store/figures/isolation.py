"""Whether synthetic traffic counts among real users' figures: every view of ours must be marked."""

from __future__ import annotations

from datetime import UTC

from leadline.store import Store, ask
from leadline.storeclient.isolation import AppIsolation, IsolationAsked
from leadline_store.figures.scope import as_rows

__all__ = ["compare_with_runs"]


def compare_with_runs(store: Store, asked: IsolationAsked) -> list[AppIsolation]:
    """One per requested app."""
    since, at = (one.astimezone(UTC).replace(tzinfo=None) for one in (asked.since, asked.at))
    return [AppIsolation(**row) for row in as_rows(ask(store, "isolation", since=since, at=at, apps=asked.apps))]
