"""Versions side by side for the dashboard: per metric and version a figure, its interval, n, bins. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from leadline.storeclient import Row

# web.dev/articles/vitals: the five that our beacon measures, with their common names.
LABELS = {
    "lcp_ms": "Largest contentful paint",
    "inp_ms": "Interaction to next paint",
    "cls": "Layout shift",
    "fcp_ms": "First contentful paint",
    "ttfb_ms": "Time to first byte",
}
# The minimum of leadline/analysis: below 30 sessions there is no interval.
FLOOR = 30


def choose_versions(rows: Sequence[Row], asked: Sequence[str]) -> list[str]:
    """The requested versions; else the two latest that real users saw, older first (baseline, then canary).

    As for a verdict, the two that were registered last if there are two: a version that nobody registered (an old tab,
    a robot with a made-up one) does not push itself in between.
    """
    if asked:
        return list(asked)
    viewed = [row for row in rows if row["page_views"]]
    registered = [row for row in viewed if row["is_registered"]]
    if len(registered) >= 2:
        viewed = sorted(registered, key=lambda row: row["registered_at"], reverse=True)
    return [row["service_version"] for row in reversed(viewed[:2])]


def compare(
    app: str, chosen: Sequence[str], vitals: Sequence[Row], bins: Sequence[Row], cohorts: dict[str, str | None]
) -> list[dict[str, Any]]:
    """One entry per metric: the error ratio, each KPI, then each vital."""
    mine = {row["service_version"]: row for row in vitals if row["app"] == app}
    rows = [mine[version] for version in chosen if version in mine]
    metrics = [_ratio_metric("errors", "Page views with an error", "error", rows, cohorts, better="lower")]
    metrics += [
        _ratio_metric(f"kpi:{kpi}", f"Sessions with {kpi}", f"kpi_{kpi}", rows, cohorts, better="higher")
        for kpi in _kpis(rows)
    ]
    for vital, label in LABELS.items():
        metrics.append(
            {
                "metric": vital,
                "label": label,
                "unit": "score" if vital == "cls" else "ms",
                "better": "lower",
                "versions": [_vital_figures(vital, row, bins, cohorts) for row in rows],
            }
        )
    return metrics


def _kpis(rows: Iterable[Row]) -> list[str]:
    names = [key[4:-6] for row in rows for key in row if key.startswith("kpi_") and key.endswith("_ratio")]
    return [name for name in dict.fromkeys(names) if not name.endswith(("_low", "_high"))]


def _ratio_metric(
    metric: str, label: str, at: str, rows: Sequence[Row], cohorts: dict[str, str | None], *, better: str
) -> dict[str, Any]:
    versions = []
    for row in rows:
        n = row["sessions"] if metric.startswith("kpi:") else row["page_views"]
        versions.append(
            _figures(row, cohorts, n=n, is_enough=bool(row.get(f"{at}_is_enough")))
            | {"ratio": _figure(row.get(f"{at}_ratio"), row.get(f"{at}_low_ratio"), row.get(f"{at}_high_ratio"))}
        )
    return {"metric": metric, "label": label, "unit": "ratio", "better": better, "versions": versions}


def _vital_figures(vital: str, row: Row, bins: Sequence[Row], cohorts: dict[str, str | None]) -> dict[str, Any]:
    name, _, unit = vital.partition("_")
    end = f"_{unit}" if unit else ""
    figures = _figures(row, cohorts, n=row[f"{name}_n"], is_enough=bool(row[f"{name}_is_enough"]))
    for quantile in ("p50", "p75", "p95"):
        at = f"{name}_{quantile}"
        figures[quantile] = _figure(row[f"{at}{end}"], row[f"{at}_low{end}"], row[f"{at}_high{end}"])
    figures["bins"] = [
        [one["low"], one["high"], one["count"]]
        for one in bins
        if (one["app"], one["service_version"], one["vital"]) == (row["app"], row["service_version"], vital)
    ]
    return figures


def _figures(row: Row, cohorts: dict[str, str | None], *, n: int, is_enough: bool) -> dict[str, Any]:
    return {
        "service_version": row["service_version"],
        "cohort": cohorts.get(row["service_version"]),
        "is_registered": row["is_registered"],
        "n": n,
        "sessions": row["sessions"],
        "is_enough": is_enough,
        "needed": FLOOR,
        "p50": None,
        "p75": None,
        "p95": None,
        "ratio": None,
        "bins": [],
    }


def _figure(value: float | None, low: float | None, high: float | None) -> dict[str, float | None]:
    return {"value": value, "low": low, "high": high}
