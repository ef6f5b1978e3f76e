"""Keeps results of closed minutes, in memory and bounded. Anything else is read again.

A part is kept with a summary of arrivals until its end (`Arrived`). If that changed, by an import or by rows that
were loaded late or removed, all is read again.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime

from leadline.store.parts import Part

# A day of 5 million events comes to about 40 MB of blocks, whatever the number of apps.
MOST_BYTES = 256 * 1024 * 1024

# App, arms, anchor and what is read of each metric.
Key = tuple[object, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """Beacons that had arrived, the sum of their times, and the last import."""

    beacons: int
    times: str
    imported: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenCanary:
    """When its first and its last view came, as far as somebody looked. `first_view` was not marked as synthetic before
    `looked_until`."""

    first_at: datetime
    last_at: datetime
    first_view: str
    looked_until: datetime


class KeptParts:
    """For any thread. The least recently used go first.

    `seen` is by canary (with its app): finding it reads a month. It is forgotten where what had been read of the app
    has changed.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._kept: OrderedDict[Key, tuple[Part, Arrived]] = OrderedDict()
        self.seen: dict[Key, SeenCanary] = {}
        self.forgotten = 0  # how often something was

    def forget_seen(self, app: str) -> None:
        self.forgotten += 1
        for key in [key for key in list(self.seen) if key[0] == app]:
            self.seen.pop(key, None)

    def find(self, key: Key) -> tuple[Part, Arrived] | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def keep(self, key: Key, part: Part, arrived: Arrived) -> None:
        with self._lock:
            self._kept[key] = (part, arrived)
            self._kept.move_to_end(key)
            while self._kept and self.size_bytes > self._most_bytes:
                gone, _ = self._kept.popitem(last=False)
                self.forget_seen(str(gone[0]))  # a change of it would no longer be noticed

    @property
    def size_bytes(self) -> int:
        return sum(part.size_bytes for part, _ in self._kept.values())
