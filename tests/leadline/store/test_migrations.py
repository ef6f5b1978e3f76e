"""A store of an earlier version becomes this one's, or stays as it was; one of a newer version is not touched."""

from __future__ import annotations

import hashlib
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from made_up import migrating_process
from made_up.histories import HOUR_MS, Sums, load, story, sums
from made_up.migrating_process import STEPS

from leadline.errors import StoreUnavailable
from leadline.store import migrations, open_store
from leadline.store.migrations import newest_version, read_version
from leadline.store.rollups import Roller, rebuild
from leadline.store.rollups.rebuild import needs_building

# One file a schema that was ever released, as it was then.
EARLIER = sorted((Path(__file__).parent / "earlier").glob("*.sql"))
BEACON = """INSERT INTO facts.beacons BY NAME SELECT 'log' AS log_file, 1 AS log_position, 'shop' AS app,
'v1' AS page_view_id, 0 AS seq, 1795508904665 AS ordering, TIMESTAMP '2026-11-24' AS occurred_at,
TIMESTAMP '2026-11-24' AS received_at,
true AS has_errors"""
ERROR = """INSERT INTO facts.errors BY NAME SELECT 'log' AS log_file, 1 AS log_position, 0 AS ordinal, 'shop' AS app,
'v1' AS page_view_id, TIMESTAMP '2026-11-24' AS occurred_at, TIMESTAMP '2026-11-24' AS received_at, 'E' AS error_type,
2 AS count"""

NAMED = """INSERT INTO facts.deployments BY NAME SELECT 1 AS change_position, 'd' AS deployment_id, 'shop' AS app,
'2' AS service_version, TIMESTAMP '2026-11-24' AS deployed_at;
INSERT INTO facts.runs BY NAME SELECT 2 AS change_position, 'r' AS run_id, 'shop' AS app, 'probe' AS source,
'3' AS service_version, TIMESTAMP '2026-11-23' AS started_at;
INSERT INTO facts.steps BY NAME SELECT 2 AS change_position, 'r' AS run_id, 0 AS ordinal, 'home' AS step,
'2' AS service_version, TIMESTAMP '2026-11-22' AS started_at"""


def make_earlier(path: Path, schema: Path) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute(schema.read_text(encoding="utf-8"))
        connection.execute(BEACON)
        connection.execute(ERROR)
        connection.execute(NAMED)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def schema_of(path: Path) -> list[tuple[str, ...]]:
    with open_store(path) as store:
        return (
            store.cursor()
            .execute("SELECT schema_name, table_name, column_name, data_type FROM duckdb_columns() ORDER BY ALL")
            .fetchall()
        )


@pytest.fixture(scope="module")
def newest(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, ...]]:
    """The schema of a store that is made now."""
    return sorted(schema_of(tmp_path_factory.mktemp("new") / "store.duckdb"))


@pytest.mark.parametrize("schema", EARLIER, ids=lambda file: file.stem)
def test_a_store_of_each_earlier_schema_becomes_like_a_new_one_with_its_rows(
    schema: Path, newest: list[tuple[str, ...]], tmp_path: Path
) -> None:
    path = tmp_path / "store.duckdb"
    make_earlier(path, schema)
    assert sorted(schema_of(path)) == newest
    with open_store(path) as store:
        asked = "SELECT page_view_id, v.weight, count, is_harmless FROM page_views v JOIN errors e USING (page_view_id)"
        assert store.cursor().execute(asked).fetchall() == [("v1", 1.0, 2, False)]
        named = store.cursor().execute(
            "SELECT service_version, registered_at::DATE::VARCHAR, is_deployed FROM registered_versions"
        )
        assert sorted(named.fetchall()) == [("2", "2026-11-22", True), ("3", "2026-11-23", False)]
        assert read_version(store.cursor()) == newest_version()
    assert list(tmp_path.glob("*.migrating*")) == []


