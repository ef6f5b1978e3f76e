"""Has anything arrived from an app's pages, and does it contain what a verdict needs?"""

from __future__ import annotations

from leadline.store import Store, ask
from leadline_store.figures.scope import Row, Scope, as_rows


def list_listening(store: Store, scope: Scope) -> list[Row]:
    """One row per app that sent anything."""
    return as_rows(ask(store, "listening_by_app", since=scope.parameters["since"], app=scope.app))
