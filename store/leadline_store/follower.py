"""Follows the beacon log and the records into the store: looks several times a second, loads what is new, exactly once.

It keeps no position: each look asks the store for it, so an error or a lost gate needs no repair. A problem
is reported (`trouble`) and tried again; a bug ends the process, and the supervisor starts another.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import duckdb
import pyarrow as pa

from leadline import clock
from leadline.beaconlog import LogPage, LogReader
from leadline.errors import LeadlineError, LogUnavailable, RecordsUnavailable
from leadline.records import Records
from leadline.store import BadBeacon, Countries, GateLost, Loaded, Loader, Store
from leadline.store.countries import State
from leadline.store.flag_cohorts import FlagCohorts
from leadline.store.loader import RECORDS_FEED

# Beacons and results are visible within 2 s; a commit costs 4 ms of CPU (docs/decisions/0005).
LOOK_EVERY_S = 0.3
# 20,000 rows commit in 19 ms; smaller pages keep one file from holding up the others and the records.
PAGE_BEACONS = 5000
PAGE_CHANGES = 1000
REMOVE_EVERY_S = 600.0
# A full disk or a locked log recovers; after this many failures in a row a new process is needed.
MAX_FAILURES = 20


@dataclass(slots=True)
class Progress:
    """What was loaded since this process started."""

    beacons: int = 0
    changes: int = 0
    too_old: int = 0
    quarantined: int = 0
    capped: int = 0
    is_caught_up: bool = False
    trouble: str | None = None
    countries: State = "off"
    swaps_given_up: int = 0
    failures: int = field(default=0, repr=False)

    def add(self, loaded: Loaded) -> None:
        self.beacons += loaded.beacons
        self.changes += loaded.changes
        self.too_old += loaded.too_old
        self.quarantined += loaded.quarantined
        self.capped += loaded.capped


class Follower:
    """For one thread: opens its own cursor, log reader and records."""

    def __init__(
        self,
        store: Store,
        *,
        beacon_log: Path,
        records: Path,
        log_max_bytes: Callable[[], int | None] = lambda: None,
        country_database: Path | None = None,
        cohorts: Callable[[], FlagCohorts] = dict,
    ) -> None:
        self.progress = Progress()
        self._store = store
        self._countries = Countries(country_database)
        self._loader = Loader(store, countries=self._countries, cohorts=cohorts)
        self._log = LogReader(beacon_log)
        self._records_path = records
        self._records: Records | None = None
        self._finished: set[str] = set()
        self._hindered: dict[str, str] = {}
        self._has_read_all = True
        self._log_max_bytes = log_max_bytes
        self._remove_next_s = 0.0

    def run(self, stopping: threading.Event) -> None:
        """Follows until `stopping`; raises errors that don't recover."""
        while not stopping.is_set():
            is_behind = self.look_and_note()
            if not is_behind:
                stopping.wait(LOOK_EVERY_S)

    def catch_up(self) -> None:
        """Loads what is there now, not what arrives meanwhile, and returns the problem, if any. Raises errors of the
        store.
        """
        while self.look():
            pass
        self._note("; ".join(self._hindered.values()) or None)

    def look_and_note(self) -> bool:
        """`look`, but notes recoverable errors as trouble instead of raising them."""
        progress = self.progress
        try:
            is_behind = self.look()
            progress.is_caught_up, progress.failures = not is_behind, 0
            self._note("; ".join(self._hindered.values()) or None)
            return is_behind
        except GateLost:
            return True
        except (LeadlineError, duckdb.Error, OSError) as error:
            progress.failures += 1
            self._note(str(error))
            if isinstance(error, duckdb.FatalException | duckdb.InternalException) or progress.failures > MAX_FAILURES:
                raise
            return False

    def look(self) -> bool:
        """Loads at most a page of the records and of each log file; says whether there is more.

        A part that can't be read now (a busy log file, damaged records) does not stop the others.
        """
        self._hindered.clear()
        self._has_read_all = True
        began = clock.now()
        self._countries.renew()
        is_behind = self._unless_hindered("records", self._follow_records)
        for file in self._log.files():
            if file.name not in self._finished:
                is_behind |= self._unless_hindered(file.name, partial(self._follow_file, file.name))
        if not is_behind and self._has_read_all:
            self._store.loaded_until = began
        self._note_countries()
        self._remove_expired()
        return is_behind

    def close(self) -> None:
        self._loader.close()
        if self._records is not None:
            self._records.close()

    def _note(self, trouble: str | None) -> None:
        if trouble is not None and trouble != self.progress.trouble:
            print(f"leadline store: {trouble}", file=sys.stderr, flush=True)
        self.progress.trouble = trouble

    def _note_countries(self) -> None:
        self.progress.countries = self._countries.state
        if (trouble := self._countries.trouble) is not None:
            self._hindered["countries"] = trouble

    def _unless_hindered(self, name: str, follow: Callable[[], bool]) -> bool:
        try:
            return follow()
        except (LogUnavailable, RecordsUnavailable) as error:
            self._has_read_all = False
            if not (isinstance(error, LogUnavailable) and error.retryable):
                self._hindered[name] = error.message
            return False

    def _follow_records(self) -> bool:
        if self._records is None:
            self._records = Records.open(self._records_path)
        after = self._loader.progress(RECORDS_FEED)
        changes = self._records.changes_after(after, PAGE_CHANGES)
        if not changes:
            return False
        nouns = [(change.position, change.noun) for change in changes]
        upto = changes[-1].position
        self.progress.add(self._loader.load_changes(after=after, upto=upto, changes=nouns, now=clock.now()))
        return len(changes) == PAGE_CHANGES

    def _follow_file(self, name: str) -> bool:
        after = self._loader.progress(name)
        page = self._log.read(name, after=after, limit=PAGE_BEACONS)
        if page.upto > after:
            self._load(name, page, after=after)
            return len(page.records) + len(page.bad) >= PAGE_BEACONS
        if page.is_finished:
            self._log.mark_loaded(name, now=clock.now())
            self._finished.add(name)
        return False

    def _load(self, name: str, page: LogPage, *, after: int) -> None:
        """Loads the page; if that fails, it is halved until the bad record is alone."""
        bad = [BadBeacon(one.position, one.reason, len(one.body)) for one in page.bad]
        records = [(record.position, record.body) for record in page.records]
        try:
            loaded = self._loader.load_beacons(
                name, after=after, upto=page.upto, records=records, bad=bad, now=clock.now()
            )
        except (pa.ArrowException, duckdb.DataError) as error:
            if len(records) <= 1:
                refused = [*bad, *(BadBeacon(position, str(error)[:500], len(body)) for position, body in records)]
                loaded = self._loader.load_beacons(
                    name, after=after, upto=page.upto, records=[], bad=refused, now=clock.now()
                )
            else:
                middle = page.records[len(records) // 2 - 1].position
                first = [one for one in page.records if one.position <= middle]
                rest = [one for one in page.records if one.position > middle]
                early = [one for one in page.bad if one.position <= middle]
                late = [one for one in page.bad if one.position > middle]
                self._load(name, LogPage(first, early, middle), after=after)
                self._load(name, LogPage(rest, late, page.upto), after=middle)
                return
        self.progress.add(loaded)

    def _remove_expired(self) -> None:
        if clock.monotonic_s() >= self._remove_next_s:
            self._remove_next_s = clock.monotonic_s() + REMOVE_EVERY_S
            self._loader.forget_salts(clock.now())
            for name in self._log.remove_expired(now=clock.now(), max_bytes=self._log_max_bytes()):
                self._finished.discard(name)
