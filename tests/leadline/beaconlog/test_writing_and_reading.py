"""What was appended is read, once, in order, while it is written and after it is sealed."""

from __future__ import annotations

import asyncio
import resource
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from leadline.beaconlog import Commit, LogReader, LogRecord
from leadline.errors import LogUnavailable

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


async def test_a_record_is_readable_as_soon_as_it_is_acknowledged(tmp_path: Path, writing: Any) -> None:
    async with writing(tmp_path) as writer:
        assert await writer.append(b"one") is None
        reader = LogReader(tmp_path)
        [file] = reader.files()
        page = reader.read(file.name, after=0, limit=10)
        assert [record.body for record in page.records] == [b"one"]
        assert (file.is_sealed, page.is_finished) == (False, False)


async def test_reading_goes_on_after_a_position(tmp_path: Path, writing: Any, append_all: Any) -> None:
    async with writing(tmp_path) as writer:
        await append_all(writer, [b"%d" % number for number in range(10)])
    reader = LogReader(tmp_path)
    [file] = reader.files()
    first = reader.read(file.name, after=0, limit=4)
    rest = reader.read(file.name, after=first.upto, limit=100)
    assert [r.body for r in first.records + rest.records] == [b"%d" % number for number in range(10)]
    assert (first.is_finished, rest.is_finished) == (False, True)


async def test_a_closed_writer_leaves_a_sealed_file(tmp_path: Path, writing: Any) -> None:
    async with writing(tmp_path) as writer:
        await writer.append(b"one")
    assert [file.is_sealed for file in LogReader(tmp_path).files()] == [True]
    assert not list(tmp_path.glob("*.lock"))


async def test_what_waits_at_the_close_is_committed(
    tmp_path: Path, writing: Any, all_records: Callable[[Path], list[LogRecord]]
) -> None:
    async with writing(tmp_path, pace_s=60) as writer:
        await writer.append(b"at once")
        waiting = writer.append(b"paced")
    assert await waiting is None
    assert [record.body for record in all_records(tmp_path)] == [b"at once", b"paced"]


async def test_a_full_file_is_sealed_and_the_next_one_begun(
    tmp_path: Path, writing: Any, all_records: Callable[[Path], list[LogRecord]]
) -> None:
    async with writing(tmp_path, seal_bytes=1000, pace_s=0) as writer:
        for _ in range(20):
            assert await writer.append(b"x" * 300) is None
    files = LogReader(tmp_path).files()
    assert len(files) >= 4
    assert all(file.is_sealed for file in files)
    assert len(all_records(tmp_path)) == 20


async def test_an_open_file_takes_its_wal_in_as_it_grows_and_is_read_whole_meanwhile(
    tmp_path: Path, writing: Any, append_all: Any
) -> None:
    """So that the seal has little left to move: a large checkpoint holds up every commit on the disk."""
    reader = LogReader(tmp_path)
    read: list[LogRecord] = []
    widest_wal_bytes = 0
    async with writing(tmp_path, pace_s=0) as writer:
        for batch in range(80):
            await append_all(writer, [b"%d-%d" % (batch, number) * 200 for number in range(40)])
            [file] = reader.files()
            page = reader.read(file.name, after=read[-1].position if read else 0, limit=1000)
            read += page.records
            widest_wal_bytes = max(widest_wal_bytes, (tmp_path / f"{file.name}-wal").stat().st_size)
        in_file_bytes = (tmp_path / file.name).stat().st_size
    assert [r.body for r in read] == [b"%d-%d" % (batch, n) * 200 for batch in range(80) for n in range(40)]
    assert widest_wal_bytes < 2_000_000 < in_file_bytes


async def test_an_old_file_is_sealed_without_another_record(tmp_path: Path, writing: Any) -> None:
    async with writing(tmp_path, seal_after_s=0.01) as writer:
        await writer.append(b"one")
        reader = LogReader(tmp_path)
        while not reader.files()[0].is_sealed:
            await asyncio.sleep(0.02)
        assert len(reader.files()) == 2


async def test_a_file_is_sealed_before_its_time_when_that_is_asked(tmp_path: Path, writing: Any) -> None:
    async with writing(tmp_path) as writer:
        await writer.append(b"one")
        writer.seal_soon()
        reader = LogReader(tmp_path)
        while not reader.files()[0].is_sealed:
            await asyncio.sleep(0.02)
        assert await writer.append(b"two") is None


async def test_records_that_come_together_share_a_commit(tmp_path: Path, writing: Any, append_all: Any) -> None:
    commits: list[Commit] = []
    async with writing(tmp_path, observe=commits.append) as writer:
        await append_all(writer, [b"x"] * 1000)
    assert [commit.records for commit in commits] == [1000]


