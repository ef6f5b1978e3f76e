"""SQL to the store service, its own endpoint: `POST /sql` answers in one of four formats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from msgspec import Struct

SqlFormat = Literal["arrow", "parquet", "csv", "json"]
MEDIA_TYPES: dict[SqlFormat, str] = {
    "json": "application/json",
    "csv": "text/csv",
    "arrow": "application/vnd.apache.arrow.stream",
    "parquet": "application/vnd.apache.parquet",
}


class SqlAsked(Struct, frozen=True, kw_only=True):
    """One read-only SELECT and its limits. The answer is the bytes of `as_format`."""

    sql: str
    as_format: SqlFormat = "arrow"
    is_safe_csv: bool = False
    max_rows: int = 10_000
    max_bytes: int = 64_000_000
    timeout_s: float = 30.0


@dataclass(frozen=True, slots=True)
class SqlAnswer:
    """`truncated` names the limit that cut the answer; None where it is whole."""

    body: bytes
    truncated: str | None
    duration_ms: float
