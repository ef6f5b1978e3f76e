"""Copies the log files that are not loaded yet, also those that are being written: by SQLite's own online backup."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from leadline.beaconlog.files import LOADED_SUFFIX, Damage, log_names, open_for_reading, side_file
from leadline.errors import LogUnavailable


def copy_unloaded(folder: Path, target: Path) -> list[str]:
    """Names of the copies in `target`. A damaged file is copied as it is. Raises LogUnavailable."""
    copied = []
    try:
        for name in log_names(folder):
            if not side_file(folder, name, LOADED_SUFFIX).exists():
                _copy(folder / name, target / name)
                copied.append(name)
    except OSError as error:
        raise LogUnavailable(f"the beacon log can't be copied: {error}") from error
    return copied


def _copy(source: Path, target: Path) -> None:
    try:
        with closing(open_for_reading(source)) as old, closing(sqlite3.connect(target)) as new:
            old.backup(new, pages=1000)
    except Damage:
        target.unlink(missing_ok=True)
        shutil.copyfile(source, target)
