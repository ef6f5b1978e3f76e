"""`leadline sql` and POST /v1/query: one SELECT over the views, within limits, telling nothing of the machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from leadline.errors import QueryRefused
from leadline.store import ALLOWED_VIEWS, QueryLimits, Store, open_store, run_query

REFUSED = [
    "INSERT INTO page_views SELECT 1",
    "DELETE FROM facts.beacons",
    "CREATE TABLE x (a INTEGER)",
    "DROP VIEW page_views",
    "ATTACH '/tmp/x.db'",
    "COPY page_views TO '/tmp/x.csv'",
    "SET memory_limit = '1TB'",
    "PRAGMA database_list",
    "CALL pragma_version()",
    "CHECKPOINT",
    "EXPORT DATABASE '/tmp/x'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "BEGIN",
    "SELECT 1; SELECT 2",
    "",
    "SELEC 1",
    "FROM facts.beacons",
    'FROM "facts"."network_salts"',
    "FROM store.main.page_views",
    "FROM duckdb_settings()",
    "FROM duckdb_databases()",
    "FROM duckdb_tables",
    "FROM information_schema.tables",
    "FROM pg_catalog.pg_tables",
    "FROM sqlite_master",
    "FROM pragma_database_list",
    "FROM pragma_table_info('page_views')",
    "FROM read_csv('/etc/passwd')",
    "FROM read_text('/etc/passwd')",
    "FROM glob('/etc/*')",
    "FROM '/etc/passwd'",
    "FROM query('SELECT 1')",
    "FROM query_table('facts.beacons')",
    "SELECT current_setting('temp_directory')",
    "SELECT system.main.current_setting('temp_directory')",
    "SELECT list_transform([1], x -> current_setting('temp_directory'))",
    "SELECT getenv('HOME')",
    "SELECT json_serialize_sql('SELECT 1')",
    "FROM json_execute_serialized_sql('x')",
    "SELECT write_log('x')",
    "SELECT (SELECT path FROM duckdb_databases() LIMIT 1)",
    "SELECT 1 WHERE EXISTS (FROM duckdb_settings())",
    "SELECT 1 ORDER BY (SELECT count(*) FROM facts.beacons)",
    "WITH a AS (FROM duckdb_views), duckdb_views AS (SELECT 1) SELECT 1",
    "WITH a AS (WITH duckdb_views AS (SELECT 1) SELECT 1) FROM duckdb_views",
    "FROM page_views JOIN facts.beacons USING (app)",
    "SELECT 1 UNION ALL SELECT seq FROM facts.beacons",
    "DESCRIBE facts.beacons",
    "PIVOT page_views ON app",
]

OF_VITALS = -1
# What each yields of a store without facts: its first column, and how many rows (OF_VITALS: one for each column).
ALLOWED = {
    "SELECT 1": ("1", 1),
    "FROM page_views": ("occurred_at", 0),
    "FROM page_views LIMIT 0;": ("occurred_at", 0),
    "SHOW TABLES": ("name", len(ALLOWED_VIEWS)),
    "DESCRIBE vitals": ("column_name", OF_VITALS),
    "SUMMARIZE vitals": ("column_name", OF_VITALS),
    "VALUES (1)": ("col0", 1),
    "WITH a AS (SELECT 1 AS i), b AS (FROM a) FROM b": ("i", 1),
    "WITH RECURSIVE a(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM a WHERE i < 5) FROM a": ("i", 5),
    "FROM page_views_since(now()::TIMESTAMP - INTERVAL 1 DAY)": ("occurred_at", 0),
    "SELECT service_version, median(lcp_ms), quantile_cont(lcp_ms, 0.75) FROM vitals GROUP BY ALL": (
        "service_version",
        0,
    ),
    "SELECT e.name FROM vitals v JOIN events e USING (page_view_id) WHERE v.app IN (FROM (SELECT app FROM steps))": (
        "name",
        0,
    ),
    "FROM range(3)": ("range", 3),
    "SELECT unnest([1, 2]) AS i": ("i", 2),
}


@pytest.mark.parametrize("sql", REFUSED)
def test_anything_but_one_select_over_the_views_is_refused(store: Store, sql: str) -> None:
    with pytest.raises(QueryRefused) as refused:
        run_query(store, sql, QueryLimits())
    assert refused.value.message


@pytest.mark.parametrize("sql", ALLOWED)
def test_a_select_over_the_views_is_answered(store: Store, sql: str) -> None:
    found = run_query(store, sql, QueryLimits()).table
    column, rows = ALLOWED[sql]
    if rows == OF_VITALS:
        rows = run_query(store, "FROM vitals", QueryLimits()).table.num_columns
    assert (found.column_names[0], found.num_rows) == (column, rows)


def test_every_view_can_be_asked_and_no_other_is_there(store: Store) -> None:
    shown = run_query(store, "SHOW TABLES", QueryLimits()).table["name"].to_pylist()
    assert sorted(shown) == sorted(ALLOWED_VIEWS)
    for view in shown:
        run_query(store, f"FROM {view}", QueryLimits())


def test_no_answer_and_no_refusal_shows_where_the_store_lies(store: Store, tmp_path: Path) -> None:
    for sql in [*REFUSED, *ALLOWED, "SELECT 1/0 FROM nothing", "SELECT current_database()", "SELECT error('x')"]:
        try:
            said: Any = run_query(store, sql, QueryLimits()).table.to_pylist()
        except QueryRefused as refused:
            said = str(refused)
        assert str(tmp_path) not in str(said)


def test_an_answer_over_the_row_limit_is_cut_and_marked(store: Store) -> None:
    whole = run_query(store, "FROM range(5000)", QueryLimits(max_rows=5000))
    assert (whole.table.num_rows, whole.truncated) == (5000, None)
    cut = run_query(store, "FROM range(5001)", QueryLimits(max_rows=5000))
    assert (cut.table.num_rows, cut.truncated) == (5000, "rows")


def test_an_answer_over_the_byte_limit_is_cut_and_marked(store: Store) -> None:
    sql = "SELECT repeat('x', 1000) AS x FROM range(100000)"
    cut = run_query(store, sql, QueryLimits(max_rows=100_000, max_bytes=10_000_000))
    assert cut.truncated == "bytes"
    assert cut.table.nbytes <= 10_000_000


def test_a_query_over_the_time_limit_is_interrupted_and_the_store_goes_on(store: Store) -> None:
    with pytest.raises(QueryRefused, match=r"longer than 0\.3 s"):
        run_query(store, "SELECT count(*) FROM range(1000000000000) t(i) WHERE i % 7 = 3", QueryLimits(timeout_s=0.3))
    assert run_query(store, "SELECT 1 AS one", QueryLimits()).table.to_pylist() == [{"one": 1}]


def test_a_query_that_needs_more_memory_than_there_is_is_refused_and_the_store_goes_on(tmp_path: Path) -> None:
    with open_store(tmp_path / "small.duckdb", memory_limit="60MB") as small:
        with pytest.raises(QueryRefused, match="more memory"):
            run_query(small, "SELECT list(i) FROM range(100000000) t(i)", QueryLimits())
        assert run_query(small, "SELECT 1 AS one", QueryLimits()).table.to_pylist() == [{"one": 1}]
