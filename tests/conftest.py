"""What holds for every test of the house."""

from __future__ import annotations

import gc
import os
import shutil
import sqlite3
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from distribution import ByGroup, rank, scheduler_for
from warm import start_store

from leadline.records import Records, upgrade
from leadline.store import database
from leadline.storeclient import on_demand


@pytest.fixture
def write_countries(tmp_path: Path) -> Callable[..., Path]:
    """Writes a country database with these records by network and moves it into its place, as geoipupdate does."""
    from mmdb_writer import MMDBWriter
    from netaddr import IPSet

    def run(records: dict[str, Any], *, ip_version: int = 6, name: str = "countries.mmdb") -> Path:
        writer = MMDBWriter(ip_version=ip_version, ipv4_compatible=ip_version == 6, database_type="Test-Country")
        for network, record in records.items():
            writer.insert_network(IPSet([network]), record)
        writer.to_db_file(str(tmp_path / "beside"))
        os.replace(tmp_path / "beside", tmp_path / name)
        return tmp_path / name

    return run


@pytest.fixture(scope="session", autouse=True)
def stores_start_warm() -> Iterator[Callable[[Path], Any]]:
    """Where a command finds no store service, it gets a fork of one that has imported everything. See `cold_store`."""
    cold = on_demand.start_service
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(on_demand, "start_service", start_store)
        yield cold


@pytest.fixture
def cold_store(stores_start_warm: Callable[[Path], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """For a test about how a command starts a store service: as a process of its own, as users have it."""
    monkeypatch.setattr(on_demand, "start_service", stores_start_warm)


@pytest.fixture(scope="session", autouse=True)
def records_begin_migrated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., None]]:
    """New records get the newest tables as they stand, not by each migration in turn. See `unmigrated_records`."""
    migrating = upgrade._upgrade

    def begin(connection: Any, path: Path, form: str | None) -> None:
        if form is not None:
            migrating(connection, path, form)
            return
        for statement in tables:
            connection.exec_driver_sql(statement)

    made = tmp_path_factory.mktemp("records") / "newest.sqlite"
    Records.open(made).close()
    with closing(sqlite3.connect(made)) as read:
        tables = [line for line in read.iterdump() if line not in ("BEGIN TRANSACTION;", "COMMIT;")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(upgrade, "_upgrade", begin)
        yield migrating


@pytest.fixture
def unmigrated_records(records_begin_migrated: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    """For a test about the migrations themselves."""
    monkeypatch.setattr(upgrade, "_upgrade", records_begin_migrated)


@pytest.fixture(scope="session", autouse=True)
def stores_begin_made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Any]]:
    """A new store begins as a copy of one that was made once. See `unmade_stores`."""
    opening = database.open_file
    made = tmp_path_factory.mktemp("store") / "newest.duckdb"
    database.open_store(made).close()

    def begin(path: Path, config: dict[str, Any]) -> Any:
        if not path.exists():
            shutil.copyfile(made, path)
        return opening(path, config)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "open_file", begin)
        yield opening


@pytest.fixture
def unmade_stores(stores_begin_made: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """For a test about how a store is made."""
    monkeypatch.setattr(database, "open_file", stores_begin_made)


# What is about loss, leak or delivery is never run again: a beacon or a page that is lost once in a hundred runs is the
# very thing that these are there to find. Any other test is run once more if it fails, and counted as a rerun: of four
# thousand, with four processes on two cores, some one to three meet a moment in which nothing moves.
NEVER_AGAIN = (
    "beacon/test_budget.py",
    "beacon/test_collector_in_trouble.py",
    "beacon/test_delivery.py",
    "beacon/test_privacy.py",
    "collector/test_kill.py",
    "collector/test_soak_parts.py",
    "hooks/test_killing.py",
    "leadline/beaconlog/",
    "leadline/records/",
    "leadline/store/test_killing_rollups.py",
    "probes/test_pool_under_attack.py",
    "scheduler/service/test_paging.py",
    "store/test_killing.py",
    "story/",
)


def pytest_xdist_auto_num_workers() -> int:
    """Four processes on two cores: most tests wait for a browser, a service or a clock.

    Measured on two cores at rest: all tests in 22 minutes with three, in 17 with four, and of 4,900 one was run again.
    """
    return max(2, (os.cpu_count() or 2) * 2)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByGroup | None:
    return scheduler_for(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Each process collects five thousand tests, which all stay: nothing of them is looked through for garbage."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_sessionfinish() -> None:
    """Ends as it began: DuckDB's binding reports what is never collected as leaks."""
    gc.unfreeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first. What is not in NEVER_AGAIN is run once more if it fails."""
    here = Path(__file__).parent
    items.sort(key=lambda item: rank(item.path.relative_to(here).as_posix()))
    for item in items:
        if not item.path.relative_to(here).as_posix().startswith(NEVER_AGAIN):
            item.add_marker(pytest.mark.flaky(reruns=1))
