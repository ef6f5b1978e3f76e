"""How many sessions did each version have, and how many views did it show them? One row per app, version and slice."""

from __future__ import annotations

from leadline.store import Store
from leadline_store.figures.experience import origin, read, slice_columns, whole
from leadline_store.figures.scope import Row, Scope


def list_sessions(store: Store, scope: Scope) -> list[Row]:
    """By app and version, then slice. A session belongs to its first view's version, a view to its own."""
    experience = read(store, scope)
    rows: list[Row] = []
    for (app, version, slice_), part in sorted(experience.parts.items()):
        of: Row = {"app": app, "service_version": version} | slice_columns(scope, slice_)
        figures: Row = {
            "sessions": whole(part.sessions),
            "crossing_sessions": whole(part.crossing_sessions),
            "crossing_ratio": part.crossing_sessions / part.sessions if part.sessions else None,
            "measured_sessions": part.measured_sessions,
            "effective_sessions": round(part.effective_sessions, 1),
            "page_views": whole(part.page_views),
            "page_views_per_session": part.page_views / part.sessions if part.sessions else None,
        }
        rows.append(of | figures | origin(experience))
    return rows
