"""The records: opened when first needed, so that web starts and answers while they can't be opened."""

from __future__ import annotations

import threading
from pathlib import Path

from leadline.records import LastResult, Records


class RecordsDoor:
    """Use from any thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._records: Records | None = None
        self._opening = threading.Lock()
        self._last: tuple[int, list[LastResult]] | None = None

    def open(self) -> Records:
        """The records, the same ones each time. Raises RecordsUnavailable if they can't be opened."""
        with self._opening:
            if self._records is None:
                self._records = Records.open(self._path)
            return self._records

    def last_results(self) -> list[LastResult]:
        """The newest result of every monitor; read again only when something has changed.

        With 2,000 monitors reading takes 50 ms, and the filter asks at each keystroke (bench/dashboard).
        """
        records = self.open()
        position = records.newest_position()
        kept = self._last
        if kept is None or kept[0] != position:
            kept = self._last = (position, records.last_results())
        return kept[1]

    def close(self) -> None:
        with self._opening:
            if self._records is not None:
                self._records.close()
                self._records = None
