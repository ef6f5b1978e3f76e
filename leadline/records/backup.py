"""A consistent copy of the records while others write: SQLite's own online backup."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from leadline.errors import RecordsUnavailable


def copy_records(source: Path, target: Path) -> None:
    """Copies the database file `source` to `target`. Raises RecordsUnavailable if it can't be read or written."""
    try:
        with (
            closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True, timeout=30)) as old,
            closing(sqlite3.connect(target)) as new,
        ):
            old.backup(new, pages=1000)
    except sqlite3.Error as error:
        raise RecordsUnavailable(f"the records can't be copied: {error}") from error
