"""Which share of each version's sessions had a business event? One row per app, version and event name."""

from __future__ import annotations

from leadline.analysis import estimate_weighted_session_rate
from leadline.store import Store
from leadline.store.experience import Experience, Kpi, Part
from leadline_store.figures.experience import origin, read, slice_columns, whole
from leadline_store.figures.scope import Row, Scope


def list_kpis(store: Store, scope: Scope) -> list[Row]:
    """Every version with sessions has a row for each configured KPI, even with zero events."""
    experience = read(store, scope)
    rows = []
    for (app, version, slice_), part in experience.parts.items():
        of: Row = {"app": app, "service_version": version} | slice_columns(scope, slice_)
        rows += [of | row | origin(experience) for row in kpi_rows(part, scope.kpis.get(app, []))]
    by_slice = [*slice_columns(scope, "2000-01-01")]
    return sorted(rows, key=lambda row: (
        row["app"], not row["is_kpi"], row["name"], *(str(row[name]) for name in by_slice), row["service_version"],
    ))  # fmt: skip


def kpi_rows(part: Part, configured: list[str]) -> list[Row]:
    """The figures of a version's events, configured ones first; null where a version without sessions has none."""
    if not part.sessions and not part.measured_sessions and not part.kpis:
        return []
    return [
        _row(part.kpis.get(name), part, name, name in configured)
        for name in dict.fromkeys([*configured, *sorted(part.kpis)])
    ]


def _row(found: Kpi | None, part: Part, name: str, is_kpi: bool) -> Row:
    sessions = part.effective_sessions
    rate = found.rate if found else estimate_weighted_session_rate(
        hits=0.0, total=sessions, squared_hits=0.0, squared_total=sessions, sessions=part.measured_sessions
    )  # fmt: skip
    events = found.events if found else 0.0
    value_sum = found.value_sum if found else None
    return {
        "name": name,
        "is_kpi": is_kpi,
        "events": whole(events),
        "sessions": whole(part.sessions),
        "sessions_with_event": whole(found.sessions) if found else 0,
        "session_ratio": rate.ratio,
        "session_low_ratio": rate.low,
        "session_high_ratio": rate.high,
        "is_enough": rate.is_enough,
        "effective_sessions": round(rate.effective_n, 1),
        "value_sum": value_sum,
        "value_mean": value_sum / events if value_sum is not None and events else None,
    }


__all__ = ["Experience", "kpi_rows", "list_kpis"]
