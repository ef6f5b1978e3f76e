"""Every type that DuckDB answers with, in every format, or refused by the column's name."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from leadline.errors import QueryRefused
from leadline.store import QueryLimits, Store, open_store, run_query
from leadline.storeclient.sql import SqlFormat
from leadline_store.formats import FORMATS, tell_apart, write_table


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(tmp_path_factory.mktemp("store") / "store.duckdb") as opened:
        yield opened


def answer(store: Store, sql: str) -> pa.Table:
    return run_query(store, sql, QueryLimits()).table


def as_rows(store: Store, sql: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(write_table(answer(store, sql), "json"))
    return rows


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("TIMESTAMP '2026-11-20 10:00:00'", "2026-11-20T10:00:00Z"),
        ("TIMESTAMP '2026-11-20 10:00:00.1234'", "2026-11-20T10:00:00.123400Z"),
        ("'infinity'::TIMESTAMP", "infinity"),
        ("'-infinity'::TIMESTAMPTZ", "-infinity"),
        ("'infinity'::TIMESTAMP_MS", "infinity"),
        ("TIMESTAMP_NS '2026-11-20 10:00:00.123456789'", "2026-11-20T10:00:00.123456789Z"),
        ("'2026-11-20 10:00:00'::TIMESTAMP_S", "2026-11-20T10:00:00Z"),
        ("'12026-01-01'::TIMESTAMP", "12026-01-01T00:00:00Z"),
        ("DATE '2026-11-20'", "2026-11-20"),
        ("DATE '-0044-03-15'", "-0044-03-15"),
        ("TIMESTAMP '-0044-03-15 10:00:00'", "-0044-03-15T10:00:00Z"),
        ("DATE 'infinity'", "infinity"),
        ("TIME '01:02:03.5'", "01:02:03.5"),
        ("TIME '24:00:00'", "24:00:00"),
        ("INTERVAL '6 minutes 3.684 seconds'", "PT6M3.684S"),
        ("INTERVAL '14 months 2 days -1 hours'", "P1Y2M2DT-1H"),
        ("INTERVAL '-1.5 seconds'", "PT-1.5S"),
        ("INTERVAL '0 seconds'", "PT0S"),
        ("'nan'::DOUBLE", None),
        ("9007199254740993", 9007199254740993),
        ("sum(9007199254740993::BIGINT)", 9007199254740993),
        ("1.10::DECIMAL(38, 10)", 1.1),
        ("'\\xFF'::BLOB", "/w=="),
        ("NULL", None),
        ("NULL::TIMESTAMP", None),
        ("'a'::ENUM('a', 'b')", "a"),
        ("[TIMESTAMP 'infinity', NULL]", ["infinity", None]),
        ("array_value(DATE '2026-11-20', NULL)", ["2026-11-20", None]),
        ("{'a': INTERVAL 1 DAY, 'b': [1, 2]}", {"a": "P1D", "b": [1, 2]}),
        ("MAP {'k': DATE 'infinity'}", [["k", "infinity"]]),
        ("union_value(num := 2)", 2),
    ],
)
def test_a_value_of_each_type_in_json_and_csv(store: Store, expression: str, said: Any) -> None:
    sql = f"SELECT {expression} AS x UNION ALL SELECT NULL"
    assert [row["x"] for row in as_rows(store, sql)] == [said, None]
    rows = list(csv.reader(io.StringIO(write_table(answer(store, sql), "csv").decode())))
    cell = rows[1][0] if rows[1] else ""
    if isinstance(said, str):
        assert cell == said
    elif isinstance(said, list | dict):
        assert json.loads(cell) == said


def test_arrow_keeps_the_types_and_parquet_writes_spans_as_text(store: Store) -> None:
    table = answer(
        store, "SELECT INTERVAL 6 MINUTES AS span, 'infinity'::TIMESTAMP AS t, TIMESTAMP_NS '2026-01-01' AS n"
    )
    with pa.ipc.open_stream(write_table(table, "arrow")) as reader:
        assert reader.read_all().schema == table.schema
    written = pq.read_table(io.BytesIO(write_table(table, "parquet")))
    assert written["span"].to_pylist() == ["PT6M"]
    assert written.schema.field("n").type == pa.timestamp("ns")


@pytest.mark.parametrize("kind", ["BIT", "BIGNUM", "TIME WITH TIME ZONE", "UHUGEINT"])
@pytest.mark.parametrize("as_format", FORMATS)
def test_what_no_format_can_hold_is_refused_by_its_columns_name(store: Store, kind: str, as_format: SqlFormat) -> None:
    value = "'101'" if kind != "TIME WITH TIME ZONE" else "'01:02:03+02'"
    with pytest.raises(QueryRefused, match="column 'odd'") as raised:
        write_table(answer(store, f"SELECT 1 AS one, {value}::{kind} AS odd"), as_format)
    assert "::VARCHAR" in raised.value.hint


@pytest.mark.parametrize(
    "value", ["['101'::BIT]", "{'a': [{'b': '101'::BIT}]}", "MAP {'k': '1'::BIT}", "array_value('1'::BIT)"]
)
def test_what_no_format_can_hold_is_found_inside_other_types(store: Store, value: str) -> None:
    with pytest.raises(QueryRefused, match="column 'odd' contains BIT"):
        answer(store, f"SELECT {value} AS odd")


def test_what_one_format_can_not_hold_is_refused_there_by_its_columns_name(store: Store) -> None:
    with pytest.raises(QueryRefused, match=r"parquet can't hold column 'odd' of type .*union"):
        write_table(answer(store, "SELECT 1 AS one, union_value(num := 2) AS odd"), "parquet")


def test_columns_of_one_name_are_told_apart_in_every_format(store: Store) -> None:
    sql = "SELECT 1 AS n, 2 AS n, 3 AS n_1, 4 AS n"
    names = ["n", "n_2", "n_1", "n_3"]
    assert as_rows(store, sql) == [dict(zip(names, (1, 2, 3, 4), strict=True))]
    assert write_table(answer(store, sql), "csv").decode().splitlines()[0] == ",".join(names)
    assert pq.read_table(io.BytesIO(write_table(answer(store, sql), "parquet"))).column_names == names
    assert tell_apart(["a", "A", "a"]) == ["a", "A", "a_1"]


def test_safe_csv_has_no_cell_that_a_spreadsheet_would_calculate(store: Store) -> None:
    sql = """SELECT '=HYPERLINK("http://evil.example")' AS "=x", '+1' AS b, '-2' AS c, '@SUM(A1)' AS d, -3 AS e,
             'a' || chr(27) || '[31m' AS f, 'a=b' AS g"""
    plain = list(csv.reader(io.StringIO(write_table(answer(store, sql), "csv").decode())))
    assert plain[1][0] == '=HYPERLINK("http://evil.example")'
    safe = list(csv.reader(io.StringIO(write_table(answer(store, sql), "csv", is_safe=True).decode())))
    assert safe == [
        ["'=x", "b", "c", "d", "e", "f", "g"],
        ['\'=HYPERLINK("http://evil.example")', "'+1", "'-2", "'@SUM(A1)", "-3", "a\\x1b[31m", "a=b"],
    ]


def test_a_misspelt_table_or_column_gets_the_nearest(store: Store) -> None:
    with pytest.raises(QueryRefused, match="pageviews is none of the views; did you mean page_views"):
        run_query(store, "SELECT 1 FROM pageviews", QueryLimits())
    with pytest.raises(QueryRefused, match='Candidate bindings: "lcp_ms"'):
        run_query(store, "SELECT lcp FROM vitals", QueryLimits())
    with pytest.raises(QueryRefused, match='Candidates: "lcp_ms"'):
        run_query(store, "SELECT v.lpc_ms FROM vitals AS v", QueryLimits())
    with pytest.raises(QueryRefused, match="users is none of the views; did you mean users_page_views"):
        run_query(store, "FROM users", QueryLimits())
    with pytest.raises(QueryRefused, match="the SQL is empty"):
        run_query(store, "-- nothing", QueryLimits())


def test_a_slice_of_an_answer_is_written_as_that_slice(store: Store, tmp_path: Path) -> None:
    table = answer(store, "SELECT [i, i] AS l, array_value(i, i) AS a, {'i': i} AS s FROM range(5) t(i) ORDER BY i")
    part = json.loads(write_table(table.slice(2, 2), "json"))
    assert part == [{"l": [i, i], "a": [i, i], "s": {"i": i}} for i in (2, 3)]
