"""Results that wait for the records, on the disk as well: where a scheduler is killed meanwhile, the next has them.

A full disk is the usual reason why the records refuse, so the room is taken while there is some. Refuses to be a second
memory: a result is read once, and one that the records know by then changes nothing there. `sync` is asked for once a
second while results wait, off the event loop: what is older than that survives a loss of power too.
"""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from io import FileIO
from pathlib import Path

import msgspec

from leadline.model import RunResult

log = logging.getLogger(__name__)

KEPT_FILE = "kept-results.bin"
# A result takes about 1 kB: ten monitors, twice a minute, for an hour.
RESERVED_BYTES = 1_000_000
# 20,000 results (kept_results.py) of that size, where the disk takes them.
_MOST_BYTES = 20_000_000
_LENGTH_BYTES = 4


class KeptResult(msgspec.Struct, frozen=True):
    """`monitor` is the key of the monitor whose result it is."""

    monitor: str
    result: RunResult


class KeptFile:
    """Never raises for what a disk does: the results are in memory all the same. One process holds it, by the lock of
    the scheduler."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._end = 0
        self._has_complained = False
        self._is_synced = True

    def read(self) -> list[KeptResult]:
        """What the last scheduler left, in order. What comes after it is added behind."""
        try:
            text = self._file.read_bytes()
        except OSError:
            return []
        found: list[KeptResult] = []
        self._end = 0
        while length := int.from_bytes(text[self._end : self._end + _LENGTH_BYTES], "big"):
            begin = self._end + _LENGTH_BYTES
            try:
                found.append(msgspec.msgpack.decode(text[begin : begin + length], type=KeptResult))
            except (msgspec.DecodeError, ValueError) as error:  # cut off, or of another version
                log.warning("%s holds something else after %d results: %s", self._file, len(found), error)
                break
            self._end = begin + length
        return found

    def reserve(self) -> None:
        """Takes the room that a full disk would not give."""
        try:
            with self._open() as file:
                if os.fstat(file.fileno()).st_size < RESERVED_BYTES and hasattr(os, "posix_fallocate"):
                    os.posix_fallocate(file.fileno(), 0, RESERVED_BYTES)
        except OSError as error:
            self._complain(error)

    def add(self, monitor: str, result: RunResult) -> None:
        """Puts a result behind the others."""
        try:
            text = msgspec.msgpack.encode(KeptResult(monitor, result))
            if self._end + len(text) > _MOST_BYTES:
                return
            with self._open() as file:
                # The end's mark with it: what stands behind is of an earlier time.
                os.pwrite(
                    file.fileno(), len(text).to_bytes(_LENGTH_BYTES, "big") + text + bytes(_LENGTH_BYTES), self._end
                )
            self._end += _LENGTH_BYTES + len(text)
            self._is_synced = False
        except (OSError, ValueError) as error:
            self._complain(error)

    def sync(self) -> None:
        """Puts what was added onto the disk itself. Blocks."""
        if self._is_synced:
            return
        self._is_synced = True  # before the call: what is added meanwhile is for the next one
        try:
            with self._open() as file:
                os.fsync(file.fileno())
        except OSError as error:
            self._complain(error)

    def clear(self) -> None:
        """All of it is in the records."""
        if self._end == 0:
            return
        self._end, self._has_complained = 0, False
        with suppress(OSError), self._open() as file:
            os.pwrite(file.fileno(), bytes(_LENGTH_BYTES), 0)
            if os.fstat(file.fileno()).st_size > RESERVED_BYTES:
                os.truncate(file.fileno(), RESERVED_BYTES)

    def _open(self) -> FileIO:
        return FileIO(os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600), "r+b")

    def _complain(self, error: Exception) -> None:
        if not self._has_complained:
            self._has_complained = True
            log.warning("what waits for the records is kept in memory alone: %s: %s", self._file, error)