async def test_records_of_one_turn_after_another_share_a_commit(tmp_path: Path, writing: Any) -> None:
    commits: list[Commit] = []
    async with writing(tmp_path, pace_s=3600, observe=commits.append) as writer:
        writer.append(b"x")
        for _ in range(10):
            committed = writer.append(b"x")
            await asyncio.sleep(0)
        assert await committed is None
    assert [commit.records for commit in commits] == [11]


async def test_growing_does_not_put_a_commit_off_for_ever(tmp_path: Path, writing: Any) -> None:
    async with writing(tmp_path, pace_s=0) as writer:
        writer.append(b"x")
        writer.append(b"x")
        await asyncio.sleep(0)
        assert writer.waiting == 0


async def test_a_lone_record_does_not_wait_for_the_pace(tmp_path: Path, writing: Any) -> None:
    async with writing(tmp_path, pace_s=3600) as writer:
        assert await writer.append(b"one") is None


async def test_too_many_waiting_records_are_refused_at_once(tmp_path: Path, writing: Any) -> None:
    async with writing(tmp_path, max_waiting=2, pace_s=3600) as writer:
        await writer.append(b"at once")
        writer.append(b"1")
        writer.append(b"2")
        with pytest.raises(LogUnavailable, match="wait for the disk"):
            writer.append(b"3")


async def test_a_disk_that_is_full_refuses_and_heals_by_itself(
    tmp_path: Path, writing: Any, all_records: Callable[[Path], list[LogRecord]]
) -> None:
    async with writing(tmp_path) as writer:
        assert await writer.append(b"before") is None
        unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (64_000, unlimited[1]))  # writing beyond fails as on a full disk
        try:
            refused = await writer.append(b"x" * 200_000)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
        assert isinstance(refused, LogUnavailable)
        assert writer.last_error is refused
        assert await writer.append(b"after") is None
        assert writer.last_error is None
    assert [record.body for record in all_records(tmp_path)] == [b"before", b"after"]


def test_an_empty_folder_or_none_has_no_files(tmp_path: Path) -> None:
    assert LogReader(tmp_path / "nowhere").files() == []


async def test_a_reader_can_not_write(tmp_path: Path, writing: Any) -> None:
    async with writing(tmp_path) as writer:
        await writer.append(b"one")
        reader = LogReader(tmp_path)
        [file] = reader.files()
        with (
            reader._reading(file.name) as connection,
            pytest.raises(sqlite3.OperationalError, match="readonly"),
        ):
            connection.execute("DELETE FROM records")


async def test_loaded_files_are_removed_after_72_hours(tmp_path: Path, writing: Any) -> None:
    async with writing(tmp_path) as writer:
        await writer.append(b"one")
    reader = LogReader(tmp_path)
    [file] = reader.files()
    reader.mark_loaded(file.name, now=NOW)
    assert reader.remove_expired(now=NOW + timedelta(hours=71)) == []
    assert reader.remove_expired(now=NOW + timedelta(hours=72)) == [file.name]
    assert list(tmp_path.iterdir()) == []


async def test_a_note_by_a_clock_that_was_ahead_keeps_no_file_for_ever(tmp_path: Path, writing: Any) -> None:
    async with writing(tmp_path) as writer:
        await writer.append(b"one")
    reader = LogReader(tmp_path)
    [file] = reader.files()
    reader.mark_loaded(file.name, now=NOW + timedelta(days=365))
    assert reader.remove_expired(now=NOW) == []
    assert reader.remove_expired(now=NOW + timedelta(hours=72)) == [file.name]


async def test_a_log_over_its_cap_loses_the_oldest_loaded_files_first(tmp_path: Path, writing: Any) -> None:
    async with writing(tmp_path, seal_bytes=1000, pace_s=0) as writer:
        for _ in range(3):
            await writer.append(b"x" * 2000)
    reader = LogReader(tmp_path)
    files = [file for file in reader.files() if file.size_bytes > 0]
    for file in files[:2]:
        reader.mark_loaded(file.name, now=NOW)
    total = sum(file.size_bytes for file in reader.files())
    assert reader.remove_expired(now=NOW, max_bytes=total - 1) == [files[0].name]
    assert reader.remove_expired(now=NOW, max_bytes=0) == [files[1].name]


async def test_a_file_that_is_written_to_is_not_removed(tmp_path: Path, writing: Any) -> None:
    async with writing(tmp_path) as writer:
        await writer.append(b"one")
        [file] = LogReader(tmp_path).files()
        with pytest.raises(ValueError, match="not sealed"):
            LogReader(tmp_path).remove_loaded(file.name)
