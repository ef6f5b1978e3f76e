"""What is asked and answered about what is kept: backups, and how long rows stay. Paths are absolute."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct


class BackupAsked(Struct, frozen=True, kw_only=True):
    file: str
    records: str
    beacon_log: str


class BackupPart(Struct, frozen=True, kw_only=True):
    """A table of the store, the records or a log file; `rows` of tables alone."""

    part: str
    rows: int | None
    sha256: str


class RetentionAsked(Struct, frozen=True, kw_only=True):
    """Rows of each class that are older than its moment go; with `is_dry`, they are only counted."""

    raw_before: datetime
    rollups_before: datetime
    records_before: datetime
    is_dry: bool = True


class KeptRows(Struct, frozen=True, kw_only=True):
    """One table. `gone` rows go, or went."""

    table: str
    kept: str
    rows: int
    oldest_at: datetime | None
    size_bytes: int
    gone: int


class AppRows(Struct, frozen=True, kw_only=True):
    app: str
    beacons: int


class RetentionAnswered(Struct, frozen=True, kw_only=True):
    """`free_bytes` of the file hold nothing. `is_compacted`: they are being given back to the disk."""

    tables: list[KeptRows]
    apps: list[AppRows]
    file_bytes: int
    free_bytes: int
    is_compacted: bool
