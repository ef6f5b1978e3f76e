"""The flags in force, per app: the configuration, overridden by what the records published into the home."""

from __future__ import annotations

import asyncio
import logging
import os
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

import msgspec

from leadline.flags import FlagSet, Snapshot, decode_snapshot, in_force
from leadline.flags.snapshot import FILE_NAME
from leadline.settings import Settings, configured_flags, configured_rings
from leadline_collector.intake.answers import Answer

_log = logging.getLogger("leadline.collector")
_encoder = msgspec.json.Encoder(order="deterministic")


@dataclass(frozen=True, slots=True)
class AppFlags:
    """`etag` changes whenever the app's flags in force change. `told` keeps what was answered of one flag: of the same
    variant for the same reason it is the same, so it has no more entries than the flags have of these. `ready` keeps
    the whole answer, which names the page's origin as well; whoever adds to it bounds it.
    """

    flags: FlagSet
    etag: str
    told: dict[tuple[str, str, str], bytes] = field(default_factory=dict)
    ready: dict[tuple[str, str, str, bytes | None], Answer] = field(default_factory=dict)


class ServedFlags:
    """`of` looks at the file each time (a stat of 2 µs): a kill holds for the next request, in every worker.

    `of_this_turn` looks once in a turn of the event loop, which is the same: what is sent after a kill is read in a
    later turn than the one in which the file was looked at before it.
    """

    def __init__(self, settings: Settings) -> None:
        self._stamp: tuple[int, int, int] | None = None
        self._snapshot = Snapshot()
        self._apps: dict[str, AppFlags] = {}
        self.problem = ""
        self._has_looked = False
        self.apply(settings)

    @property
    def published_at_ms(self) -> int:
        """When the records last published; 0 for never."""
        return 0 if self._stamp is None else self._stamp[0] // 1_000_000

    def apply(self, settings: Settings) -> None:
        """Takes the flags of a changed file."""
        self._file: Path = settings.paths.home / FILE_NAME
        self._path = str(self._file)  # a Path's own stat takes half as long again
        self._flags = configured_flags(settings)
        self._rings = configured_rings(settings)
        self._apps.clear()

    def of(self, app: str) -> AppFlags:
        """What is in force for an app now."""
        self._look()
        return self._find(app)

    def of_this_turn(self, app: str) -> AppFlags:
        """The same, for a caller that has just read the request. Belongs to the event loop."""
        if not self._has_looked:
            self._has_looked = True
            asyncio.get_running_loop().call_soon(self._look_again)
            self._look()
        return self._find(app)

    def _look_again(self) -> None:
        self._has_looked = False

    def _find(self, app: str) -> AppFlags:
        found = self._apps.get(app)
        if found is None:
            flags = in_force(app, self._flags, self._rings, self._snapshot.states)
            said = _encoder.encode((list(flags.flags.values()), list(flags.rings.values()), flags.overrides))
            found = self._apps[app] = AppFlags(flags, blake2b(said, digest_size=12).hexdigest())
        return found

    def _look(self) -> None:
        try:
            said = os.stat(self._path)
        except FileNotFoundError:
            return  # nothing was ever published; a removed file does not undo a kill
        except OSError as error:
            self._tell(f"{self._file} can't be read: {error}")
            return
        stamp = (said.st_mtime_ns, said.st_size, said.st_ino)
        if stamp == self._stamp:
            return
        try:
            self._snapshot = decode_snapshot(self._file.read_bytes())
        except (OSError, ValueError) as error:
            self._tell(f"{error}; what was published before stays in force")
        else:
            self.problem = ""
            self._apps.clear()
        self._stamp = stamp

    def _tell(self, problem: str) -> None:
        if problem != self.problem:
            self.problem = problem
            _log.error(problem)
