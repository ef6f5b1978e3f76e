"""How did journeys and checks do? One row per name, cohort, location and the version that served them."""

from __future__ import annotations

from leadline.store import Store, ask
from leadline_store.figures.scope import Row, Scope, as_rows


def list_journeys(store: Store, scope: Scope) -> list[Row]:
    """Rows ordered by app, kind and name."""
    return as_rows(ask(store, "journeys_by_version", since=scope.parameters["since"], app=scope.app))
