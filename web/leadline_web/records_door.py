"""The records as web uses them: opened when first needed, so that web starts and answers while they can't be opened."""

from __future__ import annotations

import threading
from pathlib import Path

from leadline.records import Records


class RecordsDoor:
    """Use from any thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._records: Records | None = None
        self._opening = threading.Lock()

    def open(self) -> Records:
        """The records, the same ones each time. Raises RecordsUnavailable where they can't be opened."""
        with self._opening:
            if self._records is None:
                self._records = Records.open(self._path)
            return self._records

    def close(self) -> None:
        with self._opening:
            if self._records is not None:
                self._records.close()
                self._records = None
