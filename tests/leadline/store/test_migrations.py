"""A store of an earlier version becomes this one's, or stays as it was; one of a newer version is not touched."""

from __future__ import annotations

import hashlib
from pathlib import Path

import duckdb
import pytest

from leadline.errors import StoreUnavailable
from leadline.store import migrations, open_store
from leadline.store.migrations import newest_version, read_version

# One file a schema that was ever released, as it was then.
EARLIER = sorted((Path(__file__).parent / "earlier").glob("*.sql"))
BEACON = """INSERT INTO facts.beacons BY NAME SELECT 'log' AS log_file, 1 AS log_position, 'shop' AS app,
'v1' AS page_view_id, 0 AS seq, 1795508904665 AS ordering, TIMESTAMP '2026-11-24' AS occurred_at,
TIMESTAMP '2026-11-24' AS received_at,
true AS has_errors"""
ERROR = """INSERT INTO facts.errors BY NAME SELECT 'log' AS log_file, 1 AS log_position, 0 AS ordinal, 'shop' AS app,
'v1' AS page_view_id, TIMESTAMP '2026-11-24' AS occurred_at, TIMESTAMP '2026-11-24' AS received_at, 'E' AS error_type,
2 AS count"""


def make_earlier(path: Path, schema: Path) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute(schema.read_text(encoding="utf-8"))
        connection.execute(BEACON)
        connection.execute(ERROR)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def schema_of(path: Path) -> list[tuple[str, ...]]:
    with open_store(path) as store:
        return (
            store.cursor()
            .execute("SELECT schema_name, table_name, column_name, data_type FROM duckdb_columns() ORDER BY ALL")
            .fetchall()
        )


@pytest.mark.parametrize("schema", EARLIER, ids=lambda file: file.stem)
def test_a_store_of_each_earlier_schema_becomes_like_a_new_one_with_its_rows(schema: Path, tmp_path: Path) -> None:
    path = tmp_path / "store.duckdb"
    make_earlier(path, schema)
    assert sorted(schema_of(path)) == sorted(schema_of(tmp_path / "new.duckdb"))
    with open_store(path) as store:
        asked = "SELECT page_view_id, v.weight, count, is_harmless FROM page_views v JOIN errors e USING (page_view_id)"
        assert store.cursor().execute(asked).fetchall() == [("v1", 1.0, 2, False)]
        assert read_version(store.cursor()) == newest_version()
    assert list(tmp_path.glob("*.migrating*")) == []


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
