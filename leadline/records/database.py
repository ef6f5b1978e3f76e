"""The SQLite file behind the records: one engine that writes, one that reads, and the meaning of their errors.

A write begins with BEGIN IMMEDIATE, because a transaction that reads before it writes fails at once if another
process wrote in between (busy_timeout does not help). That would also lock readers, hence the second engine. To use
PostgreSQL, replace this file. It hides no error: bugs pass through.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, exc
from sqlalchemy.engine import URL

from leadline.errors import RecordsUnavailable
from leadline.locks import FileLock

__all__ = ["Database"]

# A writer holds the lock for some milliseconds (a migration for some seconds); after this it is stuck, not busy.
_BUSY_S = 10.0
# SQLite's own checkpoint threshold: 1,000 pages of 4 kB (sqlite.org/wal.html).
_CHECKPOINT_BYTES = 4_000_000
# SQLite's messages for a file that neither waiting nor a retry repairs.
_DAMAGED = ("malformed", "not a database", "file is encrypted", "unsupported file format")


class Database:
    """Open connections to one file. Safe for any number of threads and processes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # Not every user of the machine may read a site's errors and KPIs. An existing file keeps its mode: closing
            # a second descriptor would release the locks that this process holds on it (POSIX).
            if not path.exists():
                os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        except FileExistsError:
            pass  # another process was faster
        except OSError as error:
            raise RecordsUnavailable(
                f"{path}: the records can't be opened: {error.strerror}", hint="Check the folder's owner and the disk."
            ) from error
        url = URL.create("sqlite", database=str(path))
        # One writing connection per process: our threads wait here, in order, not inside SQLite.
        self._write = create_engine(url, connect_args={"timeout": _BUSY_S}, pool_size=1, max_overflow=0)
        self._read = create_engine(url, connect_args={"timeout": _BUSY_S}, pool_size=2, max_overflow=8)
        _prepare(self._write, begin="BEGIN IMMEDIATE", pragmas=("synchronous=FULL",))
        _prepare(self._read, begin="BEGIN", pragmas=("query_only=ON",))
        self._together = threading.local()
        self._identity = _identify(path)
        self.on_replaced: Callable[[], None] = lambda: None
        self.replaced = 0
        self._was_put_back = False

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction that is on disk when the block ends, or did not happen. Raises RecordsUnavailable."""
        joined: Connection | None = getattr(self._together, "connection", None)
        if joined is not None:
            with self._explained(), joined.begin_nested():
                yield joined
            return
        self._look()
        with self._explained(), self._write.begin() as connection:
            yield connection
        self._checkpoint_if_long()

    @contextmanager
    def together(self) -> Iterator[None]:
        """Everything that this thread writes in the block is one transaction, on disk at its end: half of the cost of
        a small one is its commit. A write that fails is undone alone, and can be caught within the block."""
        with self.writing() as connection:
            self._together.connection = connection
            try:
                yield
            finally:
                self._together.connection = None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent view of the records. Raises RecordsUnavailable."""
        self._look()
        with self._explained(), self._read.begin() as connection:
            yield connection

    def rescue(self) -> bool:
        """Restores a file that was deleted while open, from the connection that still holds it; True if that was
        done since the last call."""
        if not self.path.exists() and self._is_held():
            try:
                self._put_back()
            except RecordsUnavailable as error:
                if error.retryable:
                    raise
                self._begin_anew()
        was_rescued, self._was_put_back = self._was_put_back, False
        return was_rescued

    def _is_held(self) -> bool:
        """Whether an open, free connection to the deleted file exists."""
        return bool(self._write.pool.checkedin())  # type: ignore[attr-defined]  # QueuePool has it

    def _put_back(self) -> None:
        fresh = self.path.with_name(f"{self.path.name}.rescued")
        with self._explained():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            fresh.unlink(missing_ok=True)
            os.close(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
            held, copy = self._write.raw_connection(), sqlite3.connect(fresh)
            try:
                held.driver_connection.backup(copy)  # type: ignore[union-attr]  # sqlite3's
                copy.execute("PRAGMA journal_mode=WAL")
                if (found := copy.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
                    raise sqlite3.DatabaseError(f"database disk image is malformed: {found}")
            finally:
                copy.close()
                held.close()
            for left in ("-wal", "-shm"):  # of the deleted file
                self.path.with_name(self.path.name + left).unlink(missing_ok=True)
            fresh.replace(self.path)
        self._was_put_back = True
        self._connect_anew()

    def _begin_anew(self) -> None:
        """Somebody moved damaged records away: putting them back would help nobody, so an empty file takes their
        place."""
        for left in ("-wal", "-shm", ".rescued", ".rescued-wal", ".rescued-shm"):
            self.path.with_name(self.path.name + left).unlink(missing_ok=True)
        with self._explained():
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        self._connect_anew()
        self.replaced += 1
        self.on_replaced()

    def _begins_anew(self) -> bool:
        """Whether the file at our path was made by another process because ours had been deleted: it has
        no data, and ours does."""
        pool = self._write.pool
        if pool.checkedin() + pool.checkedout() == 0:  # type: ignore[attr-defined]  # QueuePool has them
            return False
        held = self._write.raw_connection()
        try:
            return _count_changes(held.driver_connection) > 0 and _count_changes_of(self.path) == 0  # type: ignore[arg-type]  # sqlite3's
        finally:
            held.close()

    def _look(self) -> None:
        """Notices that the file was deleted or replaced: SQLite itself would continue in a file that nobody else can
        open.
        """
        with self._explained():
            identity = _identify(self.path)
        if identity is None:
            raise RecordsUnavailable(
                f"{self.path}: the records were deleted while they were in use",
                hint="A running scheduler puts them back from memory within seconds; else restore a backup.",
            )
        if identity != self._identity and self._begins_anew():
            with self._lock("rescue", is_patient=True):
                if _count_changes_of(self.path) == 0:  # else another process has already restored it
                    self._put_back()
                    return
        if identity != self._identity:
            self._connect_anew()
            self.replaced += 1
            self.on_replaced()

    def _connect_anew(self) -> None:
        self._identity = _identify(self.path)
        self._write.dispose()
        self._read.dispose()

    def turn_on_wal(self) -> None:
        """Readers and the writer don't wait for each other. The mode is stored in the file, so later calls are free."""
        with self._explained():
            raw = sqlite3.connect(self.path, timeout=_BUSY_S, isolation_level=None)
            try:
                if raw.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                    # Changing the mode does not wait for locks: the first of two processes does it under one.
                    with self._lock("open", is_patient=True):
                        raw.execute("PRAGMA journal_mode=WAL")
            finally:
                raw.close()

    def close(self) -> None:
        """Closes the connections; the records stay on disk."""
        self._write.dispose()
        self._read.dispose()

    def _checkpoint_if_long(self) -> None:
        """Checkpoints the write-ahead log once it is long, in one process at a time.

        SQLite before 3.51.3 can damage a file when one connection checkpoints while another checkpoints or restarts
        the log (sqlite.org/wal.html, "The WAL-reset bug"). So automatic checkpoints are off, a file lock lets one
        process do it, and TRUNCATE blocks writers meanwhile. If a reader is in the way, it is skipped until next time.
        """
        try:
            if os.stat(f"{self.path}-wal").st_size < _CHECKPOINT_BYTES:
                return
        except FileNotFoundError:
            return
        with self._explained(), self._lock("checkpoint", is_patient=False) as is_ours:
            if is_ours:
                connection = self._write.raw_connection()
                try:
                    cursor = connection.cursor()
                    cursor.execute("PRAGMA busy_timeout=50")
                    cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                    cursor.execute(f"PRAGMA busy_timeout={int(_BUSY_S * 1000)}")
                    cursor.close()
                finally:
                    connection.close()

    @contextmanager
    def _lock(self, purpose: str, *, is_patient: bool) -> Iterator[bool]:
        """Whether this process got the lock for that purpose; always true if it waits."""
        with FileLock(Path(f"{self.path}.{purpose}.lock"), mode=0o600) as lock:
            yield lock.take(wait=is_patient)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except exc.TimeoutError as error:
            raise RecordsUnavailable("the records are busy: no connection came free", retryable=True) from error
        except (exc.DatabaseError, sqlite3.DatabaseError) as error:
            if isinstance(error, exc.IntegrityError | exc.ProgrammingError | exc.NotSupportedError | exc.DataError):
                raise  # our own bug
            raise self._explain(error) from error
        except OSError as error:
            raise RecordsUnavailable(
                f"{self.path}: the records can't be used: {error.strerror}", hint="Check the disk and the owner."
            ) from error

    def _explain(self, error: Exception) -> RecordsUnavailable:
        words = str(getattr(error, "orig", None) or error)
        if any(sign in words for sign in _DAMAGED):
            return RecordsUnavailable(
                f"{self.path}: the records are damaged: {words}",
                hint="Put the last backup in its place, or move the file away to begin anew (its history is lost).",
                retryable=False,
            )
        return RecordsUnavailable(
            f"{self.path}: the records can't be used now: {words}",
            hint="Free disk space, or end the process that holds the file; what waits is tried again.",
        )


def _count_changes(connection: sqlite3.Connection) -> int:
    """The number of objects in the feed, which has all that were ever written; 0 if the file has no tables yet."""
    try:
        return int(connection.execute("SELECT count(*) FROM changes").fetchone()[0])
    except sqlite3.OperationalError as error:
        if "no such table" in str(error):
            return 0
        raise


def _count_changes_of(path: Path) -> int | None:
    """None if it can't be read now."""
    try:
        with closing(sqlite3.connect(path, timeout=1.0)) as connection:
            return _count_changes(connection)
    except sqlite3.DatabaseError:
        return None


def _identify(path: Path) -> tuple[int, int] | None:
    """The identity of the file, whatever its name; None if there is none."""
    try:
        found = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found.st_dev, found.st_ino


def _prepare(engine: Engine, *, begin: str, pragmas: tuple[str, ...]) -> None:
    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # this module begins transactions, not the driver
        for pragma in ("foreign_keys=ON", "wal_autocheckpoint=0", *pragmas):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin_transaction(connection: Connection) -> None:
        connection.exec_driver_sql(begin)
