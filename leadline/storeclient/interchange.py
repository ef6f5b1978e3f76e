"""What is asked and answered when tables go out of the store as Parquet, or come in. Paths are absolute."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct


class ImportAsked(Struct, frozen=True, kw_only=True):
    folder: str


class ImportFile(Struct, frozen=True, kw_only=True):
    """`day` is empty for a file that stands in no folder of a day."""

    table: str
    day: str
    path: str
    rows: int = 0


class ImportPlan(Struct, frozen=True, kw_only=True):
    """Files in the order in which they are imported. With any of `problems`, nothing may be."""

    files: list[ImportFile]
    problems: list[str]
    remarks: list[str]


class CheckedFile(Struct, frozen=True, kw_only=True):
    """Problems name table, column, row and file."""

    problems: list[str]
    remarks: list[str]
    apps: list[str]


class ImportDayAsked(Struct, frozen=True, kw_only=True):
    """All files of one day, which become rows in one transaction."""

    files: list[ImportFile]


class ImportedTable(Struct, frozen=True, kw_only=True):
    """`added` rows were new; the others were there already."""

    table: str
    rows: int
    added: int


class ExportAsked(Struct, frozen=True, kw_only=True):
    """From `since` on and before `until`; None is no bound."""

    since: datetime | None = None
    until: datetime | None = None


class ExportDay(Struct, frozen=True, kw_only=True):
    table: str
    day: str
    rows: int


class ExportDayAsked(Struct, frozen=True, kw_only=True):
    folder: str
    table: str
    day: str
    since: datetime | None = None
    until: datetime | None = None
