"""Settings that the store service takes from a saved leadline.toml: retention, and the size of the beacon log.

The home's path, the memory and the country file are fixed (leadline.settings.fixed) until the next start.
"""

from __future__ import annotations

import sys
import threading

from leadline.settings import Settings
from leadline.settings.watch import LOOK_EVERY_S, SettingsWatch


class SavedSettings:
    """`settings` are in force. Read from any thread; `look` from one."""

    def __init__(self, settings: Settings) -> None:
        self._watch = SettingsWatch(settings, tell=_say, tables=("home", "store"))

    @property
    def settings(self) -> Settings:
        return self._watch.settings

    def follow(self, stopping: threading.Event) -> None:
        """Looks until `stopping`."""
        while not stopping.wait(LOOK_EVERY_S):
            self.look()

    def look(self) -> None:
        """Applies a saved file, if it has no errors."""
        if (saved := self._watch.look_now()) is not None:
            self._watch.accept(saved)


def _say(_level: int, text: str) -> None:
    print(f"leadline store: {text}", file=sys.stderr, flush=True)
