"""A writer that dies loses nothing it has acknowledged, and leaves a file that the next one seals."""

from __future__ import annotations

import asyncio
import random
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leadline.beaconlog import LogReader, LogRecord
from leadline.errors import LogUnavailable
from leadline.locks import FileLock, is_held

Read = Callable[[Path], list[LogRecord]]
Start = Callable[..., "subprocess.Popen[str]"]


def kill_after(process: subprocess.Popen[str], lines: int) -> list[str]:
    """Kills the writer once it has printed so many; returns what it managed to print in whole."""
    assert process.stdout is not None
    printed = [process.stdout.readline() for _ in range(lines)]
    process.kill()
    printed += process.stdout.readlines()
    process.stdout.close()
    process.wait()
    return [line.strip() for line in printed if line.endswith("\n")]


@pytest.mark.kill
def test_kill_9_loses_no_acknowledged_record_and_doubles_none(
    tmp_path: Path, start_writer: Start, all_records: Read
) -> None:
    chance = random.Random(20261124)
    for round_number in range(4):
        folder = tmp_path / str(round_number)
        acknowledged = kill_after(start_writer(folder), chance.randint(1, 3000))
        stored = Counter(record.body.decode() for record in all_records(folder))
        assert set(acknowledged) - set(stored) == set()
        assert set(stored.values()) == {1}


@pytest.mark.kill
def test_the_kill_test_sees_the_loss_of_a_writer_that_acknowledges_early(
    tmp_path: Path, start_writer: Start, all_records: Read
) -> None:
    lost = 0
    for round_number in range(10):
        folder = tmp_path / str(round_number)
        acknowledged = kill_after(start_writer(folder, acknowledge="early"), 500)
        lost += len(set(acknowledged) - {record.body.decode() for record in all_records(folder)})
        if lost:
            break
    assert lost > 0


async def test_the_file_of_a_dead_writer_is_sealed_at_the_next_start(
    tmp_path: Path, start_writer: Start, writing: Any, all_records: Read
) -> None:
    kill_after(start_writer(tmp_path), 100)
    before = [record.body for record in all_records(tmp_path)]
    assert [file.is_sealed for file in LogReader(tmp_path).files()] == [False]
    async with writing(tmp_path):
        assert LogReader(tmp_path).files()[0].is_sealed
    assert [record.body for record in all_records(tmp_path)] == before


async def test_the_file_of_a_living_writer_is_left_alone(tmp_path: Path, start_writer: Start, writing: Any) -> None:
    process = start_writer(tmp_path)
    assert process.stdout is not None
    process.stdout.readline()
    async with writing(tmp_path):
        assert [file.is_sealed for file in LogReader(tmp_path).files()] == [False, False]
    kill_after(process, 1)


async def test_a_file_that_died_before_its_first_commit_is_cleared_away(tmp_path: Path, writing: Any) -> None:
    (tmp_path / "01M86Y93M7WCNNDD9WG52Z1YGT.beacons").touch()
    async with writing(tmp_path):
        assert "01M86Y93M7WCNNDD9WG52Z1YGT.beacons" not in [file.name for file in LogReader(tmp_path).files()]


async def test_a_left_file_that_can_not_be_sealed_is_told_and_stops_nothing(
    tmp_path: Path, writing: Any, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "01M86Y93M7WCNNDD9WG52Z1YGT.beacons").write_bytes(b"not a database, whatever its name" * 100)
    async with writing(tmp_path) as writer:
        assert await writer.append(b"one") is None
    assert "01M86Y93M7WCNNDD9WG52Z1YGT.beacons was left by a dead writer and can't be sealed" in caplog.text


async def test_a_folder_that_can_not_be_made_refuses_and_heals(tmp_path: Path, writing: Any, all_records: Read) -> None:
    folder = tmp_path / "beacons"
    folder.write_text("a file stands in the way")
    async with writing(folder) as writer:
        assert await writer.append(b"refused") is not None
        folder.unlink()
        assert await writer.append(b"kept") is None
    assert [record.body for record in all_records(folder)] == [b"kept"]


def test_a_lock_is_given_up_where_its_file_can_not_be_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError("a folder that was made read-only")

    lock = FileLock(tmp_path / "01J.lock")
    assert lock.take()
    assert is_held(lock.file)
    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(PermissionError):
        lock.release(remove=True)
    assert not is_held(lock.file)


async def test_a_log_that_failed_is_written_again_without_waiting_for_a_record(
    tmp_path: Path, writing: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leadline.beaconlog.writer.TICK_S", 0.02)
    folder = tmp_path / "beacons"
    folder.write_text("a file stands in the way")
    async with writing(folder) as writer:
        assert writer.last_error is not None
        folder.unlink()
        while writer.last_error is not None:
            await asyncio.sleep(0.01)
        assert len(LogReader(folder).files()) == 1


@pytest.mark.parametrize("is_moved", [True, False], ids=["moved", "removed"])
async def test_nothing_is_acknowledged_in_a_folder_that_is_no_longer_there(
    tmp_path: Path, writing: Any, all_records: Read, is_moved: bool
) -> None:
    folder = tmp_path / "beacons"
    async with writing(folder) as writer:
        assert await writer.append(b"before") is None
        if is_moved:
            folder.rename(tmp_path / "elsewhere")
        else:
            shutil.rmtree(folder)
        assert isinstance(await writer.append(b"refused"), LogUnavailable)
        assert await writer.append(b"after") is None
    assert [record.body for record in all_records(folder)] == [b"after"]
    if is_moved:
        assert all_records(tmp_path / "elsewhere")[0].body == b"before"
