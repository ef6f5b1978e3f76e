"""Opens the DuckDB file, secures it for queries, and names the process that holds it.

One process opens it (DuckDB locks the file); within that process the loader and every reader have their own cursor.
"""

from __future__ import annotations

import re
import threading
import weakref
from datetime import datetime
from hashlib import sha256
from importlib import resources
from pathlib import Path
from typing import Any

import duckdb

from leadline.clock import monotonic_s
from leadline.errors import StoreUnavailable
from leadline.store.duckdb_file import open_file
from leadline.store.kept_parts import KeptParts
from leadline.store.migrations import (
    UNNUMBERED,
    migrate_copy,
    newest_version,
    read_version,
    refuse_newer,
    run_migrations,
)

# Sorts and joins that spill more than this fail; a disk full of them would stop the beacon log too.
TEMP_LIMIT = "10GB"
# How long closing waits for interrupted queries: DuckDB checks for interruption between two chunks of rows.
CLOSING_S = 5.0
# One of the views, the same in every version.
_COMMENTED = "page_views"
_HOLDER = re.compile(r"held in (\S+) \(PID (\d+)\)")


class Store:
    """An open store. `cursor()` may be called from any thread; a cursor belongs to one.

    `loaded_until`: set by the loader: up to when every log has been read; minutes before it are closed. None: nobody
    loads. `is_to_be_closed`: set when the file needs work; the opener then closes it.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.loaded_until: datetime | None = None
        self.is_to_be_closed = threading.Event()
        self.kept_parts = KeptParts()
        self._connection = connection
        self._lock = threading.Lock()
        self._cursors: weakref.WeakSet[duckdb.DuckDBPyConnection] = weakref.WeakSet()

    def cursor(self) -> duckdb.DuckDBPyConnection:
        with self._lock:
            cursor = self._connection.cursor()
            self._cursors.add(cursor)
            return cursor

    def close(self) -> None:
        """Interrupts running queries; their callers get a duckdb.Error."""
        until_s, pause = monotonic_s() + CLOSING_S, threading.Event()
        with self._lock:
            while True:
                try:
                    self._connection.close()
                    return
                except duckdb.ResourceInUseException:  # DuckDB refuses to close under a query
                    if monotonic_s() >= until_s:
                        raise
                for cursor in list(self._cursors):
                    cursor.interrupt()
                pause.wait(0.01)

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_store(path: Path, *, memory_limit: str = "2GB", wait_s: float = 10.0) -> Store:
    """Opens or makes the store at `path`, waiting up to `wait_s` while another process holds it.

    Raises StoreUnavailable that names the holder, or says what is wrong with the file. SQL that is run on it afterwards
    can't read files, attach databases or change settings.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    config = {
        "memory_limit": memory_limit,
        "temp_directory": str(path.with_name(path.name + ".tmp")),
        "max_temp_directory_size": TEMP_LIMIT,
    }
    until_s = monotonic_s() + wait_s
    connection = _connect(path, config, until_s=until_s)
    try:
        version = read_version(connection)
        if version is not None:
            refuse_newer(path, version)
            if version < newest_version():
                connection.close()  # writes what its log holds into the file
                migrate_copy(path, from_version=version)
                connection = _connect(path, config, until_s=until_s)
    except BaseException:
        connection.close()
        raise
    store = Store(connection)
    try:
        if version is None:
            run_migrations(connection, after=UNNUMBERED)
        _prepare(store)
    except duckdb.Error as error:
        store.close()
        raise StoreUnavailable(f"the store {path} can't be prepared: {error}", retryable=False) from error
    return store


def _connect(path: Path, config: dict[str, Any], *, until_s: float) -> duckdb.DuckDBPyConnection:
    pause = threading.Event()
    while True:
        try:
            return open_file(path, config)
        except duckdb.IOException as error:
            holder = _HOLDER.search(str(error))
            if "lock" not in str(error).lower():
                raise StoreUnavailable(
                    f"the store {path} can't be opened: {error}",
                    hint="a newer DuckDB may have written it; the beacon log and the records are untouched",
                    retryable=False,
                ) from error
            if monotonic_s() >= until_s:
                who = f"process {holder[2]} ({holder[1]})" if holder else "another process"
                raise StoreUnavailable(
                    f"{who} holds the store {path}", hint="ask the running service, or wait until it is done"
                ) from error
            pause.wait(0.1)


def _prepare(store: Store) -> None:
    cursor = store.cursor()
    _make_views(cursor)
    cursor.execute("SET GLOBAL TimeZone = 'UTC'")
    cursor.execute("SET enable_external_access = false")
    cursor.execute("SET lock_configuration = true")
    cursor.close()


def _make_views(cursor: duckdb.DuckDBPyConnection) -> None:
    """Makes tables that are missing and every view anew, unless the file has them from these very texts.

    Making them takes 0.2 s of CPU whenever a store is opened. What they were made from is the comment on one of them,
    so that a copy without views is without it too.
    """
    sql = resources.files("leadline.store") / "sql"
    views = sorted((sql / "views").iterdir(), key=lambda file: file.name)
    texts = [file.read_text(encoding="utf-8") for file in (sql / "facts.sql", sql / "rollups.sql", *views)]
    made_from = sha256("\0".join([duckdb.__version__, *texts]).encode()).hexdigest()
    said = cursor.execute("SELECT comment FROM duckdb_views() WHERE view_name = ?", [_COMMENTED]).fetchall()
    if said == [(made_from,)]:
        return
    cursor.execute("BEGIN")
    for text in texts:
        for statement in cursor.extract_statements(text):
            cursor.execute(statement)
    cursor.execute(f"COMMENT ON VIEW {_COMMENTED} IS '{made_from}'")
    cursor.execute("COMMIT")
