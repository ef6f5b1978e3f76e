"""The whole distribution of each vital per version, for a drawing (leadline/store/experience/distributions.py)."""

from __future__ import annotations

from leadline.store import Store
from leadline.store.experience import Asked
from leadline.store.experience.distributions import read_distributions
from leadline_store.figures.experience import whole
from leadline_store.figures.scope import Row, Scope


def list_distributions(store: Store, scope: Scope) -> list[Row]:
    """Rows of app, version, vital, low, high and count; empty bins are left out."""
    asked = Asked(since=scope.since, app=scope.app, versions=scope.versions, with_synthetic=scope.with_synthetic)
    return [
        {
            "app": one.app,
            "service_version": one.service_version,
            "vital": one.vital,
            "low": one.low,
            "high": one.high,
            "count": whole(one.weight),
        }
        for one in read_distributions(store, asked)
    ]
