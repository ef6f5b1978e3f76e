"""Seals log files: the writer's own when it is full, and those left by dead writers.

Only the holder of the file's lock writes to it or seals it, so there is one checkpointer at any time (SQLite before
3.51.3 can corrupt a file that two connections checkpoint). A sealed file never changes again.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

from leadline.beaconlog.files import (
    LOCK_SUFFIX,
    has_tables,
    is_empty,
    is_sealed,
    log_names,
    open_for_reading,
    open_for_writing,
    side_file,
)
from leadline.clock import now_ms
from leadline.locks import FileLock

Report = Callable[[str], None]

# The checkpoint answers "busy" while a reader is inside a transaction. Readers are short (one page of records), so a
# few tries suffice; if all fail the records simply stay in the -wal, where readers find them as well.
CHECKPOINT_TRIES = 5


def seal(connection: sqlite3.Connection) -> None:
    """Writes the seal, moves the rest of the WAL into the file and closes the connection."""
    try:
        connection.execute(
            "INSERT INTO seal SELECT :now, (SELECT coalesce(max(position), 0) FROM records)"
            " WHERE NOT EXISTS (SELECT * FROM seal)",
            {"now": now_ms()},
        )
        connection.execute("PRAGMA busy_timeout = 200")
        for _ in range(CHECKPOINT_TRIES):
            is_busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if not is_busy:
                break
    finally:
        connection.close()


def seal_left_files(folder: Path, report: Report) -> list[str]:
    """Seals every unsealed file whose writer is dead. What can't be sealed is reported and tried at the next call."""
    sealed = []
    for name in log_names(folder):
        lock = FileLock(side_file(folder, name, LOCK_SUFFIX))
        try:
            if _looks_sealed(folder / name) or not lock.take():
                continue
            # Checked again: its writer, or another sealer, may have been faster and released the lock since.
            if not _looks_sealed(folder / name) and _seal_left_file(folder / name):
                sealed.append(name)
            lock.release(remove=True)
        except (sqlite3.Error, UnicodeDecodeError, OSError) as error:
            report(f"{name} was left by a dead writer and can't be sealed: {error}")
            lock.release(remove=False)
    return sealed


def _looks_sealed(file: Path) -> bool:
    connection = open_for_reading(file)
    try:
        return has_tables(connection) and is_sealed(connection)
    except sqlite3.OperationalError:
        return False
    finally:
        connection.close()


def _seal_left_file(file: Path) -> bool:
    connection = open_for_writing(file)
    try:
        has_records = has_tables(connection)
        is_unused = not has_records and is_empty(connection)
    except BaseException:
        connection.close()
        raise
    if has_records:
        seal(connection)
        return True
    connection.close()
    if not is_unused:
        raise sqlite3.DatabaseError("it holds something, but no records")
    for part in (file, Path(f"{file}-wal"), Path(f"{file}-shm")):  # died before its first commit
        part.unlink(missing_ok=True)
    return False


def sync_folder(folder: Path) -> None:
    """Makes the names in `folder` durable, as a new file's name is not until its folder is synced."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
