"""Names in the log's folder, and how a file is opened. It seals and removes nothing.

`01J….beacons` is the SQLite file (`-wal` and `-shm` are SQLite's own), `01J….lock` is held by its living writer,
`01J….loaded` says since when the loader is done with it. Files with other names are left alone.
"""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass
from pathlib import Path

SUFFIX = ".beacons"
LOCK_SUFFIX = ".lock"
LOADED_SUFFIX = ".loaded"
# A ULID (`clock.new_id`): other files in the folder are neither read nor sealed nor removed.
_NAME = re.compile(rf"[0-9A-HJKMNP-TV-Z]{{26}}{re.escape(SUFFIX)}")

# Errors of a damaged file: sqlite3 may also fail to decode the message that quotes the damage.
Damage = (sqlite3.DatabaseError, UnicodeDecodeError)

# 8 kB pages contain nine of the usual 900-byte records; measured best of 4, 8 and 16 kB (docs/decisions/0003).
PAGE_BYTES = 8192
# "LDLG": `file` and a careful reader can tell what this is.
APPLICATION_ID = 0x4C444C47
FORMAT_VERSION = 1

# Half a megabyte: its checkpoint takes 2 to 4 ms. One of all 64 MB at the seal delayed every commit on the disk for
# 110 to 170 ms, and the p99 of the answers at half of the ceiling with it (docs/decisions/0003).
CHECKPOINT_PAGES = 64

CREATE = f"""
PRAGMA page_size = {PAGE_BYTES};
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
BEGIN IMMEDIATE;
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {FORMAT_VERSION};
CREATE TABLE records (position INTEGER PRIMARY KEY, crc INTEGER NOT NULL, body BLOB NOT NULL);
CREATE TABLE seal (sealed_at_ms INTEGER NOT NULL, last_position INTEGER NOT NULL);
COMMIT;
"""


@dataclass(frozen=True, slots=True)
class LogFile:
    """A file of the log. `size_bytes` counts what it takes on disk, side files included."""

    name: str
    is_sealed: bool
    size_bytes: int
    is_loaded: bool = False


def log_names(folder: Path) -> list[str]:
    """The log files' names in the order of their creation."""
    try:
        return sorted(entry.name for entry in folder.iterdir() if _NAME.fullmatch(entry.name))
    except (FileNotFoundError, NotADirectoryError):
        return []


def side_file(folder: Path, name: str, suffix: str) -> Path:
    return folder / (name.removesuffix(SUFFIX) + suffix)


def size_on_disk(folder: Path, name: str) -> int:
    total = 0
    for part in (name, f"{name}-wal"):
        try:
            total += (folder / part).stat().st_size
        except FileNotFoundError:
            continue
    return total


def open_for_writing(file: Path) -> sqlite3.Connection:
    """An existing or new file. Every commit synced, statements for each batch size cached.

    The -wal is moved into the file in small steps; SQLite does it within the commit that fills it, on this connection.
    """
    connection = sqlite3.connect(file, timeout=5, isolation_level=None, check_same_thread=False, cached_statements=300)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
    return connection


def open_for_reading(file: Path) -> sqlite3.Connection:
    """Read-only, so that a reader can neither checkpoint nor write."""
    return sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, timeout=1, isolation_level=None)


def has_tables(connection: sqlite3.Connection) -> bool:
    """False for a file before its writer's first commit."""
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema WHERE name IN ('records', 'seal')").fetchone()
    return bool(tables == 2)


def is_empty(connection: sqlite3.Connection) -> bool:
    """True for a file without any content."""
    return not connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]


def is_sealed(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("SELECT count(*) FROM seal").fetchone()[0])
