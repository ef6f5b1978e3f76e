"""A made-up day of a shop, as the documented tables: what somebody else would import, or a store would hold.

Seeded. Sessions of several views, a daily curve, heavy-tailed vitals, conversion that differs by device and drifts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

DAY_S = 86_400
DEVICES = np.array(["desktop", "mobile", "tablet"])


@dataclass(frozen=True, kw_only=True)
class Day:
    """A healthy day; a story changes what it is about."""

    begins: datetime = datetime(2026, 11, 20)  # noqa: DTZ001  # as the tables have times: UTC without a zone
    sessions: int = 60_000
    canary: float = 0.5  # share of sessions
    conversion: float = 0.3
    canary_conversion: float = 1.0  # ratio
    errors: float = 0.01
    canary_errors: float = 1.0
    mobile: float = 0.5
    canary_mobile: float = 0.5
    mobile_conversion: float = 0.5  # ratio to desktop's
    silent_after_s: float | None = None  # the canary's beacons stop
    drift: float = 0.3
    with_deployments: bool = True


def tables(day: Day, seed: int) -> dict[str, pa.Table]:
    """By name of the documented view, with some of its columns."""
    rng = np.random.default_rng(seed)
    began = np.sort(rng.choice(DAY_S, day.sessions, p=_curve(DAY_S)) + rng.random(day.sessions))
    is_canary = rng.random(day.sessions) < day.canary
    mobile = np.where(is_canary, day.canary_mobile, day.mobile)
    device = np.where(rng.random(day.sessions) < mobile, 1, np.where(rng.random(day.sessions) < 0.1, 2, 0))
    if day.silent_after_s is not None:
        kept = ~(is_canary & (began > day.silent_after_s))
        began, is_canary, device = began[kept], is_canary[kept], device[kept]
    n = began.size
    session = np.arange(n)
    views = np.minimum(rng.geometric(0.5, n), 6)
    owner = np.repeat(session, views)
    is_first = np.r_[True, owner[1:] != owner[:-1]]
    at = began[owner] + np.where(is_first, 0.0, rng.uniform(10, 900, owner.size))
    rate = day.conversion * (1 + day.drift * np.sin(2 * np.pi * began / DAY_S))
    rate = rate * np.where(device == 1, day.mobile_conversion, 1.0) * np.where(is_canary, day.canary_conversion, 1.0)
    has_bought = rng.random(n) < np.clip(rate, 0, 1)
    has_failed = rng.random(n) < day.errors * np.where(is_canary, day.canary_errors, 1.0)
    first = np.flatnonzero(is_first)
    buys, fails = first[has_bought], first[has_failed]
    common = _columns(day, owner, at, is_canary[owner], DEVICES[device[owner]])
    found = {
        "page_views": pa.table(common | {"last_received_at": common["received_at"]}),
        "vitals": pa.table(
            common
            | {
                "lcp_ms": rng.lognormal(7.6, 0.6, owner.size),
                "inp_ms": rng.lognormal(4.8, 0.7, owner.size),
                "cls": rng.exponential(0.05, owner.size),
                "fcp_ms": rng.lognormal(7.0, 0.5, owner.size),
                "ttfb_ms": rng.lognormal(5.5, 0.5, owner.size),
            }
        ),
        "events": pa.table(
            _at_rows(common, buys, day, at[buys] + np.minimum(rng.lognormal(5.5, 0.6, buys.size), 1500))
            | {
                "name": pa.array(["checkout_completed"] * buys.size),
                "value": rng.lognormal(3.7, 0.8, buys.size).round(2),
            }
        ),
        "errors": pa.table(
            _at_rows(common, fails, day, at[fails] + 5)
            | {
                "error_type": pa.array(["TypeError"] * fails.size),
                "message": pa.array(["x is undefined"] * fails.size),
                "count": pa.array(np.ones(fails.size, dtype=np.int64)),
            }
        ),
    }
    if day.with_deployments:
        found["deployments"] = _deployments(day)
    return found


def write_folder(day: Day, seed: int, folder: Path) -> Path:
    """Hive-partitioned Parquet, as `leadline export` writes it and `leadline import` takes it."""
    for name, table in tables(day, seed).items():
        moments = table["received_at"] if "received_at" in table.column_names else table["occurred_at"]
        days = moments.combine_chunks().cast(pa.date32())
        for one in days.unique().to_pylist():
            part = folder / f"table={name}" / f"day={one.isoformat()}"
            part.mkdir(parents=True, exist_ok=True)
            pq.write_table(table.filter(pa.compute.equal(days, one)), part / "part-0.parquet")
    return folder


def _curve(seconds: int) -> np.ndarray:
    shape = 1 + 0.6 * np.sin(2 * np.pi * (np.arange(seconds) / seconds - 0.3))
    return shape / shape.sum()


def _columns(day: Day, owner: np.ndarray, at: np.ndarray, is_canary: np.ndarray, device: np.ndarray) -> dict[str, Any]:
    n = owner.size
    return {
        "occurred_at": _moments(day, at),
        "received_at": _moments(day, at + 1.5),
        "app": pa.array(["shop"] * n),
        "deployment_environment_name": pa.array(["production"] * n),
        "service_version": pa.array(np.where(is_canary, "1.5.0", "1.4.2")),
        "session_id": pa.array([f"s{one}" for one in owner]),
        "page_view_id": pa.array([f"v{one}" for one in range(n)]),
        "route": pa.array(["/shop"] * n),
        "device_type": pa.array(device),
        "browser_name": pa.array(["Chrome"] * n),
    }


def _at_rows(common: dict[str, Any], places: np.ndarray, day: Day, at: np.ndarray) -> dict[str, Any]:
    rows = {name: column.take(pa.array(places)) for name, column in common.items()}
    return rows | {"occurred_at": _moments(day, at), "received_at": _moments(day, at + 1.5)}


def _moments(day: Day, seconds: np.ndarray) -> pa.Array:
    return pa.array(np.datetime64(day.begins, "us") + (seconds * 1e6).astype("timedelta64[us]"))


def _deployments(day: Day) -> pa.Table:
    begins = np.datetime64(day.begins, "us")
    return pa.table(
        {
            "occurred_at": pa.array([begins - np.timedelta64(7, "D"), begins]),
            "app": ["shop", "shop"],
            "deployment_environment_name": ["production", "production"],
            "service_version": ["1.4.2", "1.5.0"],
            "cohort": ["baseline", "canary"],
            "deployment_id": ["01JD0000000000000000000001", "01JD0000000000000000000002"],
            "marked_by": ["ci", "ci"],
        }
    )
