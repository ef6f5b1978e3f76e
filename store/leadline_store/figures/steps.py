"""How long did each step of each journey take? One row per app, journey, step and the version that served it."""

from __future__ import annotations

from leadline.store import Store, ask
from leadline_store.figures.scope import Row, Scope, as_rows


def list_steps(store: Store, scope: Scope) -> list[Row]:
    """Rows in the order of the steps."""
    return as_rows(ask(store, "steps_by_version", since=scope.parameters["since"], app=scope.app))
