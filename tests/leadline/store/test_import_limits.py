"""What no beacon and no run could have said does not come in by a file, and is named with its row."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from leadline.store.interchange import FoundFile, check_file
from leadline.store.interchange.checks import Checked
from leadline.store.interchange.limits import CLOCK_TOLERANCE

DAY = datetime(2026, 11, 20, 10, tzinfo=UTC)
NOW = datetime(2026, 11, 21, tzinfo=UTC)
NEEDED = {"app": "shop", "page_view_id": "v", "received_at": DAY, "run_id": "r", "journey": "buy", "name": "sold"}
ALSO_NEEDED = {
    "errors": "error_type",
    "requests": "route",
    "events": "name",
    "journey_runs": "status",
    "checks": "status",
    "deployments": "service_version",
}
KINDS = {
    **dict.fromkeys(("received_at", "last_received_at", "occurred_at"), pa.timestamp("us")),
    "lcp_ms": pa.float64(),
    "cls": pa.float64(),
    "value": pa.float64(),
    "count": pa.int64(),
    "status_code": pa.int32(),
    "duration_ms": pa.float64(),
}


def checked(folder: Path, table: str, **columns: Any) -> Checked:
    rows = len(next(iter(columns.values())))
    names = ["app", "page_view_id", "received_at"] if table not in ("journey_runs", "checks") else list(NEEDED)
    written = {name: [NEEDED[name]] * rows for name in names} | columns
    written.setdefault(ALSO_NEEDED.get(table, "app"), ["passed"] * rows)
    pq.write_table(pa.table(written), folder / "rows.parquet")
    known = {name: KINDS.get(name, pa.string()) for name in written}
    return check_file(FoundFile(table, "2026-11-20", folder / "rows.parquet"), known, now=NOW)


@pytest.mark.parametrize(
    ("table", "column", "values", "told"),
    [
        ("vitals", "lcp_ms", [1.0, None, -5.0], "row 3: is -5.0, and must be 0 to 3,600,000"),
        ("vitals", "cls", [0.1, 1001.0], "row 2: is 1,001.0, and must be 0 to 1,000"),
        ("events", "value", [1.0, 2e15], "row 2: is 2,000,000,000,000,000.0, and must be -1e+15 to"),
        ("errors", "count", [1, 0], "row 2: is 0, and must be 1 to 1,000,000"),
        ("requests", "status_code", [200, 1000], "row 2: is 1,000, and must be 0 to 999"),
        ("checks", "duration_ms", [0.0, -1.0], "row 2: is -1.0, and must be 0 or more"),
        ("checks", "status", ["passed", "ok"], "row 2: 'ok' is none of passed, degraded, failed, aborted, skipped"),
        ("journey_runs", "source", ["probe", "cron"], "row 2: 'cron' is none of probe, ci, adhoc"),
        ("page_views", "user_agent_synthetic_type", [None, "robot"], "row 2: 'robot' is none of test, bot"),
        ("page_views", "service_version", ["1" * 128, "1" * 129], "row 2: has 129 characters, and may have 128"),
        ("events", "name", ["sold", "s" * 200], "row 2: has 200 characters"),
        ("events", "attributes", [None, "{}", '{"a": 1', "[]"], "row 3: '{\"a\": 1' is no JSON object"),
    ],
)
def test_a_value_that_nobody_could_have_sent_is_named_with_its_row(
    tmp_path: Path, table: str, column: str, values: list[Any], told: str
) -> None:
    [problem] = checked(tmp_path, table, **{column: values}).problems
    assert f"column {column}, {told}" in str(problem)


def test_values_at_their_bounds_and_nulls_are_taken(tmp_path: Path) -> None:
    assert checked(tmp_path, "vitals", lcp_ms=[0.0, 3_600_000.0, None, float("nan")]).problems == []
    assert checked(tmp_path, "events", value=[-1e15, 1e15, None], attributes=["{}", None, None]).problems == []
    marks = [None, "test", "bot"]
    assert checked(tmp_path, "page_views", user_agent_synthetic_type=marks, cohort=["", None, "canary"]).problems == []


@pytest.mark.parametrize(
    ("table", "column"),
    [("page_views", "received_at"), ("page_views", "last_received_at"), ("deployments", "occurred_at")],
)
def test_a_row_of_the_future_is_refused_with_its_place(tmp_path: Path, table: str, column: str) -> None:
    later = NOW.replace(year=2099)
    times = pa.array([DAY, NOW + CLOCK_TOLERANCE, later, later], pa.timestamp("ns", "Europe/Berlin"))
    [problem] = checked(tmp_path, table, **{column: times}).problems
    assert f"column {column}, row 3: 2099-" in str(problem)
    assert "is in the future (2 rows of this batch are)" in str(problem)


@pytest.mark.parametrize("early", [datetime(1970, 1, 1, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC)])
def test_a_time_that_stands_for_no_time_is_refused(tmp_path: Path, early: datetime) -> None:
    times = pa.array([DAY, early], pa.timestamp("us", "UTC"))
    [problem] = checked(tmp_path, "page_views", received_at=times).problems
    assert "column received_at, row 2: " in str(problem)
    assert "is before the year 2000" in str(problem)


@pytest.mark.parametrize("column", ["app", "page_view_id"])
def test_a_needed_text_that_is_empty_is_refused(tmp_path: Path, column: str) -> None:
    [problem] = checked(tmp_path, "page_views", **{column: ["a", ""]}).problems
    assert f"column {column}, row 2: is empty, and every row needs it" in str(problem)


def test_times_up_to_the_tolerance_of_clocks_are_taken(tmp_path: Path) -> None:
    assert checked(tmp_path, "page_views", received_at=[DAY, NOW + CLOCK_TOLERANCE]).problems == []
