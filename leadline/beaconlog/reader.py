"""Follows the beacon log read-only: pages of records, bad ones singly, and the end of a sealed file.

Positions are opaque and grow with gaps. A reader never writes to a log file and never checkpoints; it holds a
transaction for one page only, because the writer's checkpoint waits for readers.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zlib import crc32

from leadline.beaconlog.files import (
    LOADED_SUFFIX,
    LOCK_SUFFIX,
    LogFile,
    has_tables,
    is_sealed,
    log_names,
    open_for_reading,
    side_file,
    size_on_disk,
)
from leadline.errors import LogUnavailable

# Three days: a weekend in which nobody looks at a store that went wrong, and can load again from the log.
KEEP_LOADED = timedelta(hours=72)


@dataclass(frozen=True, slots=True)
class LogRecord:
    position: int
    body: bytes


@dataclass(frozen=True, slots=True)
class BadRecord:
    """A record that can't be trusted: its bytes as far as they could be read, and why."""

    position: int
    reason: str
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class LogPage:
    """What stands after a position. `upto` is where to go on; `is_finished`: sealed, and nothing comes after."""

    records: list[LogRecord] = field(default_factory=list)
    bad: list[BadRecord] = field(default_factory=list)
    upto: int = 0
    is_finished: bool = False


class LogReader:
    """Reads the log in `folder`, which need not exist yet. Safe from any one thread at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._known_sealed: set[str] = set()  # a sealed file stays sealed: no need to open it again

    def files(self) -> list[LogFile]:
        """All files in the order of their creation, the unsealed ones too."""
        found = []
        for name in log_names(self.folder):
            is_loaded = side_file(self.folder, name, LOADED_SUFFIX).exists()
            found.append(LogFile(name, self._is_sealed(name), size_on_disk(self.folder, name), is_loaded))
        return found

    def read(self, name: str, *, after: int, limit: int) -> LogPage:
        """At most `limit` records after position `after`. Raises LogUnavailable (retryable) while the file is busy."""
        with self._reading(name) as connection:
            try:
                connection.execute("BEGIN")
                if not has_tables(connection):
                    return LogPage(upto=after)
                sealed = is_sealed(connection)
                return _checked(_select(connection, after, limit), after=after, limit=limit, is_sealed=sealed)
            except sqlite3.OperationalError as error:
                raise LogUnavailable(f"{name} can't be read now: {error}", retryable=True) from error
            except sqlite3.DatabaseError:
                return _read_around_damage(connection, after=after, limit=limit)

    def mark_loaded(self, name: str, *, now: datetime) -> None:
        """Notes that all of `name` is in the store; the 72 h of `remove_expired` count from the first note."""
        note = side_file(self.folder, name, LOADED_SUFFIX)
        if not note.exists():
            note.write_text(now.isoformat(), encoding="utf-8")

    def remove_loaded(self, name: str) -> None:
        """Removes a sealed file and everything beside it. Raises ValueError for one that is still written to."""
        if not self._is_sealed(name):
            raise ValueError(f"{name} is not sealed; its writer may still append to it")
        for part in (name, f"{name}-wal", f"{name}-shm"):
            (self.folder / part).unlink(missing_ok=True)
        for suffix in (LOCK_SUFFIX, LOADED_SUFFIX):
            side_file(self.folder, name, suffix).unlink(missing_ok=True)
        self._known_sealed.discard(name)

    def remove_expired(
        self, *, now: datetime, keep: timedelta = KEEP_LOADED, max_bytes: int | None = None
    ) -> list[str]:
        """Removes files noted as loaded `keep` ago, and earlier ones, oldest first, while over `max_bytes` in all."""
        files = self.files()
        total = sum(file.size_bytes for file in files)
        removed = []
        for file in files:
            is_over = max_bytes is not None and total > max_bytes
            if file.is_loaded and file.is_sealed and (is_over or now - self._loaded_at(file.name, now) >= keep):
                self.remove_loaded(file.name)
                removed.append(file.name)
                total -= file.size_bytes
        return removed

    def _loaded_at(self, name: str, now: datetime) -> datetime:
        text = side_file(self.folder, name, LOADED_SUFFIX).read_text(encoding="utf-8")
        try:
            return datetime.fromisoformat(text).astimezone(UTC)
        except ValueError:  # a note torn by a crash: its time starts again
            return now

    def _is_sealed(self, name: str) -> bool:
        if name in self._known_sealed:
            return True
        try:
            with self._reading(name) as connection:
                found = has_tables(connection) and is_sealed(connection)
        except (sqlite3.Error, LogUnavailable):
            return False
        if found:
            self._known_sealed.add(name)
        return found

    @contextmanager
    def _reading(self, name: str) -> Iterator[sqlite3.Connection]:
        try:
            connection = open_for_reading(self.folder / name)
        except sqlite3.OperationalError as error:
            raise LogUnavailable(f"{name} can't be opened: {error}", retryable=True) from error
        with closing(connection):
            yield connection


_Row = tuple[int, int, bytes]


def _select(connection: sqlite3.Connection, after: int, limit: int) -> list[_Row]:
    return connection.execute(
        "SELECT position, crc, body FROM records WHERE position > ? ORDER BY position LIMIT ?", (after, limit)
    ).fetchall()


def _checked(rows: list[_Row], *, after: int, limit: int, is_sealed: bool) -> LogPage:
    records, bad = [], []
    for position, crc, body in rows:
        if isinstance(body, bytes) and crc32(body) == crc:
            records.append(LogRecord(position, body))
        else:
            bad.append(BadRecord(position, "checksum does not match", body if isinstance(body, bytes) else b""))
    upto = rows[-1][0] if rows else after
    return LogPage(records, bad, upto, is_finished=is_sealed and len(rows) < limit)


def _read_around_damage(connection: sqlite3.Connection, *, after: int, limit: int) -> LogPage:
    """One record at a time where a page of the file is damaged; what can't be read is a bad record of its own."""
    last, sealed = _last_position(connection)
    if last is None:
        return LogPage(bad=[BadRecord(after + 1, "the file is damaged from here on")], upto=after + 1, is_finished=True)
    records, bad = [], []
    upto = min(after + limit, last)
    for position in range(after + 1, upto + 1):
        try:
            rows = connection.execute(
                "SELECT position, crc, body FROM records WHERE position = ?", (position,)
            ).fetchall()
        except sqlite3.DatabaseError as error:
            bad.append(BadRecord(position, f"can't be read: {error}"))
            continue
        page = _checked(rows, after=after, limit=limit, is_sealed=False)
        records += page.records
        bad += page.bad
    return LogPage(records, bad, max(upto, after), is_finished=sealed and upto >= last)


def _last_position(connection: sqlite3.Connection) -> tuple[int | None, bool]:
    """The last position by the seal (True), or by the table (False); None where neither can be read."""
    for question, by_seal in (("SELECT last_position FROM seal", True), ("SELECT max(position) FROM records", False)):
        try:
            row = connection.execute(question).fetchone()
        except sqlite3.DatabaseError:
            continue
        if row is not None and row[0] is not None:
            return int(row[0]), by_seal
    return None, False
