"""One file that holds a home's data, written while everything runs, and an empty home made from it.

A tar with a manifest (what, how many rows, which checksum), the store's tables as Parquet, the records, and the beacons
that are not loaded yet. The store is read as of one moment, before the records and the log: their newer data is
loaded again after the restore, once, as after any kill. Evidence and leadline.toml are separate files.
"""

from __future__ import annotations

import tarfile
import tempfile
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct

import leadline
from leadline import clock
from leadline.beaconlog.backup import copy_unloaded
from leadline.errors import ConfigurationError
from leadline.records.backup import copy_records
from leadline.settings import Settings
from leadline.store import Store
from leadline.store.dump import DumpedTable, dump_tables, load_tables, sha256_of
from leadline.storeclient.backups import BackupAsked, BackupPart

MANIFEST, RECORDS = "manifest.json", "records.sqlite"
FORMAT = 1


class LogCopy(Struct, frozen=True):
    file: str
    sha256: str


class Manifest(Struct, frozen=True, kw_only=True):
    format: int
    leadline_version: str
    made_at: datetime
    tables: list[DumpedTable]
    records_sha256: str | None
    logs: list[LogCopy]


def write_backup(store: Store, asked: BackupAsked) -> list[BackupPart]:
    """Returns what was written. The file appears complete or not at all. Raises ConfigurationError if it can't be
    written.
    """
    file = Path(asked.file)
    try:
        with tempfile.TemporaryDirectory(dir=file.parent, prefix=".leadline-backup-") as name:
            folder = Path(name)
            tables = dump_tables(store, folder)
            records_sha256 = None
            if Path(asked.records).exists():
                copy_records(Path(asked.records), folder / RECORDS)
                records_sha256 = sha256_of(folder / RECORDS)
            logs = [LogCopy(log, sha256_of(folder / log)) for log in copy_unloaded(Path(asked.beacon_log), folder)]
            manifest = Manifest(
                format=FORMAT,
                leadline_version=leadline.__version__,
                made_at=clock.now(),
                tables=tables,
                records_sha256=records_sha256,
                logs=logs,
            )
            (folder / MANIFEST).write_bytes(msgspec.json.encode(manifest))
            whole = folder / ".whole.tar"
            with tarfile.open(whole, "w") as tar:
                for part in sorted(folder.iterdir(), key=lambda part: (part.name != MANIFEST, part.name)):
                    if part != whole:
                        tar.add(part, arcname=part.name)
            whole.replace(file)
    except OSError as error:
        raise ConfigurationError(
            f"{file} can't be written: {error.strerror or error}", hint="name a file in a folder that can be written"
        ) from error
    return _parts(manifest)


def restore(settings: Settings, file: Path) -> list[BackupPart]:
    """Makes the home of `settings` from the backup. The caller holds the home's locks.

    Raises ConfigurationError if the home is not empty, or the backup is incomplete; then nothing is written.
    """
    paths = settings.paths
    if taken := [place for place in (paths.store, paths.records) if place.exists()]:
        raise ConfigurationError(
            f"the home is not empty: {taken[0]} is there", hint="restore into a new [home] path, or move it away first"
        )
    paths.create_folders()
    with tempfile.TemporaryDirectory(dir=paths.store.parent, prefix=".leadline-restore-") as name:
        folder = Path(name)
        manifest = _unpack(file, folder)
        for kept, sha256 in ((RECORDS, manifest.records_sha256), *((log.file, log.sha256) for log in manifest.logs)):
            if sha256 is not None and (not (folder / kept).is_file() or sha256_of(folder / kept) != sha256):
                raise ConfigurationError(
                    f"the backup is damaged: {kept} is not what was written", hint="use another one"
                )
        for _ in load_tables(paths.store, folder, manifest.tables):
            pass
        for log in manifest.logs:
            (folder / log.file).replace(paths.beacon_log / log.file)
        if manifest.records_sha256 is not None:
            (folder / RECORDS).replace(paths.records)
            paths.records.chmod(0o600)
    return _parts(manifest)


def _unpack(file: Path, folder: Path) -> Manifest:
    """Only files with the names that the manifest lists."""
    try:
        with tarfile.open(file) as tar:
            tar.extractall(folder, filter="data", members=[one for one in tar if one.isfile() and "/" not in one.name])
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except (tarfile.TarError, msgspec.MsgspecError, EOFError) as error:
        raise ConfigurationError(
            f"{file} is not a whole backup: {str(error).splitlines()[0]}", hint="use another one"
        ) from error
    except OSError as error:
        raise ConfigurationError(f"{file} can't be read: {error.strerror or error}") from error
    if manifest.format > FORMAT:
        raise ConfigurationError(
            f"{file} was written by Leadline {manifest.leadline_version}, which this version can't read",
            hint="restore it with that version or a newer one",
        )
    return manifest


def _parts(manifest: Manifest) -> list[BackupPart]:
    parts = [BackupPart(part=table.table, rows=table.rows, sha256=table.sha256) for table in manifest.tables]
    if manifest.records_sha256 is not None:
        parts.append(BackupPart(part="records", rows=None, sha256=manifest.records_sha256))
    return [*parts, *(BackupPart(part=log.file, rows=None, sha256=log.sha256) for log in manifest.logs)]
