"""Which mistakes hit users? One row per app, fingerprint and version, the most views first."""

from __future__ import annotations

from leadline.store import Store, ask
from leadline_store.figures.scope import Row, Scope, as_rows

# More groups than anybody reads; the SQL door has no such limit.
MAX_GROUPS = 500


def list_errors(store: Store, scope: Scope) -> list[Row]:
    """At most 500 rows."""
    return as_rows(ask(store, "errors_by_fingerprint", row_limit=MAX_GROUPS, **scope.parameters))
