"""The file that a writer writes to: created, appended to batch by batch, passed on for sealing.

It is synchronous and for one thread. It does not group, pace or retry.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from zlib import crc32

from leadline.beaconlog.files import CREATE, FORMAT_VERSION, LOCK_SUFFIX, SUFFIX, open_for_writing, side_file
from leadline.beaconlog.sealing import seal, sync_folder
from leadline.clock import monotonic_s, new_id
from leadline.locks import FileLock

# One multi-row INSERT beats executemany (one release of the GIL); beyond 256 rows a statement gains nothing.
ROWS_PER_STATEMENT = 256
_INSERTS = [
    "INSERT INTO records (crc, body) VALUES " + ",".join(["(?,?)"] * rows) for rows in range(ROWS_PER_STATEMENT + 1)
]


class CurrentFile:
    """An open log file with its lock. `size_bytes` counts the bodies, `opened_s` is monotonic."""

    def __init__(self, folder: Path) -> None:
        self.name = new_id() + SUFFIX
        self.size_bytes = 0
        self.opened_s = monotonic_s()
        self._lock = FileLock(side_file(folder, self.name, LOCK_SUFFIX))
        self._lock.take()
        try:
            self._connection = open_for_writing(folder / self.name)
            try:
                self._connection.executescript(CREATE)
                sync_folder(folder)
                self._parts = [
                    (part, _identity(part)) for part in (str(folder / self.name), f"{folder / self.name}-wal")
                ]
            except BaseException:
                self._connection.close()
                raise
        except BaseException:
            for part in (self.name, f"{self.name}-wal", f"{self.name}-shm"):
                (folder / part).unlink(missing_ok=True)
            self._lock.release(remove=True)
            raise

    def commit(self, bodies: Sequence[bytes]) -> None:
        """Writes all of `bodies` in one durable transaction. sqlite3.Error: none is written. OSError: the file is not
        in its folder.
        """
        if len(bodies) <= ROWS_PER_STATEMENT:
            self._insert(bodies)
        else:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                for start in range(0, len(bodies), ROWS_PER_STATEMENT):
                    self._insert(bodies[start : start + ROWS_PER_STATEMENT])
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
        self._check_place()
        self.size_bytes += sum(map(len, bodies))

    def prove(self) -> None:
        """Writes and syncs a page without a record. Raises like `commit`."""
        self._connection.execute(f"PRAGMA user_version = {FORMAT_VERSION}")
        self._check_place()

    def _check_place(self) -> None:
        """SQLite silently continues in a file that was removed or moved, and nobody would load its records."""
        for part, identity in self._parts:
            if _identity(part) != identity:
                raise OSError(errno.ESTALE, "another file stands where the log was written", part)

    def _insert(self, bodies: Sequence[bytes]) -> None:
        parameters: list[int | bytes] = [0] * (2 * len(bodies))
        parameters[::2] = map(crc32, bodies)
        parameters[1::2] = bodies
        self._connection.execute(_INSERTS[len(bodies)], parameters)

    def seal(self) -> None:
        """Seals and closes the file. May be called from another thread, as the last call."""
        is_sealed = False
        try:
            seal(self._connection)
            is_sealed = True
        finally:
            self._lock.release(remove=is_sealed)

    def abandon(self) -> None:
        """Closes without a seal, after an error that makes the file uncertain; it is sealed like a dead writer's."""
        try:
            self._connection.close()
        except sqlite3.Error:
            pass  # the error that led here was reported
        finally:
            self._lock.release(remove=False)


def _identity(part: str) -> tuple[int, int]:
    said = os.stat(part)
    return said.st_dev, said.st_ino
