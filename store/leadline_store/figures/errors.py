"""Which errors affect users? One row per app, fingerprint and version, most views first."""

from __future__ import annotations

from leadline.store import Store
from leadline.store.experience.shares import read_errors
from leadline_store.figures.experience import asked_of, origin
from leadline_store.figures.scope import Row, Scope, with_zones

# More groups than anybody reads; SQL has no such limit.
MAX_GROUPS = 500


def list_errors(store: Store, scope: Scope) -> list[Row]:
    """At most 500 rows."""
    found = read_errors(store, asked_of(scope), row_limit=MAX_GROUPS)
    return [with_zones(row) | origin(found) for row in found.rows]
