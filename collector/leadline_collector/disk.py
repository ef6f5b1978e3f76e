"""Whether there is room for the log: the disk's floor and the log's cap. Looked at once a second, asked per beacon."""

from __future__ import annotations

import os
from pathlib import Path


class DiskGate:
    """`refusal` says why nothing may be appended now; empty when it may. It heals by itself at the next look."""

    def __init__(self, folder: Path, *, min_free_bytes: int, max_log_bytes: int) -> None:
        self.folder = folder
        self.min_free_bytes = min_free_bytes
        self.max_log_bytes = max_log_bytes
        self.free_bytes = 0
        self.log_bytes = 0
        self.log_files = 0
        self.refusal = ""

    def look(self) -> None:
        """Measures and decides. What can't be measured is left to the commit, which will say."""
        try:
            space = os.statvfs(self.folder)
            files = [entry.stat().st_size for entry in os.scandir(self.folder)]
        except OSError:
            return
        self.free_bytes = space.f_bavail * space.f_frsize
        self.log_bytes = sum(files)
        self.log_files = len(files)
        self.refusal = self._decide()

    def _decide(self) -> str:
        if self.free_bytes < self.min_free_bytes:
            return f"the disk is below its floor of {self.min_free_bytes} free bytes"
        if self.log_bytes > self.max_log_bytes:
            return f"the beacon log is at its cap of {self.max_log_bytes} bytes: nothing loads it"
        return ""
