"""Turns a network (/24 or /48) into a hash that only distinguishes networks of one day.

The salt is random, made each day, and deleted two days later. After that the hash can't be computed again.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import date
from hashlib import blake2b

# A hash costs as much as the rest of a beacon's decoding; a network comes again and again. Forgotten with the salts.
REMEMBERED_HASHES = 20_000


class NetworkHasher:
    """`fresh` are the salts that the next transaction must append to facts.network_salts."""

    def __init__(self, salts: Iterable[tuple[date, bytes]]) -> None:
        self._salts = dict(salts)
        self._hashes: dict[tuple[str, date], str] = {}
        self.fresh: list[tuple[date, bytes]] = []

    def forget(self, upto: date) -> None:
        """Drops the salts of the days up to and including `upto`."""
        self._hashes.clear()
        self._salts = {day: salt for day, salt in self._salts.items() if day > upto}

    def hash_network(self, network: str, day: date) -> str | None:
        if not network:
            return None
        if (known := self._hashes.get((network, day))) is not None:
            return known
        salt = self._salts.get(day)
        if salt is None:
            salt = self._salts[day] = os.urandom(16)
            self.fresh.append((day, salt))
        # 8 bytes: a collision among a million networks of a day has odds of 3 in 100 million
        hashed = blake2b(network.encode(), key=salt, digest_size=8).hexdigest()
        if len(self._hashes) >= REMEMBERED_HASHES:
            self._hashes.clear()
        self._hashes[network, day] = hashed
        return hashed
