"""What did users of each version experience? One row per app and version, every figure with its n and interval."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leadline.analysis import estimate_quantiles, estimate_rate, group_of
from leadline.store import Store, ask
from leadline_store.figures.kpis import list_kpis
from leadline_store.figures.scope import NO_VERSION, Row, Scope, as_rows

VITALS = ("lcp_ms", "inp_ms", "cls", "fcp_ms", "ttfb_ms")


def compare_vitals(store: Store, scope: Scope) -> list[Row]:
    """Rows ordered by app, then page views, most first. A version that was asked for and has none stands with zeros."""
    views = ask(store, "page_views_by_session", **scope.parameters)
    vitals = ask(store, "vitals_by_version", **scope.parameters)
    sessions = {_key(row): row for row in as_rows(ask(store, "sessions_by_version", **scope.parameters))}
    registered = {_key(row) for row in as_rows(ask(store, "registered_versions", app=scope.app))}
    kpis: dict[tuple[str, str], Row] = {}
    for kpi in list_kpis(store, scope):
        if kpi["is_kpi"]:
            kpis.setdefault(_key(kpi), {}).update(_kpi_columns(kpi))
    rows = []
    for key in sorted({*_keys(views), *sessions, *_asked_for(scope)}):
        row: Row = {"app": key[0], "service_version": key[1], "is_registered": key in registered}
        row |= _errors(_of(views, key))
        row["sessions"] = sessions.get(key, {}).get("sessions", 0)
        row["crossing_sessions"] = sessions.get(key, {}).get("crossing_sessions", 0)
        mine = _of(vitals, key)
        for vital in VITALS:
            row |= _quantiles(mine, vital)
        rows.append(row | kpis.get(key, {}))
    return sorted(rows, key=lambda row: (row["app"], -row["page_views"], row["service_version"]))


def _errors(views: pa.Table) -> Row:
    total = views["page_views"].to_numpy()
    broken = views["page_views_with_error"].to_numpy()
    rate = estimate_rate(broken, total)
    return {
        "page_views": rate.n,
        "page_views_with_error": int(broken.sum()),
        "errors": int(views["errors"].to_numpy().sum()),
        "error_ratio": rate.ratio,
        "error_low_ratio": rate.low,
        "error_high_ratio": rate.high,
        "error_is_enough": rate.is_enough,
    }


def _quantiles(vitals: pa.Table, vital: str) -> Row:
    name, _, unit = vital.partition("_")
    end = f"_{unit}" if unit else ""
    known = vitals.filter(pc.is_valid(vitals[vital]))
    groups = group_of(known["session_id"].to_numpy(zero_copy_only=False))
    row: Row = {f"{name}_n": known.num_rows}
    is_enough = False
    for estimate in estimate_quantiles(known[vital].to_numpy().astype(np.float64), groups):
        at = f"{name}_p{round(estimate.quantile * 100)}"
        row |= {f"{at}{end}": estimate.value, f"{at}_low{end}": estimate.low, f"{at}_high{end}": estimate.high}
        is_enough = estimate.is_enough if estimate.quantile == 0.75 else is_enough
    # p75 is the quantile by which Web Vitals are judged (web.dev/articles/vitals)
    return row | {f"{name}_is_enough": is_enough}


def _kpi_columns(row: Row) -> Row:
    at = f"kpi_{row['name']}"
    return {
        f"{at}_events": row["events"],
        f"{at}_sessions": row["sessions_with_event"],
        f"{at}_value_sum": row["value_sum"],
        f"{at}_ratio": row["session_ratio"],
        f"{at}_low_ratio": row["session_low_ratio"],
        f"{at}_high_ratio": row["session_high_ratio"],
        f"{at}_is_enough": row["is_enough"],
    }


def _asked_for(scope: Scope) -> Iterator[tuple[str, str]]:
    if scope.app is not None:
        yield from ((scope.app, version) for version in scope.versions or ())


def _key(row: Row) -> tuple[str, str]:
    return row["app"], row["service_version"] or NO_VERSION


def _keys(table: pa.Table) -> set[tuple[str, str]]:
    return {
        _key(row)
        for row in table.select(["app", "service_version"])
        .group_by(["app", "service_version"])
        .aggregate([])
        .to_pylist()
    }


def _of(table: pa.Table, key: tuple[str, str]) -> pa.Table:
    return table.filter((pc.field("app") == key[0]) & (pc.field("service_version") == key[1]))
