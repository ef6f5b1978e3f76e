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
    """`settings` are in force; `problem` is why the file on disk is not, empty when it is.

    The first look reads the file whatever its stamp: what a worker is given may be older, or the save is broken.
    """

    def __init__(self, settings: Settings, *, is_quiet: bool = False) -> None:
        self.problem = ""
        self.settings = settings
        self._is_quiet = is_quiet
        self._stamp: tuple[int, int, int] | None = None
        self._read_s = monotonic_s()

    async def look(self) -> Settings | None:
        """The new settings where they have changed and can be used."""
        return self._take(await asyncio.to_thread(self._read)) if self._is_due() else None

    def look_now(self) -> Settings | None:
        """The same for a caller without an event loop."""
        return self._take(self._read()) if self._is_due() else None

    def _is_due(self) -> bool:
        stamp = self._read_stamp()
        if stamp == self._stamp and monotonic_s() - self._read_s < READ_ANYWAY_S:
            return False
        self._stamp = stamp
        self._read_s = monotonic_s()
        return True

    def _read(self) -> Settings | ConfigurationError:
        try:
            return load_settings(self.settings.file)
        except ConfigurationError as error:
            return error

    def _take(self, read: Settings | ConfigurationError) -> Settings | None:
        if isinstance(read, ConfigurationError):
            if self.problem != read.message:
                self.problem = read.message
                self._tell(logging.ERROR, f"leadline.toml can't be used; the old settings stay in force: {read}")
            return None
        if self.problem:
            self._tell(logging.INFO, "leadline.toml can be used again")
        self.problem = ""
        # By their keys alone: a comment changes nothing, nor does a path that was relative at the start.
        is_the_same = dict(read) == dict(self.settings)
        self.settings = read  # with the new text, which is what a worker is given
        if is_the_same:
            return None
        self._tell(logging.INFO, "leadline.toml has changed: keys, origins, switches and limits are in force")
        return read

    def _tell(self, level: int, message: str) -> None:
        if not self._is_quiet:
            _log.log(level, message)

    def _read_stamp(self) -> tuple[int, int, int] | None:
        try:
            said = self.settings.file.stat()
        except OSError:
            return None
        return said.st_mtime_ns, said.st_size, said.st_ino
