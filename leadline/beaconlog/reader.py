"""Follows the beacon log read-only: pages of records, bad ones singly, and the end of a sealed file.

Positions are opaque and grow with gaps. A reader never writes to a log file and never checkpoints; it holds a
transaction for one page only, because the writer's checkpoint waits for readers.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from leadline.beaconlog.damage import FROM_HERE_ON, check_records, is_damage, read_around_damage, select_records
from leadline.beaconlog.files import (
    LOADED_SUFFIX,
    LOCK_SUFFIX,
    Damage,
    LogFile,
    has_tables,
    is_sealed,
    log_names,
    open_for_reading,
    side_file,
    size_on_disk,
)
from leadline.beaconlog.pages import LogPage
from leadline.errors import LogUnavailable
from leadline.locks import is_held

# Three days: after a weekend with a broken store, everything can be loaded again from the log.
KEEP_LOADED = timedelta(hours=72)


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
        """At most `limit` records after position `after`. Raises LogUnavailable: retryable while the file is busy.

        In a damaged file each unreadable record is a bad one. If nothing more can be read, the rest is
        one bad record and the file is finished; but not while its writer lives, which will close it.
        """
        if after >= FROM_HERE_ON:
            return LogPage(upto=after, is_finished=True)
        with self._reading(name) as connection:
            try:
                return _read(connection, after=after, limit=limit)
            except Damage as error:
                if not is_damage(error):
                    raise LogUnavailable(f"{name} can't be read now: {error}", retryable=True) from error
                page = read_around_damage(connection, after=after, limit=limit, size=size_on_disk(self.folder, name))
                if page.upto >= FROM_HERE_ON and is_held(side_file(self.folder, name, LOCK_SUFFIX)):
                    raise LogUnavailable(f"{name} is damaged, and still written to", retryable=False) from error
                return page

    def mark_loaded(self, name: str, *, now: datetime) -> None:
        """Notes that all of `name` is in the store; the 72 h of `remove_expired` count from the first note."""
        note = side_file(self.folder, name, LOADED_SUFFIX)
        if not note.exists():
            note.write_text(now.isoformat(), encoding="utf-8")

    def remove_loaded(self, name: str) -> None:
        """Removes a file and everything beside it. Raises ValueError for one that is still written to."""
        if not self._is_ended(name):
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
            if (
                file.is_loaded
                and self._is_ended(file.name)
                and (is_over or now - self._loaded_at(file.name, now) >= keep)
            ):
                self.remove_loaded(file.name)
                removed.append(file.name)
                total -= file.size_bytes
        return removed

    def _loaded_at(self, name: str, now: datetime) -> datetime:
        """When it was noted; now if the note is damaged by a crash or from a clock that was ahead (the time starts
        again).
        """
        note = side_file(self.folder, name, LOADED_SUFFIX)
        try:
            noted = datetime.fromisoformat(note.read_text(encoding="utf-8")).astimezone(UTC)
        except ValueError:
            noted = None
        if noted is None or noted > now:
            note.write_text(now.isoformat(), encoding="utf-8")
            return now
        return noted

    def _is_ended(self, name: str) -> bool:
        """Whether it is sealed, or too damaged to tell and without a living writer."""
        return self._is_sealed(name) or not is_held(side_file(self.folder, name, LOCK_SUFFIX))

    def _is_sealed(self, name: str) -> bool:
        if name in self._known_sealed:
            return True
        try:
            with self._reading(name) as connection:
                found = has_tables(connection) and is_sealed(connection)
        except (*Damage, LogUnavailable):
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


def _read(connection: sqlite3.Connection, *, after: int, limit: int) -> LogPage:
    connection.execute("BEGIN")
    if not has_tables(connection):
        return LogPage(upto=after)
    sealed = is_sealed(connection)
    return check_records(select_records(connection, after, limit), after=after, limit=limit, is_sealed=sealed)
