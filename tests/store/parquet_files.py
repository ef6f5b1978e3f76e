"""Files as others hand them in: Parquet by table and day."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

DAY = datetime.fromisoformat("2026-11-20T10:00")  # UTC, as the tables have it


def write(folder: Path, table: str, columns: dict[str, Any], *, day: str = "2026-11-20") -> Path:
    place = folder / f"table={table}" / f"day={day}"
    place.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), place / "rows.parquet")
    return place / "rows.parquet"


def views(number: int, *, at: datetime = DAY, **more: Any) -> dict[str, Any]:
    """Page views with the columns that each needs."""
    named = {
        "app": ["shop"] * number,
        "page_view_id": [f"{at:%d}-{n}" for n in range(number)],
        "received_at": [at + timedelta(seconds=n) for n in range(number)],
    }
    return named | more
