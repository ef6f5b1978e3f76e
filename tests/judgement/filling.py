"""Puts a made-up day into a store as if its beacons had been loaded."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
from judgement.traffic import Day, tables

from leadline.store import open_store
from leadline.store.tables import FACTS


def fill(store: Path, day: Day, seed: int) -> None:
    """Appends the day's rows; the store must not be open anywhere."""
    made = tables(day, seed)
    views, vitals = made["page_views"], made["vitals"]
    n = views.num_rows
    place = pa.array(np.arange(n))
    beacons = {
        "log_file": pa.array(["made-up"] * n),
        "log_position": place,
        "seq": pa.array(np.zeros(n, dtype=np.int32)),
        "ordering": pa.array(views["received_at"].to_numpy().astype("datetime64[ms]").astype(np.int64)),
        "environment": views["deployment_environment_name"],
        **{name: pa.array(np.ones(n, dtype=bool)) for name in ("has_vitals", "has_errors", "has_events")},
        **{name: vitals[name] for name in ("lcp_ms", "inp_ms", "cls", "fcp_ms", "ttfb_ms")},
    }
    rows = {"beacons": beacons | {name: views[name] for name in views.column_names if name in _names("beacons")}}
    positions = dict(zip(views["page_view_id"].to_pylist(), range(n), strict=True))
    for name in ("events", "errors"):
        entries = made[name]
        m = entries.num_rows
        rows[name] = {
            "log_file": pa.array(["made-up"] * m),
            "log_position": pa.array([positions[view] for view in entries["page_view_id"].to_pylist()]),
            "ordinal": pa.array(np.zeros(m, dtype=np.int32)),
            **{column: entries[column] for column in entries.column_names if column in _names(name)},
        }
    if "deployments" in made:
        marks = made["deployments"]
        rows["deployments"] = {
            "change_position": pa.array([1, 2]),
            "environment": marks["deployment_environment_name"],
            "deployed_at": marks["occurred_at"],
            **{column: marks[column] for column in marks.column_names if column in _names("deployments")},
        }
    with open_store(store) as opened:
        cursor = opened.cursor()
        for name, columns in rows.items():
            schema = FACTS[name]
            arriving = pa.table({f.name: _cast(columns[f.name], f.type) for f in schema if f.name in columns})
            cursor.register("arriving", arriving)
            cursor.execute(f"INSERT INTO facts.{name} BY NAME SELECT * FROM arriving")
            cursor.unregister("arriving")
        cursor.close()


def _names(table: str) -> set[str]:
    return set(FACTS[table].names)


def _cast(column: pa.Array | pa.ChunkedArray, kind: pa.DataType) -> pa.Array | pa.ChunkedArray:
    return column.cast(kind) if column.type != kind else column
