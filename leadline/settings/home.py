"""The paths of a home. By default everything is in one folder; each part can be placed elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class HomePaths:
    """Absolute paths. `run` has locks and the status files of running services."""

    home: Path
    beacon_log: Path
    records: Path
    store: Path
    evidence: Path
    run: Path

    def create_folders(self) -> None:
        """Makes the folders; raises OSError if they can't be created."""
        for folder in (self.home, self.beacon_log, self.records.parent, self.store.parent, self.evidence, self.run):
            folder.mkdir(parents=True, exist_ok=True)
