"""The only place that opens a DuckDB file.

`with closing(open_file(path)) as connection: …` where a file is worked on; a store that is asked is opened by
database.py.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb


def open_file(path: Path, config: dict[str, Any] | None = None) -> duckdb.DuckDBPyConnection:
    """Raises duckdb.IOException if another process holds it, or if it is not a DuckDB file."""
    return duckdb.connect(str(path), config=config or {})