def test_rollups_of_the_first_schema_are_migrated_to_what_passes_and_folds_come_to_now(tmp_path: Path) -> None:
    now = datetime(2026, 11, 24, 12, tzinfo=UTC)
    with open_store(tmp_path / "now.duckdb") as store:
        load(store, story(3, int(now.timestamp() * 1000), beacons=150, longest_view_ms=10 * HOUR_MS), now)
        Roller(store).roll_all(now)
        expected = sums(store)
    path = tmp_path / "store.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute((EARLIER[0].parent / "0001.sql").read_text(encoding="utf-8"))
        connection.execute(f"ATTACH '{tmp_path / 'now.duckdb'}' AS made")
        connection.execute("DELETE FROM rollups.folds")
        tables = connection.execute(
            "SELECT schema_name || '.' || table_name FROM duckdb_tables() "
            "WHERE database_name = 'store' AND schema_name IN ('facts', 'rollups')"
        ).fetchall()
        for (table,) in tables:
            columns = [row[0] for row in connection.execute(f"DESCRIBE store.{table}").fetchall()]
            connection.execute(f"INSERT INTO store.{table} BY NAME SELECT {', '.join(columns)} FROM made.{table}")
        connection.execute("DETACH made")
        is_over = "starts_at >= (SELECT dimensions_before FROM rollups.folds)"
        gone = connection.execute(f"DELETE FROM rollups.dimension_days WHERE {is_over}").fetchone()
        assert gone is not None
        assert gone[0] > 0
    with open_store(path) as store:
        assert without_methods(sums(store)) == without_methods(expected)
        assert needs_building(store)
        rebuild(store, now)
        assert sums(store) == expected
        assert not needs_building(store)


def without_methods(found: Sums) -> Sums:
    """Sums of before methods were told apart have none; the story knows one method alone."""
    return {
        table: [tuple(None if one == "GET" else one for one in cell) for cell in cells]
        for table, cells in found.items()
    }


def test_where_migrating_fails_the_old_file_stands_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "store.duckdb"
    make_earlier(path, EARLIER[0])
    before = digest(path)

    def break_off(connection: duckdb.DuckDBPyConnection, *, after: int) -> None:
        connection.execute("DELETE FROM facts.errors")

    with monkeypatch.context() as patched:
        patched.setattr(migrations, "run_migrations", break_off)
        with pytest.raises(StoreUnavailable, match=r"lost rows of facts\.errors"):
            open_store(path)
        patched.setattr(migrations.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 10})())
        with pytest.raises(StoreUnavailable, match="room for 10 bytes only"):
            open_store(path)
    assert digest(path) == before
    assert list(tmp_path.glob("*.migrating*")) == []
    with open_store(path) as store:
        assert read_version(store.cursor()) == newest_version()


@pytest.mark.kill
@pytest.mark.parametrize("step", STEPS)
def test_killed_in_any_step_of_migrating_the_store_is_the_old_one_or_the_new_one(step: str, tmp_path: Path) -> None:
    path = tmp_path / "store.duckdb"
    make_earlier(path, EARLIER[0])
    before = digest(path)
    ended = subprocess.run([sys.executable, migrating_process.__file__, str(path), step], check=False, timeout=300)
    assert ended.returncode == -signal.SIGKILL
    assert (digest(path) == before) == (step != "swapped")
    with open_store(path) as store:
        assert read_version(store.cursor()) == newest_version()
        assert store.cursor().execute("SELECT count FROM errors").fetchall() == [(2,)]
    assert list(tmp_path.glob("*.migrating*")) == []


def test_a_store_of_a_newer_version_is_refused_and_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "store.duckdb"
    open_store(path).close()
    with duckdb.connect(str(path)) as connection:
        connection.execute("UPDATE meta.schema_version SET version = 9999")
    before = digest(path)
    with pytest.raises(StoreUnavailable, match="has schema 9999") as raised:
        open_store(path)
    assert "newer" in raised.value.hint
    assert digest(path) == before


def test_what_a_killed_migration_left_keeps_nobody_from_starting(tmp_path: Path) -> None:
    path = tmp_path / "store.duckdb"
    make_earlier(path, EARLIER[0])
    (tmp_path / "store.duckdb.migrating").write_bytes(b"half a copy")
    (tmp_path / "store.duckdb.migrating.wal").write_bytes(b"half a log")
    with open_store(path) as store:
        assert read_version(store.cursor()) == newest_version()
