"""`vitals` and `sql` on a home with and without a service, and what is said when one runs and stays silent."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from filled_homes import standing_store

from leadline.cli import main
from leadline.cli.asking import service
from leadline.cli.commands.vitals import per_metric
from leadline.errors import ServiceUnreachable
from leadline.locks import take_lock
from leadline.settings import load_settings


@pytest.fixture
def file(write_settings: Callable[..., Path]) -> Path:
    return write_settings('[[app]]\nname = "shop"\n')


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An empty home on which the store service runs: a question changes nothing."""
    file = tmp_path_factory.mktemp("home") / "leadline.toml"
    file.write_text('[[app]]\nname = "shop"\n')
    with standing_store(file):
        yield file


def test_a_query_is_answered_from_the_home(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sql", "SELECT 1 AS a, 'x' AS b", "-c", str(file), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == [{"a": 1, "b": "x"}]


def test_a_query_becomes_a_table(standing: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sql", "SELECT 1234567 AS views, 'shop' AS app", "-c", str(standing)]) == 0
    assert capsys.readouterr().out.splitlines() == ["    views  app ", "1,234,567  shop"]


def test_a_query_may_begin_with_a_comment(standing: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sql", "-- how many?\nSELECT 2 AS n", "-c", str(standing), "--format", "csv"]) == 0
    assert capsys.readouterr().out.split() == ["n", "2"]


def test_a_query_becomes_parquet_in_a_file(standing: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.parquet"
    assert main(["sql", "SELECT 1 AS a", "-c", str(standing), "--format", "parquet", "-o", str(out)]) == 0
    assert pq.read_table(out).to_pylist() == [{"a": 1}]


def test_a_query_becomes_arrow_in_a_pipe(standing: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["sql", "SELECT 1 AS a", "-c", str(standing), "--format", "arrow"]) == 0
    with pa.ipc.open_stream(io.BytesIO(capfdbinary.readouterr().out)) as stream:
        assert stream.read_all().to_pylist() == [{"a": 1}]


def test_a_query_is_read_from_standard_input(
    standing: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("SELECT 2 AS a"))
    assert main(["sql", "-", "-c", str(standing), "--format", "csv"]) == 0
    assert capsys.readouterr().out.split() == ["a", "2"]


def test_an_answer_that_was_cut_says_so(standing: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sql", "SELECT * FROM range(10)", "-c", str(standing), "--max-rows", "3", "--format", "json"]) == 0
    said = capsys.readouterr()
    assert len(json.loads(said.out)) == 3
    assert said.err == "cut: the limit of rows was reached; --max-rows changes it\n"


@pytest.mark.parametrize(
    "sql", ["DELETE FROM page_views", "SELECT 1; SELECT 2", "nonsense", "SELECT * FROM read_csv('/etc/passwd')"]
)
def test_what_is_not_one_read_only_select_is_refused(sql: str, standing: Path) -> None:
    assert main(["sql", sql, "-c", str(standing)]) == 2


def test_a_home_without_page_views_teaches_the_next_step(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["vitals", "-c", str(file)]) == 0
    assert capsys.readouterr().out == (
        "No page views in the last 24h. `leadline snippet` prints the tag for your pages.\n"
    )


def test_a_span_without_a_unit_is_refused(file: Path) -> None:
    assert main(["vitals", "--since", "24", "-c", str(file)]) == 2


@pytest.mark.parametrize("words", [["vitals"], ["sql", "SELECT 1"]])
def test_a_store_service_that_runs_and_stays_silent_is_exit_3(
    words: list[str], file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("leadline.storeclient.on_demand.STARTING_S", 0.0)
    settings = load_settings(file)
    held = take_lock(
        settings.paths.run / "store.lock", what="x", settings_file=file, now=datetime(2026, 11, 24, tzinfo=UTC)
    )
    assert main([*words, "-c", str(file)]) == 3
    held.release()
    assert "the store service does not answer at" in capsys.readouterr().err


_find_web = service.find_web


def _find_at_once(settings: Any) -> Any:
    return _find_web(settings, wait_s=0)


def test_incidents_are_shown_while_web_stays_silent(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leadline.cli.asking.ledger.PATIENCE_S", 0.0)
    settings = load_settings(file)
    held = take_lock(
        settings.paths.run / "web.lock", what="x", settings_file=file, now=datetime(2026, 11, 24, tzinfo=UTC)
    )
    with pytest.raises(ServiceUnreachable):
        _find_at_once(settings)
    assert main(["incidents", "-c", str(file)]) == 0
    held.release()


def test_drops_need_the_collector(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["drops", "-c", str(file)]) == 3
    assert "collector at http://127.0.0.1:" in capsys.readouterr().err


def test_a_figure_stands_with_its_n_and_its_interval_and_a_mark_when_it_is_too_few() -> None:
    row = {
        "app": "shop",
        "service_version": "1.5.0",
        "page_views": 12431,
        "error_ratio": 0.25,
        "error_low_ratio": 0.2,
        "error_high_ratio": 0.3,
        "error_is_enough": True,
        "lcp_n": 3,
        "lcp_p75_ms": 1830.2,
        "lcp_p75_low_ms": 1790.0,
        "lcp_p75_high_ms": 1880.0,
        "lcp_is_enough": False,
        "cls_n": 0,
        "sessions": 50,
        "kpi_bought_ratio": 0.5,
        "kpi_bought_low_ratio": 0.4,
        "kpi_bought_high_ratio": 0.6,
        "kpi_bought_is_enough": True,
    }
    lines = {line["metric"]: line for line in per_metric(row)}
    assert (lines["LCP ms"]["n"], lines["LCP ms"]["p75"]) == ("~3", "1,830 (1,790 to 1,880)")
    assert (lines["views with error"]["n"], lines["views with error"]["share"]) == (
        "12,431",
        "25.00 % (20.00 to 30.00 %)",
    )
    assert (lines["bought"]["n"], lines["bought"]["share"]) == ("50", "50.00 % (40.00 to 60.00 %)")
    assert lines["CLS"]["p75"] is None
    assert "INP ms" not in lines  # was not asked for
