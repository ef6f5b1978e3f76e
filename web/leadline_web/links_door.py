"""The key of signed links: read when the first link is opened, so that web starts without it."""

from __future__ import annotations

import threading
from pathlib import Path

from leadline.errors import StorageUnavailable
from leadline.links import PageLinks


class LinksDoor:
    """Use from any thread."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._links: PageLinks | None = None
        self._opening = threading.Lock()

    def open(self) -> PageLinks:
        """Raises StorageUnavailable if the key can't be read or made."""
        with self._opening:
            if self._links is None:
                try:
                    self._links = PageLinks.open(self._home)
                except OSError as error:
                    raise StorageUnavailable(f"the key of signed links can't be used: {error}") from error
            return self._links
