"""Follows leadline.toml while the collector runs. A file that is of no use leaves the old settings in force, loudly."""

from __future__ import annotations

import asyncio
import logging

from leadline.clock import monotonic_s
from leadline.errors import ConfigurationError
from leadline.settings import Settings, load_settings

# A file named by a `keys_file` can change without leadline.toml: everything is read again this often.
READ_ANYWAY_S = 10.0
_log = logging.getLogger("leadline.collector")


class SettingsWatch:
    """`problem` is why the file on disk is not in force; empty when it is."""

    def __init__(self, settings: Settings) -> None:
        self.problem = ""
        self._settings = settings
        self._stamp = self._read_stamp()
        self._read_s = monotonic_s()

    async def look(self) -> Settings | None:
        """The new settings where they have changed and can be used."""
        stamp = self._read_stamp()
        if stamp == self._stamp and monotonic_s() - self._read_s < READ_ANYWAY_S:
            return None
        self._stamp = stamp
        self._read_s = monotonic_s()
        try:
            settings = await asyncio.to_thread(load_settings, self._settings.file)
        except ConfigurationError as error:
            if self.problem != error.message:
                self.problem = error.message
                _log.error("leadline.toml has changed but can't be used; the old settings stay in force: %s", error)
            return None
        self.problem = ""
        if settings == self._settings:
            return None
        self._settings = settings
        _log.info("leadline.toml has changed: keys, origins, switches and limits are in force")
        return settings

    def _read_stamp(self) -> tuple[int, int, int] | None:
        try:
            said = self._settings.file.stat()
        except OSError:
            return None
        return said.st_mtime_ns, said.st_size, said.st_ino
