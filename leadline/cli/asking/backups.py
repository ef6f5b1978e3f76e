"""Backups and retention, by the store service. A restore makes the home before any service runs on it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, time, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

from leadline.cli.asking.store import ask_store
from leadline.clock import now
from leadline.errors import ConfigurationError, HomeHeld
from leadline.locks import is_held, read_holder, take_lock
from leadline.settings import Settings
from leadline.storeclient import questions
from leadline.storeclient.backups import BackupAsked, RetentionAsked
from leadline.workers.evidence_sweep import choose_expired, list_run_folders, sweep_evidence

Row = dict[str, Any]
_DAY_S = 86400.0


def back_up(settings: Settings, file: Path) -> list[Row]:
    """Returns what was written. ConfigurationError if the file can't be written."""
    asked = BackupAsked(
        file=str(file.absolute()), records=str(settings.paths.records), beacon_log=str(settings.paths.beacon_log)
    )
    parts = ask_store(settings, lambda client: client.ask(questions.BACKUP, asked))
    return [{"part": part.part, "rows": part.rows, "sha256": part.sha256} for part in parts]


def bring_back(settings: Settings, file: Path) -> list[Row]:
    """Returns what was restored. ConfigurationError if the home is not empty or in use, or the file is damaged."""
    for name in ("up", "collector", "scheduler", "store", "web"):
        lock = settings.paths.run / f"{name}.lock"
        if is_held(lock):
            holder = read_holder(lock)
            raise HomeHeld(f"leadline {name} runs on {settings.paths.home}: pid {holder.pid}", hint="stop it first")
    with ExitStack() as held:
        lock = settings.paths.run / "store.lock"
        held.enter_context(take_lock(lock, what="leadline store", settings_file=settings.file, now=now()))
        try:
            backups = import_module("leadline_store.backups")
        except ModuleNotFoundError as error:
            raise ConfigurationError("the store is not installed", hint="pip install 'leadline[store]'") from error
        parts = backups.restore(settings, file)
    return [{"part": part.part, "rows": part.rows, "sha256": part.sha256} for part in parts]


def list_retention(settings: Settings, *, is_applied: bool) -> list[Row]:
    """Tables, the evidence, then the apps by size."""
    kept, at = settings.retention, now()
    asked = RetentionAsked(
        raw_before=_midnight_before(at, kept.raw),
        rollups_before=_midnight_before(at, kept.rollups),
        records_before=_midnight_before(at, kept.records),
        is_dry=not is_applied,
    )
    answer = ask_store(settings, lambda client: client.ask(questions.RETENTION, asked))
    spans = {"raw": kept.raw, "rollups": kept.rollups, "records": kept.records}
    tables = [
        {
            "what": "table",
            "name": table.table,
            "kept_as": table.kept,
            "kept_for": _in_words(spans[table.kept]),
            "rows": table.rows,
            "oldest_at": table.oldest_at,
            "size_bytes": table.size_bytes,
            "gone": table.gone,
        }
        for table in answer.tables
    ]
    apps = [
        {"what": "app", "name": one.app, "kept_as": "raw", "rows": one.beacons, "gone": None} for one in answer.apps
    ]
    file = {"what": "file", "name": "store", "size_bytes": answer.file_bytes, "free_bytes": answer.free_bytes}
    if answer.is_compacted:
        print(
            f"{answer.free_bytes:,} bytes of the store are free: it is compacted now, or at its next start",
            file=sys.stderr,
        )
    return [*tables, file, *_evidence(settings, at, is_applied=is_applied), *apps]


def _evidence(settings: Settings, at: datetime, *, is_applied: bool) -> Iterator[Row]:
    folders = list_run_folders(settings.paths.evidence)
    expired = choose_expired(
        folders, max_bytes=settings.home.evidence_max_bytes, max_age_s=settings.evidence_max_age_s, now=at
    )
    if is_applied:
        sweep_evidence(settings.paths.evidence, settings.home.evidence_max_bytes, settings.evidence_max_age_s, at)
    yield {
        "what": "evidence",
        "name": "runs with evidence",
        "kept_as": "evidence",
        "kept_for": _in_words(settings.evidence_max_age_s),
        "rows": len(folders),
        "oldest_at": min((folder.written_at for folder in folders), default=None),
        "size_bytes": sum(folder.size_bytes for folder in folders),
        "gone": len(expired),
    }


def _midnight_before(at: datetime, kept_s: float) -> datetime:
    return datetime.combine((at - timedelta(seconds=kept_s)).astimezone(UTC).date(), time.min, UTC)


def _in_words(seconds: float) -> str:
    return f"{seconds / _DAY_S:g}d"
