"""What did users of each version experience? One row per app and version, every figure with its n and interval.

Cut by time (a series) or by one dimension, one row more for each span or value.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from leadline.analysis.quantiles import QUANTILES
from leadline.store import Store, ask
from leadline.store.experience import Experience, Part
from leadline.store.experience.asked import floor_to
from leadline.store.experience.parts import VITALS
from leadline_store.figures.experience import aware, origin, read, slice_columns, whole
from leadline_store.figures.kpis import kpi_rows
from leadline_store.figures.scope import Row, Scope, as_rows


def compare_vitals(store: Store, scope: Scope) -> list[Row]:
    """Rows ordered by app, then page views, most first; a series by app, version and time.

    A requested version without views has zeros; in a series, also a span in which a version was deployed.
    """
    experience = read(store, scope)
    registered = {
        (row["app"], row["service_version"]) for row in as_rows(ask(store, "registered_versions", app=scope.app))
    }
    deployed = _deployments(store, scope, experience) if scope.every_s is not None else {}
    keys = {*experience.parts, *deployed} | ({*_asked_for(scope)} if scope.every_s is None and not scope.by else set())
    rows = []
    for app, version, slice_ in keys:
        part = experience.parts.get((app, version, slice_), Part())
        row: Row = {"app": app, "service_version": version} | slice_columns(scope, slice_)
        row |= {"is_registered": (app, version) in registered}
        row |= _counts(part) | _vitals(part, scope.vitals or VITALS) | _kpis(part, scope.kpis.get(app, []))
        if scope.every_s is not None:
            row["deployed_at"] = deployed.get((app, version, slice_))
        rows.append(row | origin(experience))
    if scope.every_s is not None:
        return sorted(rows, key=lambda row: (row["app"], row["service_version"], row["starts_at"]))
    by = scope.by or ""
    return sorted(rows, key=lambda row: (row["app"], -row["page_views"], row["service_version"], str(row.get(by))))


def _counts(part: Part) -> Row:
    rate = part.error_rate
    return {
        "page_views": whole(part.page_views),
        "page_views_with_error": whole(part.page_views_with_error),
        "errors": whole(part.errors),
        "harmless_errors": whole(part.harmless_errors),
        "error_ratio": rate.ratio,
        "error_low_ratio": rate.low,
        "error_high_ratio": rate.high,
        "error_is_enough": rate.is_enough,
        "measured_page_views": part.measured_page_views,
        "effective_page_views": round(rate.effective_n, 1),
        "sessions": whole(part.sessions),
        "crossing_sessions": whole(part.crossing_sessions),
    }


def _vitals(part: Part, wanted: Sequence[str]) -> Row:
    row: Row = {}
    for vital in wanted:
        name, _, unit = vital.partition("_")
        end = f"_{unit}" if unit else ""
        estimates = {estimate.quantile: estimate for estimate in part.vitals.get(vital, ())}
        row[f"{name}_n"] = max((estimate.n for estimate in estimates.values()), default=0)
        for quantile in QUANTILES:
            found = estimates.get(quantile)
            at = f"{name}_p{round(quantile * 100)}"
            row[f"{at}{end}"] = found.value if found else None
            row[f"{at}_low{end}"] = found.low if found else None
            row[f"{at}_high{end}"] = found.high if found else None
        # p75 is the quantile by which Web Vitals are judged (web.dev/articles/vitals)
        row[f"{name}_is_enough"] = 0.75 in estimates and estimates[0.75].is_enough
        row[f"{name}_effective_n"] = round(max((one.effective_n for one in estimates.values()), default=0.0), 1)
    return row


def _kpis(part: Part, configured: list[str]) -> Row:
    row: Row = {}
    for kpi in kpi_rows(part, configured):
        if kpi["is_kpi"]:
            at = f"kpi_{kpi['name']}"
            row |= {
                f"{at}_events": kpi["events"],
                f"{at}_sessions": kpi["sessions_with_event"],
                f"{at}_value_sum": kpi["value_sum"],
                f"{at}_ratio": kpi["session_ratio"],
                f"{at}_low_ratio": kpi["session_low_ratio"],
                f"{at}_high_ratio": kpi["session_high_ratio"],
                f"{at}_is_enough": kpi["is_enough"],
            }
    return row


def _asked_for(scope: Scope) -> Iterator[tuple[str, str, str]]:
    if scope.app is not None:
        yield from ((scope.app, version, "") for version in scope.versions or ())


def _deployments(store: Store, scope: Scope, experience: Experience) -> dict[tuple[str, str, str], datetime | None]:
    """The first deployment of a version in each span, by the span's key."""
    span = timedelta(seconds=scope.every_s or 3600)
    found: dict[tuple[str, str, str], datetime | None] = {}
    parameters = {"since": experience.since, "app": scope.app, "versions": scope.versions}
    for row in ask(store, "deployments_since", **parameters).to_pylist():
        starts_at = floor_to(row["deployed_at"], span)
        key = (row["app"], row["service_version"], starts_at.strftime("%Y-%m-%dT%H:%M:%SZ"))
        found.setdefault(key, aware(row["deployed_at"]))
    return found
