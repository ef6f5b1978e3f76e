"""Whether there is room for the log: the disk's floor and the log's cap. Looked at once a second, asked per beacon."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from leadline.beaconlog import LogReader
from leadline.clock import now

_log = logging.getLogger("leadline.collector")


class DiskGate:
    """`refusal` says why nothing may be appended now; empty when it may. It heals by itself at the next look."""

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
        """Measures and decides. Over the cap, files that are loaded already go first, before anything is refused."""
        if self._measure() and self.log_bytes > self.max_log_bytes:
            try:
                self._reader.remove_expired(now=now(), max_bytes=self.max_log_bytes)
            except (OSError, ValueError) as error:  # the loader removes as well, and may have been quicker
                _log.warning("a loaded file of the beacon log could not be removed: %s", error)
            self._measure()
        self.is_at_cap = self.log_bytes > self.max_log_bytes
        self.refusal = self._decide()

    def _measure(self) -> bool:
        """False where the disk does not say; what can't be measured is left to the commit, which will."""
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
