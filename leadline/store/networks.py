"""Turns a network (/24 or /48) into a hash that tells networks of one day apart and nothing else.

The salt is random, made each day, and forgotten two days later: then nobody can make the hash again.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import date
from hashlib import blake2b


class NetworkHasher:
    """`fresh` are the salts that the next transaction must append to facts.network_salts."""

    def __init__(self, salts: Iterable[tuple[date, bytes]]) -> None:
        self._salts = dict(salts)
        self.fresh: list[tuple[date, bytes]] = []

    def forget(self, upto: date) -> None:
        """Drops the salts of the days up to and including `upto`."""
        self._salts = {day: salt for day, salt in self._salts.items() if day > upto}

    def hash_network(self, network: str, day: date) -> str | None:
        if not network:
            return None
        salt = self._salts.get(day)
        if salt is None:
            salt = self._salts[day] = os.urandom(16)
            self.fresh.append((day, salt))
        # 8 bytes: a collision among a million networks of a day has odds of 3 in 100 million
        return blake2b(network.encode(), key=salt, digest_size=8).hexdigest()
