"""How recent an app's signals are, and which routes no journey visits: the data of `leadline doctor`."""

from __future__ import annotations

from datetime import UTC, timedelta

from leadline.store import Store, ask
from leadline.storeclient.isolation import IsolationAsked
from leadline.storeclient.readiness import AppSeen, ReadinessAsked, RouteCoverage
from leadline_store.figures.isolation import compare_with_runs
from leadline_store.figures.scope import as_rows

__all__ = ["look_at_app"]


def look_at_app(store: Store, asked: ReadinessAsked) -> AppSeen:
    """One app as of `asked.at`."""
    at = asked.at.astimezone(UTC).replace(tzinfo=None)
    kind, _, name = (asked.saturation or "").partition(":")
    [seen] = as_rows(
        ask(
            store,
            "readiness_by_app",
            app=asked.app,
            at=at,
            kpis=asked.kpis,
            saturation_event=name if kind == "event" else "",
            saturation_check=name if kind == "check" else "",
        )
    )
    routes = [RouteCoverage(**row) for row in as_rows(ask(store, "coverage_by_route", app=asked.app, at=at))]
    day = IsolationAsked(apps=[asked.app], since=asked.at - timedelta(days=1), at=asked.at)
    [isolation] = compare_with_runs(store, day)
    return AppSeen(**seen, routes=routes, isolation=isolation)
