"""How long did the requests of pages take, and how many failed? One row per app, version, method and route."""

from __future__ import annotations

from leadline.analysis.quantiles import QUANTILES
from leadline.store import Store
from leadline.store.experience import Asked
from leadline.store.experience.requests import RequestPart, read_requests
from leadline_store.figures.experience import origin, whole
from leadline_store.figures.scope import Row, Scope


def list_requests(store: Store, scope: Scope) -> list[Row]:
    """By app, then route and method, then version, so that versions of a route stand side by side."""
    asked = Asked(since=scope.since, app=scope.app, versions=scope.versions, with_synthetic=scope.with_synthetic)
    found = read_requests(store, asked)
    rows = [
        {"app": app, "service_version": version, "method": method, "route": route} | _figures(part) | origin(found)
        for (app, version, method, route), part in found.parts.items()
    ]
    return sorted(rows, key=lambda row: (row["app"], row["route"], row["method"] or "", row["service_version"]))


def _figures(part: RequestPart) -> Row:
    rate = part.failed_rate
    estimates = {estimate.quantile: estimate for estimate in part.durations}
    row: Row = {
        "requests": whole(part.requests),
        "requests_failed": whole(part.failed),
        "failed_ratio": rate.ratio,
        "failed_low_ratio": rate.low,
        "failed_high_ratio": rate.high,
        "failed_is_enough": rate.is_enough,
        "measured_requests": part.measured,
    }
    for quantile in QUANTILES:
        found, at = estimates.get(quantile), f"duration_p{round(quantile * 100)}"
        row[f"{at}_ms"] = found.value if found else None
        row[f"{at}_low_ms"] = found.low if found else None
        row[f"{at}_high_ms"] = found.high if found else None
    row["duration_is_enough"] = 0.75 in estimates and estimates[0.75].is_enough
    return row
