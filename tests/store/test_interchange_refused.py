"""What can't be imported: each fault is named with its file, column and row, and nothing of the folder comes in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from filled_homes import StoreService, standing_store
from store.parquet_files import DAY, views, write

from leadline.cli import main


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreService]:
    """One store service for all: what is refused changes nothing."""
    file = tmp_path_factory.mktemp("home") / "leadline.toml"
    file.write_text('[[app]]\nname = "shop"\n')
    with standing_store(file) as service:
        yield service


def refused(folder: Path, file: Path, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["import", str(folder), "-c", str(file)]) == 2
    said = capsys.readouterr().err
    assert "nothing was imported" in said
    return said


def test_a_wrong_value_far_down_is_named_with_its_row(
    standing: StoreService, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    number = 200_000
    times = [DAY] * number
    ids = pa.array([f"v{n}" for n in range(number)])
    app = pa.array(["shop"] * number)
    whole = write(
        tmp_path / "a",
        "requests",
        {
            "app": app,
            "page_view_id": ids,
            "received_at": times,
            "route": app,
            "status_code": pa.array([200] * 150_000 + [1 << 40] + [200] * 49_999, pa.int64()),
        },
    )
    said = refused(tmp_path / "a", standing.file, capsys)
    assert f"table=requests, column status_code, row 150,001: {1 << 40} can't be a whole number" in said
    assert str(whole) in said


@pytest.mark.parametrize(
    ("table", "change", "words"),
    [
        ("vitals", {"lcp_ms": ["fast", "slow"]}, "column lcp_ms, row 1: is string, and must be a number (DOUBLE)"),
        ("vitals", {"lcp_ms": [1.0, float("inf")]}, "column lcp_ms, row 2: is infinite, and must be a finite number"),
        ("page_views", {"weight": [0.0, -3.0]}, "column weight, row 2: "),
        ("page_views", {"app": None}, "column app: is missing"),
        ("page_views", {"received_at": None}, "column received_at: is missing"),
        ("page_views", {"page_view_id": ["v1", None]}, "column page_view_id, row 2: is null"),
        ("page_views", {"received_at": ["2026-11-20", "x"]}, "row 1: is string, and must be a time (TIMESTAMP)"),
        ("page_views", {"service_version": [1, 2]}, "column service_version, row 1: is int64, and must be text"),
        ("pageviews", {}, "table=pageviews: unknown table; did you mean table=page_views?"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_imported(
    table: str,
    change: dict[str, Any],
    words: str,
    standing: StoreService,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    columns = {name: values for name, values in (views(2) | change).items() if values is not None}
    write(tmp_path / "a", "page_views", views(2))
    write(tmp_path / "a", table, columns, day="2026-11-21")
    assert words in refused(tmp_path / "a", standing.file, capsys)
    assert standing.rows("SELECT count(*) AS n FROM page_views") == [{"n": 0}]


def test_a_file_that_is_no_parquet_and_a_folder_without_tables_are_named(
    standing: StoreService, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    half = write(tmp_path / "a", "page_views", views(1000))
    half.write_bytes(half.read_bytes()[:500])
    assert "can't be read as Parquet" in refused(tmp_path / "a", standing.file, capsys)
    (tmp_path / "b").mkdir()
    assert "has no files table=NAME" in refused(tmp_path / "b", standing.file, capsys)
    assert "can't be read" in refused(tmp_path / "c", standing.file, capsys)
