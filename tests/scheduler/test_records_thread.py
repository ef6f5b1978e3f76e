"""Writes that wait at the same moment share a transaction, and none suffers from another."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from leadline.errors import RecordsUnavailable
from leadline.records.database import Database
from leadline_scheduler.records_thread import RecordsThread, run_together


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    one = Database(tmp_path / "records.sqlite")
    with one.writing() as connection:
        connection.execute(text("CREATE TABLE kept (name TEXT PRIMARY KEY)"))
    yield one
    one.close()


def keep(database: Database, name: str, error: Exception | None = None) -> str:
    with database.writing() as connection:
        connection.execute(text("INSERT INTO kept VALUES (:name)"), {"name": name})
        if error is not None:
            raise error
    return name


def kept(database: Database) -> list[str]:
    with database.reading() as connection:
        return list(connection.execute(text("SELECT name FROM kept ORDER BY name")).scalars())


def actions(database: Database, *asked: tuple[str, Exception | None]) -> list[Callable[[], str]]:
    return [partial(keep, database, name, error) for name, error in asked]


def test_all_are_on_disk_together(database: Database) -> None:
    assert run_together(actions(database, ("a", None), ("b", None)), database.together) == [("a", None), ("b", None)]
    assert kept(database) == ["a", "b"]


def test_nothing_is_there_before_the_block_ends(database: Database) -> None:
    with database.together():
        keep(database, "a")
        assert kept(database) == []
    assert kept(database) == ["a"]


def test_one_that_fails_by_itself_undoes_nothing_of_the_others(database: Database) -> None:
    broken = ValueError("our own fault")
    outcomes = run_together(actions(database, ("a", None), ("b", broken), ("c", None)), database.together)
    assert outcomes == [("a", None), (None, broken), ("c", None)]
    assert kept(database) == ["a", "c"]


def test_what_the_database_refuses_of_one_is_refused_to_that_one_alone(database: Database) -> None:
    refused = RecordsUnavailable("the disk is full")
    outcomes = run_together(actions(database, ("a", None), ("b", refused), ("c", None)), database.together)
    assert outcomes == [("a", None), (None, refused), ("c", None)]
    assert kept(database) == ["a", "c"]


def test_a_block_that_can_not_be_committed_is_done_one_by_one(database: Database) -> None:
    @contextmanager
    def lost() -> Iterator[None]:
        with database.together():
            yield
            raise RecordsUnavailable("the disk is full")

    assert run_together(actions(database, ("a", None), ("b", None)), lost) == [("a", None), ("b", None)]
    assert kept(database) == ["a", "b"]


async def test_what_waits_at_the_same_moment_is_one_transaction_and_each_gets_its_own_answer(
    database: Database,
) -> None:
    thread, blocks, busy = RecordsThread(), list[None](), threading.Event()

    @contextmanager
    def counted() -> Iterator[None]:
        blocks.append(None)
        with database.together():
            yield

    try:
        first = asyncio.create_task(thread.do(busy.wait))
        await asyncio.sleep(0)
        asked: list[asyncio.Task[Any]] = [
            asyncio.create_task(thread.do(partial(keep, database, name), together=counted)) for name in "abc"
        ]
        twice = asyncio.create_task(thread.do(partial(keep, database, "a"), together=counted))
        await asyncio.sleep(0)
        busy.set()
        assert await asyncio.gather(*asked) == ["a", "b", "c"]
        with pytest.raises(Exception, match="UNIQUE"):
            await twice
        await first
    finally:
        thread.close()
    assert blocks == [None]
    assert kept(database) == ["a", "b", "c"]


async def test_what_is_urgent_goes_before_what_waits_and_each_kind_keeps_its_order() -> None:
    thread, release, done = RecordsThread(), threading.Event(), list[str]()
    first = asyncio.create_task(thread.do(release.wait))
    names = ("a", "b", "urgent c", "d", "urgent e")
    asked = [asyncio.create_task(thread.do(partial(done.append, one), is_urgent="urgent" in one)) for one in names]
    await asyncio.sleep(0)  # all are asked for
    release.set()
    await asyncio.gather(first, *asked)
    thread.close()
    assert done == ["urgent c", "urgent e", "a", "b", "d"]


async def test_what_was_handed_over_is_done_whoever_still_waits_for_it() -> None:
    thread, release, done = RecordsThread(), threading.Event(), list[str]()
    first = asyncio.create_task(thread.do(release.wait))
    asked = asyncio.create_task(thread.do(partial(done.append, "a")))
    await asyncio.sleep(0)
    asked.cancel()
    release.set()
    await first
    thread.close()
    assert done == ["a"]
