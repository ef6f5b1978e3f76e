"""Limits evidence by age and size: removes the oldest run's whole folder first, never half of one."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The evidence of one run: `<evidence>/<date>/<run_id>`."""

    path: Path
    written_at: datetime
    size_bytes: int


def choose_expired(folders: Sequence[RunFolder], *, max_bytes: int, max_age_s: float, now: datetime) -> list[RunFolder]:
    """The folders to remove: all that are too old, then the oldest until the rest fits."""
    oldest_kept = now - timedelta(seconds=max_age_s)
    expired = []
    left_bytes = sum(folder.size_bytes for folder in folders)
    for folder in sorted(folders, key=lambda folder: (folder.written_at, folder.path.name)):
        if folder.written_at >= oldest_kept and left_bytes <= max_bytes:
            break
        expired.append(folder)
        left_bytes -= folder.size_bytes
    return expired


def sweep_evidence(folder: Path, max_bytes: int, max_age_s: float, now: datetime) -> int:
    """Removes expired evidence under `folder`; returns the freed bytes. A missing folder is empty."""
    expired = choose_expired(list_run_folders(folder), max_bytes=max_bytes, max_age_s=max_age_s, now=now)
    for one in expired:
        shutil.rmtree(one.path, ignore_errors=True)
    for day in folder.glob("????-??-??"):
        if _day_of(day) is not None and not any(day.iterdir()):
            try:
                day.rmdir()
            except OSError:
                continue  # a run has just begun to write there
    return sum(one.size_bytes for one in expired)


def list_run_folders(folder: Path) -> list[RunFolder]:
    """Every run's folder below those named by a date; nothing else is ours to remove."""
    found: list[RunFolder] = []
    for day in folder.glob("????-??-??"):
        begun = _day_of(day)
        if begun is None:
            continue
        found.extend(_measure(run, begun) for run in day.iterdir() if run.is_dir() and not run.is_symlink())
    return found


def _measure(run: Path, begun: datetime) -> RunFolder:
    size = 0
    written_at = begun
    for file in run.iterdir():
        try:
            seen = file.stat()
        except FileNotFoundError:
            continue
        size += seen.st_size
        written_at = max(written_at, datetime.fromtimestamp(seen.st_mtime, UTC))
    return RunFolder(run, written_at, size)


def _day_of(folder: Path) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(folder.name), time.min, UTC)
    except ValueError:
        return None
