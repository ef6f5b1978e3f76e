"""Whether there is room for the log: minimum free space and the log's cap. Measured once a second, read per beacon."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from leadline.beaconlog import LogReader
from leadline.clock import now

_log = logging.getLogger("leadline.collector")


class DiskGate:
    """`refusal` says why nothing may be appended now, or is empty. It is updated at each look."""

    def __init__(self, folder: Path, *, min_free_bytes: int, max_log_bytes: int) -> None:
        self.folder = folder
        self.min_free_bytes = min_free_bytes
        self.max_log_bytes = max_log_bytes
        self.free_bytes = 0
        self.log_bytes = 0
        self.refusal = ""
        self.is_at_cap = False
        self._reader = LogReader(folder)

    def look(self) -> None:
        """Measures and decides. Over the cap, already loaded files are removed first, before anything is rejected."""
        if self._measure() and self.log_bytes > self.max_log_bytes:
            try:
                self._reader.remove_expired(now=now(), max_bytes=self.max_log_bytes)
            except (OSError, ValueError) as error:  # the loader removes files as well, and may have been faster
                _log.warning("a loaded file of the beacon log could not be removed: %s", error)
            self._measure()
        self.is_at_cap = self.log_bytes > self.max_log_bytes
        self.refusal = self._decide()

    def _measure(self) -> bool:
        """False if the disk can't be measured; then the commit finds out."""
        try:
            space = os.statvfs(self.folder)
            self.log_bytes = sum(entry.stat().st_size for entry in os.scandir(self.folder))
        except OSError:
            return False
        self.free_bytes = space.f_bavail * space.f_frsize
        return True

    def _decide(self) -> str:
        if not self.free_bytes and not self.log_bytes:
            return ""
        if self.free_bytes < self.min_free_bytes:
            return f"the disk is below its floor of {self.min_free_bytes} free bytes"
        if self.is_at_cap:
            return f"the beacon log is at its cap of {self.max_log_bytes} bytes: nothing loads it"
        return ""
