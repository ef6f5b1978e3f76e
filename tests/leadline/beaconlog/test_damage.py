"""Damage costs what it hit: the rest is read, it is told once, and neither reader nor writer stumbles over it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from leadline.beaconlog import BadRecord, LogReader, LogRecord

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
NAME = "01M86Y93M7WCNNDD9WG52Z1YGT.beacons"
PAGE_BYTES = 8192


def follow(folder: Path, *, limit: int = 50) -> tuple[list[LogRecord], list[BadRecord]]:
    """Reads as the loader does, from each page's end on, until the file is finished."""
    reader = LogReader(folder)
    [file] = reader.files()
    read: list[LogRecord] = []
    bad: list[BadRecord] = []
    upto = 0
    for _ in range(100):
        page = reader.read(file.name, after=upto, limit=limit)
        read += page.records
        bad += page.bad
        if page.upto == upto and page.is_finished:
            return read, bad
        upto = page.upto
    raise AssertionError("it never ends")


@pytest.fixture
def sealed(tmp_path: Path, writing: Any, append_all: Any) -> Callable[[int], Any]:
    """A sealed file of so many records."""

    async def write(records: int) -> Path:
        async with writing(tmp_path) as writer:
            await append_all(writer, [b"%04d" % number * 200 for number in range(1, records + 1)])
        [file] = LogReader(tmp_path).files()
        return tmp_path / file.name

    return write


async def test_a_changed_byte_makes_one_bad_record_and_leaves_the_others(
    tmp_path: Path, writing: Any, append_all: Any
) -> None:
    async with writing(tmp_path) as writer:
        await append_all(writer, [b"first" * 50, b"second" * 50, b"third" * 50])
    reader = LogReader(tmp_path)
    [file] = reader.files()
    stored = (tmp_path / file.name).read_bytes()
    (tmp_path / file.name).write_bytes(stored.replace(b"secondsecond", b"secondSecond", 1))
    page = reader.read(file.name, after=0, limit=10)
    assert [record.body for record in page.records] == [b"first" * 50, b"third" * 50]
    assert [(bad.position, bad.reason) for bad in page.bad] == [(2, "checksum does not match")]
    assert page.is_finished


async def test_a_damaged_page_costs_only_the_records_on_it(tmp_path: Path, writing: Any, append_all: Any) -> None:
    async with writing(tmp_path) as writer:
        await append_all(writer, [b"%04d" % number * 200 for number in range(200)])
    reader = LogReader(tmp_path)
    [file] = reader.files()
    stored = bytearray((tmp_path / file.name).read_bytes())
    place = stored.index(b"0100" * 200) // 8192 * 8192
    stored[place : place + 16] = b"\xff" * 16
    (tmp_path / file.name).write_bytes(stored)
    read, bad = follow(tmp_path)
    assert len(read) + len(bad) == 200
    assert 1 <= len(bad) <= 20
    assert 101 in [each.position for each in bad]


@pytest.mark.parametrize(
    "damage",
    [
        lambda stored: b"not a database, whatever its name" * 100,
        lambda stored: stored[: len(stored) // 2],
        lambda stored: bytes(PAGE_BYTES) + stored[PAGE_BYTES:],
    ],
    ids=["junk", "cut in half", "without a head"],
)
async def test_a_file_of_which_nothing_can_be_made_out_is_one_bad_record_and_ends(
    tmp_path: Path, sealed: Any, damage: Callable[[bytes], bytes]
) -> None:
    file = await sealed(50)
    file.write_bytes(damage(file.read_bytes()))
    read, bad = follow(tmp_path)
    assert (read, [each.reason for each in bad]) == ([], ["the file is damaged from here on"])


async def test_a_record_whose_position_is_damaged_is_told_and_hides_no_other(tmp_path: Path, sealed: Any) -> None:
    file = await sealed(20)
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE records SET position = 1000 WHERE position = 5")
    read, bad = follow(tmp_path, limit=8)
    assert [record.position for record in read] == [1, 2, 3, 4, *range(6, 21)]
    assert [(each.position, each.reason) for each in bad] == [(5, "is not there")]


async def test_a_file_whose_schema_is_no_text_stops_neither_reader_nor_writer(
    tmp_path: Path, sealed: Any, writing: Any
) -> None:
    file = await sealed(3)
    file.write_bytes(file.read_bytes().replace(b"CREATE TABLE records", b"CREATE TAB\xccE records"))
    assert [each.reason for each in follow(tmp_path)[1]] == ["the file is damaged from here on"]
    async with writing(tmp_path) as writer:
        assert await writer.append(b"one") is None


async def test_a_damaged_file_goes_72_hours_after_it_was_loaded_as_far_as_it_went(tmp_path: Path, sealed: Any) -> None:
    file = await sealed(3)
    file.write_bytes(b"junk" * 1000)
    reader = LogReader(tmp_path)
    reader.mark_loaded(file.name, now=NOW)
    assert reader.remove_expired(now=NOW + timedelta(hours=72)) == [file.name]


async def test_what_is_not_ours_is_neither_read_nor_sealed_nor_removed(tmp_path: Path, writing: Any) -> None:
    with closing(sqlite3.connect(tmp_path / "foreign.beacons")) as connection, connection:
        connection.execute("CREATE TABLE precious (thing)")
    (tmp_path / "empty.beacons").touch()
    (tmp_path / "folder.beacons").mkdir()
    (tmp_path / NAME).write_bytes((tmp_path / "foreign.beacons").read_bytes())  # even where it is named like ours
    async with writing(tmp_path) as writer:
        assert await writer.append(b"one") is None
        assert len(LogReader(tmp_path).files()) == 2
    for name in ("foreign.beacons", NAME):
        with closing(sqlite3.connect(tmp_path / name)) as connection:
            assert connection.execute("SELECT count(*) FROM precious").fetchone() == (0,)
    assert (tmp_path / "empty.beacons").exists()
