"""Which versions are there? Seen by users, registered by a deployment or a probe, or both."""

from __future__ import annotations

from leadline.store import Store, ask
from leadline_store.figures.scope import Row, Scope, as_rows


def list_versions(store: Store, scope: Scope) -> list[Row]:
    """One row per app and version, newest first."""
    return as_rows(ask(store, "versions", since=scope.parameters["since"], app=scope.app))
