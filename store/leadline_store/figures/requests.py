"""How long did the requests of pages take, and how many failed? One row per app, version, method and route."""

from __future__ import annotations

from leadline.analysis.quantiles import QUANTILES
from leadline.store import Store
from leadline.store.experience.requests import RequestKey, RequestPart, read_requests
from leadline_store.figures.experience import asked_of, origin, slice_columns, whole
from leadline_store.figures.scope import Row, Scope


def list_requests(store: Store, scope: Scope) -> list[Row]:
    """By app, then route and method, then version, so that versions of a route stand side by side; then by slice."""
    found = read_requests(store, asked_of(scope))
    return [
        {"app": app, "service_version": version, "method": method, "route": route}
        | _slice(scope, slice_)
        | _figures(part)
        | origin(found)
        for (app, version, method, route, slice_), part in sorted(found.parts.items(), key=_place)
    ]


def _place(item: tuple[RequestKey, RequestPart]) -> tuple[str, ...]:
    app, version, method, route, slice_ = item[0]
    return app, route, method or "", version, slice_


def _slice(scope: Scope, value: str) -> Row:
    """The page's route has another column name than that of the request."""
    return {"page_route": value} if scope.by == "route" else slice_columns(scope, value)


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
