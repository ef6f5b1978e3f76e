"""Migrates a store of an earlier version: on a copy, which replaces the old file once verified.
If killed or failed at any moment, the old file stays unchanged.

Numbered files in sql/migrations, forward only. A store of a newer version is an error, never touched.
"""

from __future__ import annotations

import os
import shutil
from contextlib import closing
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

import duckdb

from leadline.errors import StoreUnavailable
from leadline.store.duckdb_file import open_file
from leadline.store.swapping import check_room, remove, sync

# A store from before there were numbers.
UNNUMBERED = 0


def newest_version() -> int:
    """The schema's version in this release."""
    return max(number for number, _ in _migrations())


def read_version(connection: duckdb.DuckDBPyConnection) -> int | None:
    """None for an empty store."""
    found = connection.execute(
        "SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE schema_name IN ('meta', 'facts')"
    ).fetchall()
    tables = {str(row[0]) for row in found}
    if "meta.schema_version" in tables:
        # All rows: one that is left would keep a transaction open, and no checkpoint succeeds beside that.
        [(version,)] = connection.execute("SELECT max(version) FROM meta.schema_version").fetchall()
        return UNNUMBERED if version is None else int(version)
    return UNNUMBERED if tables else None


def refuse_newer(path: Path, version: int) -> None:
    """Raises StoreUnavailable for a store that a later release has written."""
    if version > newest_version():
        raise StoreUnavailable(
            f"the store {path} has schema {version}, and this version of Leadline knows {newest_version()} at most",
            hint="run the version that wrote it, or a newer one; nothing was changed",
            retryable=False,
        )


def migrate_copy(path: Path, *, from_version: int) -> None:
    """Replaces the store at `path`, which must not be open. Raises StoreUnavailable; then `path` is unchanged."""
    copy = path.with_name(path.name + ".migrating")
    try:
        remove(copy)
        check_room(path, path.stat().st_size, doing="migrated")
        shutil.copyfile(path, copy)
        with closing(open_file(copy)) as connection:
            before = _rows(connection)
            run_migrations(connection, after=from_version)
            after = _rows(connection)
            if lost := [table for table, rows in before.items() if after.get(table, -1) < rows]:
                raise StoreUnavailable(f"migrating lost rows of {', '.join(lost)}", retryable=False)
            connection.execute("CHECKPOINT")
        sync(copy)
        os.replace(copy, path)
    except (duckdb.Error, OSError) as error:
        raise StoreUnavailable(
            f"the store {path} can't be migrated from schema {from_version} to {newest_version()}: {error}",
            hint="it is as it was: the version that wrote it still reads it",
            retryable=False,
        ) from error
    finally:
        remove(copy)


def run_migrations(connection: duckdb.DuckDBPyConnection, *, after: int) -> None:
    """Those with higher numbers, in one transaction, with what is new among tables first."""
    connection.execute("BEGIN")
    try:
        sql = resources.files("leadline.store") / "sql"
        for tables in ("facts.sql", "rollups.sql"):
            _run(connection, sql / tables)
        for number, file in _migrations():
            if number > after:
                _run(connection, file)
        connection.execute("CREATE SCHEMA IF NOT EXISTS meta")
        connection.execute("CREATE TABLE IF NOT EXISTS meta.schema_version (version INTEGER)")
        connection.execute("DELETE FROM meta.schema_version")
        connection.execute("INSERT INTO meta.schema_version VALUES ($version)", {"version": newest_version()})
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _migrations() -> list[tuple[int, Traversable]]:
    files = (resources.files("leadline.store") / "sql" / "migrations").iterdir()
    return sorted(((int(file.name[:4]), file) for file in files if file.name.endswith(".sql")), key=lambda one: one[0])


def _run(connection: duckdb.DuckDBPyConnection, file: Traversable) -> None:
    for statement in connection.extract_statements(file.read_text(encoding="utf-8")):
        connection.execute(statement)


def _rows(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    found = connection.execute(
        "SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE schema_name IN ('facts', 'rollups')"
    ).fetchall()
    rows: dict[str, int] = {}
    for (table,) in found:
        row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
        rows[str(table)] = int(row[0]) if row is not None else 0
    return rows
