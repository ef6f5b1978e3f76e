"""Which share of each version's sessions did what the business lives on? One row per app, version and event name."""

from __future__ import annotations

from leadline.analysis import estimate_session_rate
from leadline.store import Store, ask
from leadline_store.figures.scope import Row, Scope, as_rows


def list_kpis(store: Store, scope: Scope) -> list[Row]:
    """Every version with sessions has a row for each configured KPI, with zero events too: absence is a figure."""
    found = {_key(row): row for row in as_rows(ask(store, "kpis_by_version", **scope.parameters))}
    rows = []
    for owner in as_rows(ask(store, "sessions_by_version", **scope.parameters)):
        app, version, sessions = owner["app"], owner["service_version"], owner["sessions"]
        configured = scope.kpis.get(app, [])
        caused = [name for a, v, name in found if (a, v) == (app, version)]
        rows += [
            _row(found.get((app, version, name)), app, version, name, sessions, name in configured)
            for name in dict.fromkeys([*configured, *sorted(caused)])
        ]
    return sorted(rows, key=lambda row: (row["app"], not row["is_kpi"], row["name"], row["service_version"]))


def _row(found: Row | None, app: str, version: str, name: str, sessions: int, is_kpi: bool) -> Row:
    hits = found["sessions_with_event"] if found else 0
    rate = estimate_session_rate(hits=hits, sessions=sessions)
    return {
        "app": app,
        "service_version": version,
        "name": name,
        "is_kpi": is_kpi,
        "events": found["events"] if found else 0,
        "sessions": sessions,
        "sessions_with_event": hits,
        "session_ratio": rate.ratio,
        "session_low_ratio": rate.low,
        "session_high_ratio": rate.high,
        "is_enough": rate.is_enough,
        "value_sum": found["value_sum"] if found else None,
        "value_mean": found["value_mean"] if found else None,
    }


def _key(row: Row) -> tuple[str, str, str]:
    return row["app"], row["service_version"], row["name"]
