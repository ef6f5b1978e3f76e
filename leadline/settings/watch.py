"""Notices that leadline.toml was saved while a service runs; every service learns of it here.

A file with errors leaves the old settings in force and is reported once. What a service opened or bound at its
start (fixed.py) stays as it was until its next start, which is reported too. Why it polls: docs/decisions/0008.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from leadline.clock import monotonic_s
from leadline.errors import ConfigurationError
from leadline.settings.fixed import find_fixed, hold_fixed
from leadline.settings.schema import Settings
from leadline.settings.toml_file import load_settings

# A saved file takes effect within 2 s: half a second to notice it, the rest for the service to apply it.
LOOK_EVERY_S = 0.5
# A file named by a `*_file` key can change without leadline.toml: everything is read again this often.
READ_ANYWAY_S = 10.0
# An editor may write a file in several steps: it is read once two looks this far apart found the same content.
_SETTLE_S = 0.1
_MOST_SETTLES = 10
Tell = Callable[[int, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A usable file. `settings` keeps the fixed keys in force; `notices` name the fixed keys that the file changes."""

    settings: Settings
    notices: tuple[str, ...]
    beside: str
    as_read: Settings


@dataclass(frozen=True, slots=True)
class _Stamp:
    file: tuple[int, int, int] | None
    beside: str


class SettingsWatch:
    """`settings` are in force. `problem` is why the file on disk is not, empty if it is. `notices` wait for a restart.

    `tables` are those whose fixed keys the service holds. `beside` names the state of further files that the settings
    lead to: a change of it counts as a save. The first look reads the file in any case: it may be newer than `running`.
    """

    def __init__(
        self,
        running: Settings,
        *,
        tell: Tell,
        tables: Collection[str],
        beside: Callable[[Settings], str] = lambda _: "",
        known: str = "",
    ) -> None:
        self.settings = running
        self.problem = ""
        self.notices: tuple[str, ...] = ()
        self._started_with = running
        self._saved = running
        self._known = known
        self._tell = tell
        self._tables = tables
        self._beside = beside
        self._seen: _Stamp | None = None
        self._read_s = monotonic_s()

    async def look(self) -> Saved | None:
        """A saved file that differs from the settings in force, for `accept` or `refuse`."""
        stamp = await asyncio.to_thread(self._stamp)
        for _ in range(_MOST_SETTLES if stamp != self._seen else 0):
            await asyncio.sleep(_SETTLE_S)
            before, stamp = stamp, await asyncio.to_thread(self._stamp)
            if stamp == before:
                break
        return self._take(stamp, await asyncio.to_thread(self._read)) if self._is_due(stamp) else None

    def look_now(self) -> Saved | None:
        """The same for a caller without an event loop that looks again soon: a half-written file is read twice."""
        stamp = self._stamp()
        return self._take(stamp, self._read()) if self._is_due(stamp) else None

    def accept(self, saved: Saved) -> None:
        """The saved settings are in force from now on."""
        self.settings, self._saved, self._known = saved.settings, saved.as_read, saved.beside
        self._clear()
        self._tell(logging.INFO, f"{saved.settings.file.name} has changed and is in force")
        for notice in saved.notices:
            if notice not in self.notices:
                self._tell(logging.WARNING, notice)
        self.notices = saved.notices

    def refuse(self, problem: str) -> None:
        """The saved file is not in force, and everything goes on as before."""
        if problem != self.problem:
            self._tell(logging.ERROR, f"the saved file has errors; the old settings stay in force:\n{problem}")
        self.problem = problem

    def _clear(self) -> None:
        if self.problem:
            self._tell(logging.INFO, "the saved file has no errors any more")
        self.problem = ""

    def _is_due(self, stamp: _Stamp) -> bool:
        if stamp == self._seen and monotonic_s() - self._read_s < READ_ANYWAY_S:
            return False
        self._seen, self._read_s = stamp, monotonic_s()
        return True

    def _read(self) -> Settings | ConfigurationError:
        try:
            return load_settings(self._started_with.file)
        except ConfigurationError as error:
            return error

    def _take(self, stamp: _Stamp, read: Settings | ConfigurationError) -> Saved | None:
        if isinstance(read, ConfigurationError):
            self.refuse(str(read))
            return None
        # Compares keys only: a comment changes nothing, nor does a path that was relative at the start.
        if dict(read) == dict(self._saved) and stamp.beside == self._known:
            self._clear()
            return None
        fixed = find_fixed(self._started_with, read, tables=self._tables)
        return Saved(
            settings=hold_fixed(self._started_with, read),
            notices=tuple(map(str, fixed)),
            beside=stamp.beside,
            as_read=read,
        )

    def _stamp(self) -> _Stamp:
        return _Stamp(_stat(self._started_with.file), self._beside(self._saved))


def _stat(file: Path) -> tuple[int, int, int] | None:
    try:
        said = file.stat()
    except OSError:
        return None
    return said.st_mtime_ns, said.st_size, said.st_ino
