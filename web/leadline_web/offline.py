"""The home opened by a command where no web service runs: loads what is there, answers the same questions, closes.

Where the store process of a starting service holds the store, `open_home` waits for it; where a running one does, it
says so: ask the service.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from leadline import clock
from leadline.settings import Settings
from leadline.store import QueryAnswer, QueryLimits, Store, open_store, run_query
from leadline_web.figures import FIGURES, Row, Scope
from leadline_web.following import Follower


class OfflineHome:
    """The same figures and SQL as the service; for one thread."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._settings = settings
        self._store = store

    def figures(
        self,
        figure: str,
        *,
        app: str | None = None,
        versions: list[str] | None = None,
        since: timedelta = timedelta(hours=24),
        with_synthetic: bool = False,
    ) -> list[Row]:
        """The rows of one of FIGURES: vitals, versions, errors, kpis, journeys."""
        scope = Scope(
            since=clock.now() - since,
            app=app,
            versions=versions,
            with_synthetic=with_synthetic,
            kpis={one.name: one.kpis for one in self._settings.apps},
        )
        return FIGURES[figure](self._store, scope)

    def vitals(
        self, *, app: str | None = None, versions: list[str] | None = None, since: timedelta = timedelta(hours=24)
    ) -> list[Row]:
        """As GET /v1/vitals."""
        return self.figures("vitals", app=app, versions=versions, since=since)

    def query(self, sql: str, limits: QueryLimits | None = None) -> QueryAnswer:
        """As POST /v1/query. Raises QueryRefused."""
        return run_query(self._store, sql, limits or QueryLimits())


@contextmanager
def open_home(settings: Settings, *, wait_s: float = 10.0) -> Iterator[OfflineHome]:
    """Opens the home's store and loads the beacon log and the records into it. Raises StorageUnavailable."""
    settings.paths.create_folders()
    with open_store(settings.paths.store, memory_limit=settings.web.memory_limit, wait_s=wait_s) as store:
        follower = Follower(
            store,
            beacon_log=settings.paths.beacon_log,
            records=settings.paths.records,
            country_database=settings.country_database,
        )
        try:
            follower.catch_up()
        finally:
            follower.close()
        yield OfflineHome(settings, store)
