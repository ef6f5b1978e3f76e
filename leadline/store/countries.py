"""Network (/24 or /48) to country by a local file in MaxMind's format, when beacons are loaded.

It never prevents the loading of a beacon: an unknown country is None, and `trouble` has the problem. Why the
file is read whole and by maxminddb's Python reader, not its C reader: docs/decisions/0009-countries.md.
"""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from pathlib import Path
from typing import Literal

import maxminddb

from leadline.clock import monotonic_s
from leadline.store.country_codes import as_country

# A network costs 27 µs when new and 0.3 when remembered, beside 19 of loading a beacon (bench/store/run.py).
REMEMBERED_NETWORKS = 20_000
# A file that could not be read is tried again when it has changed, or after this: a full disk or a mount heals unseen.
TRIED_AGAIN_S = 10.0
# A file must know countries for these: the first /24 of each assigned /8, and some of IPv6.
SAMPLED = [ipaddress.ip_address(f"{first}.0.0.0") for first in range(1, 224)]
SAMPLED_6 = [ipaddress.ip_address(f"{first}::") for first in ("2001:4860", "2400:cb00", "2600", "2800", "2a00", "2c0f")]

Stamp = tuple[int, int, int, int, int]
State = Literal["off", "in use", "hindered"]


class Countries:
    """For one thread. Call `renew` before each batch. Without a file it is off, and every country is None."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._database: maxminddb.Reader | None = None
        self._stamp: Stamp | None = None
        self._tried_s: float | None = None
        self._hindrance: str | None = None
        self._damage: str | None = None
        self._remembered = lru_cache(REMEMBERED_NETWORKS)(self._look_up)

    @property
    def state(self) -> State:
        """`hindered`: rows get no country although they should; `trouble` says why."""
        return "off" if self._file is None else "in use" if self.trouble is None else "hindered"

    @property
    def trouble(self) -> str | None:
        """The problem with the database, in words and without anybody's network, or None."""
        if self._hindrance is not None:
            meanwhile = "rows get no country" if self._database is None else "the one read before is used"
            return f"the country database {self._file} {self._hindrance}: {meanwhile} ([store] country_database)"
        if self._damage is not None:
            return (
                f"the country database {self._file} is damaged ({self._damage}): some rows get no country;"
                " put a good one in its place ([store] country_database)"
            )
        return None

    def renew(self) -> None:
        """Reads the file if it is new or was replaced; otherwise only reads its date."""
        if self._file is None:
            return
        stamp = _read_stamp(self._file)
        was_tried = self._tried_s is not None and stamp == self._stamp
        if was_tried and (self._hindrance is None or monotonic_s() - (self._tried_s or 0) < TRIED_AGAIN_S):
            return
        self._stamp, self._tried_s = stamp, monotonic_s()
        try:
            self._database = open_database(self._file)
        except UnusableDatabase as error:
            self._hindrance = str(error)
            return
        self._hindrance = self._damage = None
        self._remembered.cache_clear()

    def find(self, network: str) -> str | None:
        """The country of `203.0.113.0/24` in ISO 3166-1 alpha-2; None if it has none, or more than one."""
        return self._remembered(network) if network and self._database is not None else None

    def _look_up(self, text: str) -> str | None:
        database = self._database
        first, _, length = text.partition("/")
        try:
            # The first address stands for a network this small, at half the cost of ip_network.
            address, length_bits = ipaddress.ip_address(first), int(length)
        except ValueError:
            return None
        if database is None or not _is_public(address):
            return None
        try:
            if address.version > database.metadata().ip_version:
                return None
            record, prefix = database.get_with_prefix_len(address)
        except Exception as error:  # a damaged file decodes to anything: TypeError, UnicodeDecodeError, RecursionError
            self._damage = self._damage or type(error).__name__
            return None
        # A network that the database divides (0.1 % of the /24) is in more than one country.
        return country_of(record) if prefix <= length_bits else None


class UnusableDatabase(Exception):
    """The file can't be used. The text follows its name in a sentence."""


def open_database(file: Path) -> maxminddb.Reader:
    """The database, read whole. Raises UnusableDatabase."""
    try:
        database = maxminddb.open_database(file, maxminddb.MODE_MEMORY)
        sampled = SAMPLED if database.metadata().ip_version == 4 else [*SAMPLED, *SAMPLED_6]
        records = [record for record in map(database.get, sampled) if record is not None]
    except FileNotFoundError:
        raise UnusableDatabase("is missing") from None
    except OSError as error:
        raise UnusableDatabase(f"can't be read ({error.strerror or error})") from error
    except Exception as error:  # as in a look-up
        raise UnusableDatabase("is not a MaxMind database, or is damaged") from error
    if records and not any(map(country_of, records)):
        raise UnusableDatabase(f"holds no countries (it says it is {database.metadata().database_type!r})")
    return database


def country_of(record: object) -> str | None:
    """Of a record of GeoLite2 or DB-IP (`country.iso_code`), of ip-location-db or IPinfo (`country_code`)."""
    if not isinstance(record, dict):
        return None
    country = record.get("country")
    return as_country(record.get("country_code")) or as_country(
        country.get("iso_code") if isinstance(country, dict) else country
    )


def _is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether a browser on the internet can have it: not private, loopback, documentation, shared or multicast.

    Asked first, because databases do answer: the bundled one has 192.168.1.0/24 in Australia.
    """
    return address.is_global and not address.is_multicast


def _read_stamp(file: Path) -> Stamp | None:
    try:
        said = file.stat()
    except OSError:
        return None
    return said.st_dev, said.st_ino, said.st_size, said.st_mtime_ns, said.st_ctime_ns
