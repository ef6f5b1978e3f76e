"""Answers the questions of `leadline import` and `leadline export`: one file or one day at a time, so that they can
show progress."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from leadline import clock
from leadline.errors import ConfigurationError
from leadline.store import Store
from leadline.store.interchange import FoundFile, check_file, export_day, find_files, import_day, list_days
from leadline.store.interchange.tables import columns_of
from leadline.storeclient.interchange import (
    CheckedFile,
    ExportAsked,
    ExportDay,
    ExportDayAsked,
    ImportAsked,
    ImportDayAsked,
    ImportedTable,
    ImportFile,
    ImportPlan,
)


def plan_import(_: Store, asked: ImportAsked) -> ImportPlan:
    """The folder's files, days in order."""
    try:
        found = find_files(Path(asked.folder))
    except OSError as error:
        return ImportPlan(files=[], problems=[f"{asked.folder} can't be read: {error.strerror}"], remarks=[])
    files = [
        ImportFile(table=file.table, day=file.day, path=str(file.path), rows=_rows_in(file.path))
        for day in found.days
        for file in found.files
        if file.day == day
    ]
    return ImportPlan(files=files, problems=found.problems, remarks=found.remarks)


def check_import(store: Store, asked: ImportFile) -> CheckedFile:
    """Reads the whole file."""
    cursor = store.cursor()
    try:
        checked = check_file(_found(asked), columns_of(cursor, asked.table), now=clock.now())
    finally:
        cursor.close()
    return CheckedFile(problems=list(map(str, checked.problems)), remarks=checked.remarks, apps=sorted(checked.apps))


def import_one_day(store: Store, asked: ImportDayAsked) -> list[ImportedTable]:
    """In one transaction."""
    added = import_day(store, [_found(file) for file in asked.files], now=clock.now())
    return [ImportedTable(table=table, rows=rows, added=new) for table, (rows, new) in added.items()]


def plan_export(store: Store, asked: ExportAsked) -> list[ExportDay]:
    """Counts, before anything is written."""
    days = list_days(store, since=asked.since, until=asked.until)
    return [ExportDay(table=table, day=day, rows=rows) for table, day, rows in days]


def export_one_day(store: Store, asked: ExportDayAsked) -> int:
    """Rows written. Raises ConfigurationError if the folder can't be written."""
    try:
        return export_day(store, Path(asked.folder), asked.table, asked.day, since=asked.since, until=asked.until)
    except OSError as error:
        raise ConfigurationError(
            f"{asked.folder} can't be written: {error.strerror}", hint="name a folder that can be written"
        ) from error


def _found(file: ImportFile) -> FoundFile:
    return FoundFile(file.table, file.day, Path(file.path))


def _rows_in(path: Path) -> int:
    """For the progress bar; an unreadable file is reported when it is checked."""
    try:
        rows: int = pq.read_metadata(path).num_rows
    except (pa.ArrowException, OSError):
        return 0
    return rows
