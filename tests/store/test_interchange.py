"""Tables out as Parquet and in again: loss-free, by name, type and row, once whatever is killed."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from filled_homes import append_to_log, encode_beacon, open_home
from store.parquet_files import DAY, views, write

from leadline import clock
from leadline.cli import main
from leadline.model import Deployment, Kpi, StepResult, StepStatus
from leadline.records import Records
from leadline.settings import Settings, load_settings
from leadline.store.interchange import TABLES
from leadline.store.sandbox import VIEWS
from leadline.wire import BeaconError, BeaconEvent, BeaconRequest, Vitals


def other_home(folder: Path) -> Settings:
    folder.mkdir()
    (folder / "leadline.toml").write_text('[[app]]\nname = "shop"\nkpis = ["bought"]\n')
    loaded = load_settings(folder / "leadline.toml")
    loaded.paths.create_folders()
    return loaded


def everything(settings: Settings) -> dict[str, list[dict[str, Any]]]:
    with open_home(settings) as home:
        return {view: home.query(f"SELECT * FROM {view} ORDER BY ALL").table.to_pylist() for view in VIEWS}


@pytest.fixture
def filled(
    settings: Settings, run_result: Callable[..., Any], commit: Callable[..., None], records: Records
) -> Settings:
    """A home in which every exchanged table has rows, made by the real rooms."""
    began = int(clock.now().timestamp() * 1000) - 5000
    said: dict[str, Any] = {"session_id": "s1", "service_version": "1.5.0", "cohort": "canary", "route": "/pay"}
    first = encode_beacon("shop", seq=0, started_at=began, url="https://shop.example/pay?x=1", **said)
    more = encode_beacon(
        "shop",
        seq=1,
        started_at=began,
        vitals=Vitals(lcp_ms=1830.5, cls=0.02),
        errors=[BeaconError(at_ms=10, error_type="TypeError", message="x is not a function")] * 2,
        events=[BeaconEvent(name="bought", value=9.5, at_ms=20), BeaconEvent(name="bought", value=9.5, at_ms=20)],
        requests=[BeaconRequest(at_ms=5, method="GET", route="/api", status_code=500, duration_ms=83.0)],
        **said,
    )
    later = began + 3000
    probe = encode_beacon("shop", page_view_id="v2", seq=3, synthetic="test", record={"received_at_ms": later})
    append_to_log(settings, [first, more, probe])
    at = clock.now()
    step = StepResult(step="pay", status=StepStatus.FAILED, started_at=at, duration_ms=900.0, service_version="1.5.0")
    kpi = Kpi(name="total", value=9.5, step="pay", service_version="1.5.0", is_within_bounds=True)
    commit(run_result(steps=(step,), kpis=(kpi,)))
    commit(run_result(run_id="check-1", monitor="check", name="api", status_code=500))
    records.mark_deployment(
        Deployment(
            deployment_id="d1",
            app="shop",
            environment="production",
            service_version="1.5.0",
            cohort="canary",
            commit="abc",
            deployed_at=at,
            marked_by="ada",
        )
    )
    return settings


def test_what_was_exported_and_imported_elsewhere_is_the_same_to_the_last_row(filled: Settings, tmp_path: Path) -> None:
    before = everything(filled)
    assert main(["export", str(tmp_path / "archive"), "-c", str(filled.file)]) == 0
    other = other_home(tmp_path / "other")
    assert main(["import", str(tmp_path / "archive"), "-c", str(other.file)]) == 0
    after = everything(other)
    empty = {view for view, rows in before.items() if not rows}
    assert empty == {"actions", "verdicts", "flag_changes", "load_reports"}
    assert after == before
    assert Records.open(other.paths.records).incidents(limit=10) == []


def test_an_import_into_the_home_that_it_came_from_changes_nothing(
    filled: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = everything(filled)
    assert main(["export", str(tmp_path / "archive"), "-c", str(filled.file)]) == 0
    capsys.readouterr()
    assert main(["import", str(tmp_path / "archive"), "-c", str(filled.file), "--format", "json"]) == 0
    assert {row["table"]: row["added"] for row in json.loads(capsys.readouterr().out)} == {
        table: 0 for table in TABLES if before[table]
    }
    assert everything(filled) == before


def test_an_export_is_bound_by_arrival(filled: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["export", str(tmp_path / "archive"), "-c", str(filled.file), "--format", "json"]
    assert main([*command, "--until", "2026-01-01"]) == 0
    assert json.loads(capsys.readouterr().out) == []
    assert main([*command, "--since", "1h"]) == 0
    assert "page_views" in {row["table"] for row in json.loads(capsys.readouterr().out)}
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    assert (tmp_path / "archive" / "table=page_views" / f"day={today}" / "leadline.parquet").exists()
    assert main([*command, "--since", "yesterday"]) == 2


def test_files_of_others_with_few_columns_count_as_if_they_had_arrived_then(settings: Settings, tmp_path: Path) -> None:
    number = 40
    sessions = {"session_id": [f"s{n}" for n in range(number)], "service_version": ["1.5.0"] * number}
    write(tmp_path / "a", "page_views", views(number, **sessions))
    write(tmp_path / "a", "vitals", views(number, lcp_ms=[float(n) for n in range(number)], **sessions))
    write(tmp_path / "a", "events", views(10, name=["bought"] * 10))
    write(tmp_path / "a", "errors", views(5, error_type=["TypeError"] * 5, message=["no"] * 5))
    marked = {"app": ["shop"], "service_version": ["1.5.0"], "occurred_at": [DAY]}
    write(tmp_path / "a", "deployments", marked)
    assert main(["import", str(tmp_path / "a"), "-c", str(settings.file)]) == 0
    with open_home(settings) as home:
        counts = "SELECT count(*) AS n, min(received_at) AS first, count(DISTINCT session_id) AS s FROM page_views"
        assert home.query(counts).table.to_pylist() == [{"n": number, "first": DAY, "s": number}]
        bought = "SELECT count(*) AS n, count(DISTINCT service_version) AS v, max(session_id) AS s FROM events"
        assert home.query(bought).table.to_pylist() == [{"n": 10, "v": 1, "s": "s9"}]
        errors = "SELECT fingerprint IS NOT NULL AS f, sum(count) AS n FROM errors GROUP BY ALL"
        assert home.query(errors).table.to_pylist() == [{"f": True, "n": 5}]
        registered = "SELECT service_version, is_deployed FROM registered_versions"
        assert home.query(registered).table.to_pylist() == [{"service_version": "1.5.0", "is_deployed": True}]
        [figures] = home.vitals_since(DAY.replace(tzinfo=UTC))
        assert (figures["page_views"], figures["lcp_n"], figures["page_views_with_error"]) == (number, number, 5)
        assert figures["kpi_bought_sessions"] == 10


def test_an_event_of_the_next_day_belongs_to_the_view_of_the_day_before(settings: Settings, tmp_path: Path) -> None:
    evening = DAY.replace(hour=23, minute=59)
    write(tmp_path / "a", "page_views", views(3, at=evening, service_version=["1"] * 3, session_id=["s"] * 3))
    late = views(2, at=evening) | {"received_at": [evening + timedelta(minutes=3)] * 2, "name": ["bought"] * 2}
    write(tmp_path / "a", "events", late, day="2026-11-21")
    for _ in range(2):
        assert main(["import", str(tmp_path / "a"), "-c", str(settings.file)]) == 0
    with open_home(settings) as home:
        assert home.query("SELECT count(*) AS n FROM page_views").table.to_pylist() == [{"n": 3}]
        asked = (
            "SELECT service_version AS v, session_id AS s, max(received_at) AS r, "
            "count(*) AS n FROM events GROUP BY ALL"
        )
        arrived = evening + timedelta(minutes=3)
        assert home.query(asked).table.to_pylist() == [{"v": "1", "s": "s", "r": arrived, "n": 2}]


def test_a_note_quotes_a_name_without_what_a_terminal_obeys(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "a", "page_views", views(1) | {"app": ["a\x1b[2J"]})
    assert main(["import", str(tmp_path / "a"), "-c", str(settings.file)]) == 0
    assert "not in leadline.toml: app a\\x1b[2J;" in capsys.readouterr().err


def test_what_occurred_after_it_arrived_counts_as_occurred_then(settings: Settings, tmp_path: Path) -> None:
    late = [DAY + timedelta(days=400), DAY - timedelta(hours=1), None]
    for table, more in (("page_views", {}), ("errors", {"error_type": ["TypeError"] * 3})):
        write(tmp_path / "a", table, views(3, occurred_at=pa.array(late, pa.timestamp("us")), **more))
    for _ in range(2):
        assert main(["import", str(tmp_path / "a"), "-c", str(settings.file)]) == 0
    with open_home(settings) as home:
        for table in ("page_views", "errors"):
            rows = home.query(f"SELECT occurred_at AS o FROM {table} ORDER BY page_view_id").table["o"].to_pylist()
            assert rows == [DAY, DAY - timedelta(hours=1), DAY + timedelta(seconds=2)]


def test_a_beacon_that_comes_after_the_import_restates_its_view(settings: Settings, tmp_path: Path) -> None:
    at = datetime.now(UTC).replace(tzinfo=None, microsecond=0) - timedelta(minutes=1)
    known = {"app": ["shop"], "page_view_id": ["v1"], "received_at": [at], "name": ["bought"]}
    write(tmp_path / "a", "events", known, day=f"{at:%Y-%m-%d}")
    assert main(["import", str(tmp_path / "a"), "-c", str(settings.file)]) == 0
    append_to_log(settings, [encode_beacon("shop", seq=1, events=[BeaconEvent(name="returned")])])
    with open_home(settings) as home:
        assert home.query("SELECT name FROM events").table.to_pylist() == [{"name": "returned"}]


def test_other_widths_units_and_zones_of_the_same_values_are_taken_and_what_is_unknown_is_said(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    columns = {
        "app": pa.array(["shop"] * 2).dictionary_encode(),
        "page_view_id": pa.array(["a", "b"], pa.large_string()),
        "received_at": pa.array([DAY, DAY], pa.timestamp("ns", "Europe/Berlin")),
        "lcp_ms": pa.array([1000, 2000], pa.int32()),
        "inp_ms": pa.array([float("nan"), 90.0], pa.float32()),
        "lcp": [1.0, 2.0],
    }
    write(tmp_path / "a", "vitals", columns, day="2026-11-19")
    assert main(["import", str(tmp_path / "a"), "-c", str(settings.file)]) == 0
    said = capsys.readouterr().err
    assert "column 'lcp' is not one of the table and is left out; did you mean" in said
    assert "2 rows are of another UTC day by received_at" in said
    assert "column inp_ms is NaN in 1 of 2 rows; these become null (not known)" in said
    with open_home(settings) as home:
        rows = home.query("SELECT received_at, lcp_ms, inp_ms FROM vitals ORDER BY lcp_ms").table.to_pylist()
    assert rows == [
        {"received_at": DAY, "lcp_ms": 1000.0, "inp_ms": None},
        {"received_at": DAY, "lcp_ms": 2000.0, "inp_ms": 90.0},
    ]


@pytest.mark.kill
@pytest.mark.timeout(300)
def test_killed_at_any_moment_and_run_again_every_row_is_there_once(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draw = random.Random(20261127)
    days, a_day = 6, 4000
    for number in range(days):
        at, day = DAY + timedelta(days=number), f"2026-11-{20 + number}"
        write(tmp_path / "a", "page_views", views(a_day, at=at), day=day)
        write(tmp_path / "a", "events", views(a_day, at=at, name=["bought"] * a_day), day=day)
    command = [sys.executable, "-P", "-m", "leadline", "import", str(tmp_path / "a"), "-c", str(settings.file)]
    seen: list[int] = []
    for _ in range(6):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with_it = threading.Event()
        with_it.wait(draw.uniform(1.5, 4))
        process.kill()
        process.wait()
        with open_patiently(settings) as home:
            seen.append(home.query("SELECT count(*) AS n FROM page_views").table.to_pylist()[0]["n"])
    assert all(rows % a_day == 0 for rows in seen)
    assert main(["import", str(tmp_path / "a"), "-c", str(settings.file)]) == 0
    with open_patiently(settings) as home:
        counts = "SELECT (SELECT count(*) FROM page_views) AS v, (SELECT count(*) FROM events) AS e"
        assert home.query(counts).table.to_pylist() == [{"v": days * a_day, "e": days * a_day}]


def open_patiently(settings: Settings) -> Any:
    """The service of a killed command ends within two seconds and holds the store until then."""
    return open_home(settings, wait_s=10)


def test_every_documented_column_of_each_table_goes_out_and_comes_in(settings: Settings, tmp_path: Path) -> None:
    """Rows with a value in every column: a column that is added to a view must be added to its import, too."""
    from leadline.store import open_store
    from leadline.store.interchange import find_files, import_day
    from leadline.store.interchange.tables import OF_VIEWS, columns_of

    told = {"string": "x", "double": 1.5, "int64": 2, "int32": 3, "bool": True, "timestamp[us]": DAY}
    with open_store(tmp_path / "store.duckdb") as store:
        cursor = store.cursor()
        for table in TABLES:
            if table not in OF_VIEWS:
                kinds = columns_of(cursor, table)
                columns = {name: pa.array([told[str(kind)]], kind) for name, kind in kinds.items()}
                write(tmp_path / "a", table, columns)
        found = find_files(tmp_path / "a")
        import_day(store, found.files, now=clock.now())
        for table in TABLES:
            if table in {*OF_VIEWS, "steps", "journey_kpis", "checks"}:
                continue  # views of beacons stand above; steps and KPIs show their run's columns, a check has its id
            [row] = cursor.execute(f"SELECT * FROM {table}").fetchall()
            names = [column[0] for column in cursor.description or ()]
            lost = {name for name, value in zip(names, row, strict=True) if value is None} - OPTIONAL
            assert lost == set(), table


# Only of journeys and checks: null for a subject that is neither.
OPTIONAL = {"monitor", "name"}
