"""The loader: a batch of log records or of changes becomes one transaction that begins with the gate.

It loads what it is given and keeps no position: the caller asks `progress` first, reads from there, and passes
the records. After GateLost or any error the batch is built again from the new `progress`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import duckdb

from leadline.store.beacon_rows import BadBeacon, BeaconRows
from leadline.store.countries import Countries
from leadline.store.database import Store
from leadline.store.flag_cohorts import FlagCohorts
from leadline.store.gate import pass_gate, read_progress
from leadline.store.names import FREED_AFTER, KnownNames
from leadline.store.networks import NetworkHasher
from leadline.store.record_rows import Noun, add_change
from leadline.store.registrations import register_named
from leadline.store.tables import FACTS, Rows

# The name under which the records' change feed has its progress row.
RECORDS_FEED = "records"
# A salt is needed while beacons that came on its day are loaded: today's, and yesterday's for a loader that is behind.
# One that is further behind hashes such a day anew, which tells a network of that day twice.
SALT_KEPT = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Loaded:
    """The result of one batch."""

    beacons: int = 0
    changes: int = 0
    too_old: int = 0
    quarantined: int = 0
    capped: int = 0


class Loader:
    """For one thread. Remembers names and salts between batches; forgets them when a batch fails. `cohorts` is asked
    for each batch: as which cohort a flag's variant counts."""

    def __init__(
        self, store: Store, *, countries: Countries | None = None, cohorts: Callable[[], FlagCohorts] = dict
    ) -> None:
        self._cursor = store.cursor()
        self._countries = countries or Countries(None)
        self._cohorts = cohorts
        self._names: KnownNames | None = None
        self._networks: NetworkHasher | None = None

    def progress(self, file: str) -> int:
        """The position up to which `file` is loaded, 0 before the first batch."""
        return read_progress(self._cursor, file)

    def load_beacons(
        self,
        file: str,
        *,
        after: int,
        upto: int,
        records: Sequence[tuple[int, bytes]],
        bad: Sequence[BadBeacon],
        now: datetime,
    ) -> Loaded:
        """Loads the records of `file` in (after, upto]. Raises GateLost, duckdb.Error; then nothing was loaded."""
        names, networks = self._memory(now)
        rows = Rows()
        adding = BeaconRows(
            rows,
            log_file=file,
            names=names,
            networks=networks,
            countries=self._countries,
            cohorts=self._cohorts(),
            now_ms=int(now.timestamp() * 1000),
        )
        refused = [*bad, *filter(None, (adding.add(position, body) for position, body in records))]
        at = _naive(now)
        for one in refused:
            rows.add(
                "quarantine",
                {
                    "log_file": file,
                    "log_position": one.position,
                    "quarantined_at": at,
                    "reason": one.reason,
                    "size_bytes": one.size_bytes,
                },
            )
        for app, amount in adding.too_old.items():
            _report(rows, at, "too_old", amount, app=app)
        for app, amount in adding.clock_ahead.items():
            _report(rows, at, "clock_ahead", amount, app=app)
        for (app, kind), amount in names.capped.items():
            _report(rows, at, "too_many_names", amount, app=app, detail=kind)
        if refused:
            _report(rows, at, "quarantined", len(refused))
        for app, kind, name, seen_on in names.fresh:
            rows.add("known_names", {"app": app, "kind": kind, "name": name, "seen_on": seen_on})
        for day, salt in networks.fresh:
            rows.add("network_salts", {"day": day, "salt": salt})
        self._commit(rows, file=file, after=after, upto=upto, now=now)
        capped = names.capped.total()
        names.fresh, networks.fresh = [], []
        names.capped.clear()
        return Loaded(len(rows.by_table["beacons"]), 0, sum(adding.too_old.values()), len(refused), capped)

    def load_changes(
        self, *, after: int, upto: int, changes: Sequence[tuple[int, Noun]], now: datetime, feed: str = RECORDS_FEED
    ) -> Loaded:
        """Loads the changes of the records in (after, upto]. Raises GateLost, duckdb.Error; then nothing was loaded."""
        rows = Rows()
        for position, noun in changes:
            add_change(rows, position, noun)
        self._commit(rows, file=feed, after=after, upto=upto, now=now)
        if rows.by_table["runs"] or rows.by_table["deployments"]:
            self._renew_registered()
        return Loaded(changes=len(changes))

    def forget_salts(self, now: datetime) -> None:
        """Deletes the salts of two days ago and before, here and in the store; call it several times a day.

        The checkpoint takes them out of the write-ahead log, too. In the file their bytes stand in a free block until
        that is written over: in a trial with one load a day, by the second day.
        """
        upto = (now - SALT_KEPT).date()
        if self._networks is not None:
            self._networks.forget(upto)
        found = self._cursor.execute("SELECT 1 FROM facts.network_salts WHERE day <= $upto LIMIT 1", {"upto": upto})
        if found.fetchone() is None:
            return
        self._cursor.execute("DELETE FROM facts.network_salts WHERE day <= $upto", {"upto": upto})
        with suppress(duckdb.TransactionException):  # a reader is active: the next checkpoint will do
            self._cursor.execute("CHECKPOINT")

    def close(self) -> None:
        self._cursor.close()

    def _commit(self, rows: Rows, *, file: str, after: int, upto: int, now: datetime) -> None:
        cursor = self._cursor
        cursor.execute("BEGIN")
        try:
            pass_gate(cursor, file=file, after=after, upto=upto, now=_naive(now))
            for table, batch in rows.batches():
                cursor.register("arriving", batch)
                cursor.execute(_INSERTS[table])
                if table == "runs":
                    cursor.execute(_STEPS_DUE)
                cursor.unregister("arriving")
            if rows.by_table["runs"] or rows.by_table["deployments"]:
                register_named(cursor, after=after, upto=upto)
            cursor.execute("COMMIT")
        except BaseException:
            self._names = self._networks = None
            cursor.rollback()
            raise

    def _memory(self, now: datetime) -> tuple[KnownNames, NetworkHasher]:
        if self._names is None or self._networks is None:
            cursor = self._cursor
            oldest = {"oldest": (now - FREED_AFTER).date()}
            seen = cursor.execute("SELECT * FROM facts.known_names WHERE seen_on >= $oldest", oldest).fetchall()
            self._names = KnownNames(seen, self._registered())
            self._networks = NetworkHasher(cursor.execute("SELECT * FROM facts.network_salts").fetchall())
        return self._names, self._networks

    def _registered(self) -> list[tuple[str, str]]:
        return self._cursor.execute("SELECT app, service_version FROM registered_versions").fetchall()

    def _renew_registered(self) -> None:
        if self._names is not None:
            self._names.registered = set(self._registered())


# One statement per table of facts.sql, a closed set: the text contains nothing from a beacon.
_INSERTS = {table: f"INSERT INTO facts.{table} BY NAME SELECT * FROM arriving" for table in FACTS}
# The hours whose steps are to be added up anew (leadline/store/rollups/journeys.py).
_STEPS_DUE = (
    "INSERT INTO rollups.steps_due SELECT DISTINCT date_trunc('hour', finished_at) FROM arriving "
    "WHERE monitor = 'journey'"
)


def _report(
    rows: Rows, at: datetime, reason: str, amount: int, *, app: str | None = None, detail: str | None = None
) -> None:
    said = {"reported_at": at, "app": app, "reason": reason, "detail": detail, "amount": amount}
    rows.add("load_reports", said)


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)
