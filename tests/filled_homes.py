"""Homes that are filled through the real rooms, and the store on them: opened here, or as the real service."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from warm import COMMAND, Warm

from leadline import clock
from leadline.beaconlog import LogWriter
from leadline.errors import LeadlineError
from leadline.settings import Settings, load_settings
from leadline.store import QueryAnswer, QueryLimits, Store, open_store, run_query
from leadline.storeclient import Row, Scope, SqlAsked, StoreClient
from leadline.wire import Beacon, LoggedBeacon, encode_logged
from leadline_store.figures.kpis import list_kpis
from leadline_store.figures.vitals import compare_vitals
from leadline_store.follower import Follower


def wait_until(claim: str, ask: Callable[[], Any], *, within_s: float = 30) -> Any:
    """Polls until `ask` is truthy; fails with the claim and the last answer."""
    deadline = time.monotonic() + within_s
    answer: Any = None
    while time.monotonic() < deadline:
        try:
            answer = ask()
        except (OSError, LeadlineError, httpx.HTTPError) as error:
            answer = error
        else:
            if answer:
                return answer
        time.sleep(0.05)
    raise AssertionError(f"{claim}: not within {within_s} s; last answer: {answer!r}")


def encode_beacon(app: str, *, record: dict[str, Any] | None = None, **fields: Any) -> bytes:
    """One record of the log, received now; keywords are the beacon's."""
    at = int(time.time() * 1000)
    said = {"key": "pk", "page_view_id": "v1", "seq": 0, "started_at": at - 500, "sent_at": at, **fields}
    logged = {"app": app, "environment": "production", "received_at_ms": at, **(record or {})}
    return encode_logged(LoggedBeacon(beacon=Beacon(**said), **logged))


def append_to_log(settings: Settings, bodies: Sequence[bytes]) -> None:
    """Writes records to the beacon log as a collector would, into a file of their own, which is sealed."""

    async def write() -> None:
        writer = LogWriter(settings.paths.beacon_log, max_waiting=len(bodies) + 1)
        await writer.start()
        committed = [writer.append(body) for body in bodies]
        assert await committed[-1] is None
        await writer.close()

    asyncio.run(write())


@dataclass(frozen=True)
class OpenedHome:
    """The store of a home, opened in this process with everything loaded."""

    settings: Settings
    store: Store

    def query(self, sql: str) -> QueryAnswer:
        return run_query(self.store, sql, QueryLimits())

    def vitals(self, *, app: str | None = None) -> list[Row]:
        return compare_vitals(self.store, self._scope(app=app))

    def vitals_since(self, since: datetime, *, app: str = "shop") -> list[Row]:
        kpis = {one.name: one.kpis for one in self.settings.apps}
        return compare_vitals(self.store, Scope(since=since, app=app, kpis=kpis))

    def kpis(self, *, app: str | None = None, with_synthetic: bool = False) -> list[Row]:
        return list_kpis(self.store, self._scope(app=app, with_synthetic=with_synthetic))

    def _scope(self, **asked: Any) -> Scope:
        kpis = {one.name: one.kpis for one in self.settings.apps}
        return Scope(since=clock.now() - timedelta(hours=24), kpis=kpis, **asked)


@contextmanager
def open_home(settings: Settings, *, wait_s: float = 0) -> Iterator[OpenedHome]:
    """Loads what is there, once. Raises StoreUnavailable where a service holds the store."""
    settings.paths.create_folders()
    with open_store(settings.paths.store, wait_s=wait_s) as store:
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
        yield OpenedHome(settings, store)


@dataclass
class StoreService:
    """`leadline store` as a process."""

    file: Path
    settings: Settings
    process: Warm | None = None

    def __post_init__(self) -> None:
        self.client = StoreClient(self.settings.paths.run, wait_s=10)

    def start(self, *, until_open: bool = True) -> None:
        environ = {"LEADLINE_PARENT_PID": str(os.getpid()), "LEADLINE_STARTED_AGAIN": "1"}
        self.process = Warm(COMMAND, "store", "-c", str(self.file), environ=environ)
        if until_open:
            wait_until("the store service is ready", lambda: self.client.status().state == "ready")

    def rows(self, sql: str) -> list[Row]:
        import msgspec

        rows: list[Row] = msgspec.json.decode(self.client.sql(SqlAsked(sql=sql, as_format="json")).body)
        return rows

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(10)

    def kill(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(5)


@contextmanager
def standing_store(file: Path) -> Iterator[StoreService]:
    """The store service on the home of a leadline.toml, for many commands: alone, each of them starts one."""
    settings = load_settings(file)
    settings.paths.create_folders()
    service = StoreService(file, settings)
    try:
        service.start()
        yield service
    finally:
        service.kill()
