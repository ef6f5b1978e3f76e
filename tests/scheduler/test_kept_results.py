"""Results that the records refuse wait in memory, in order, bounded, and are written once the disk has room."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from leadline import clock
from leadline.errors import RecordsUnavailable
from leadline.model import IncidentState, RunStatus
from leadline.records import Records
from leadline_scheduler.records_thread import RecordsThread

Until = Callable[..., Awaitable[None]]
P, F = RunStatus.PASSED, RunStatus.FAILED


@pytest.fixture
def full_disk(records: Records, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The records refuse all that is written until it is over."""

    def refuse(*_: Any, **__: Any) -> None:
        raise RecordsUnavailable("database or disk is full")

    monkeypatch.setattr("leadline_scheduler.slot_runner._REFUSED_S", 0.01)
    with monkeypatch.context() as patched:
        patched.setattr(records._database, "writing", refuse)
        yield patched


async def test_an_outage_within_a_full_disk_leaves_its_rows_and_its_incident_afterwards(
    make_slot_runner: Any, runner: Any, records: Records, check_monitor: Any, full_disk: Any, thread: RecordsThread
) -> None:
    runner.script = {None: [P, F, F, P]}
    slot_runner = make_slot_runner()
    for _ in range(4):
        await slot_runner.run_slot(check_monitor(), clock.now())
    assert (len(runner.asked), thread.kept) == (4, 4)
    assert not await slot_runner.kept.write()
    full_disk.undo()
    assert await slot_runner.kept.write()
    assert [row.status for row in reversed(records.runs())] == [P, F, F, P]
    [incident] = records.incidents()
    assert incident.state is IncidentState.RESOLVED
    assert incident.opened_at < incident.resolved_at <= clock.now()
    assert (thread.kept, thread.lost) == (0, 0)


async def test_what_comes_while_others_wait_keeps_its_place(
    make_slot_runner: Any, runner: Any, records: Records, check_monitor: Any, full_disk: Any
) -> None:
    runner.script = {None: [F, P]}
    slot_runner = make_slot_runner()
    await slot_runner.run_slot(check_monitor(), clock.now())
    full_disk.undo()
    await slot_runner.run_slot(check_monitor(), clock.now())
    assert records.runs() == []
    await slot_runner.kept.write()
    assert [row.status for row in reversed(records.runs())] == [F, P]


async def test_memory_is_bounded_and_what_does_not_fit_is_counted(
    make_slot_runner: Any, runner: Any, records: Records, check_monitor: Any, full_disk: Any, thread: RecordsThread,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("leadline_scheduler.kept_results.MOST_KEPT", 2)
    runner.script = {None: [P, P, P]}
    slot_runner = make_slot_runner()
    for _ in range(3):
        await slot_runner.run_slot(check_monitor(), clock.now())
    assert (thread.kept, thread.lost) == (2, 1)
    full_disk.undo()
    await slot_runner.kept.write()
    assert [row.run_id for row in reversed(records.runs())] == [asked.run_id for asked in runner.asked[1:]]


async def test_what_waits_is_written_by_itself_once_the_disk_has_room(
    make_slot_runner: Any, runner: Any, records: Records, check_monitor: Any, full_disk: Any, until: Until
) -> None:
    runner.script = {None: [P]}
    slot_runner = make_slot_runner()
    await slot_runner.run_slot(check_monitor(), clock.now())
    writing = asyncio.create_task(slot_runner.kept.run())
    full_disk.undo()
    await until(lambda: len(records.runs()) == 1)
    writing.cancel()


async def test_what_waits_is_put_onto_the_disk_itself_and_not_on_the_event_loop(
    make_slot_runner: Any, runner: Any, check_monitor: Any, full_disk: Any, until: Until,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    synced: list[str] = []
    fsync = os.fsync

    def note(descriptor: int) -> None:
        synced.append(threading.current_thread().name)
        fsync(descriptor)

    monkeypatch.setattr("leadline_scheduler.kept_file.os.fsync", note)
    runner.script = {None: [F]}
    slot_runner = make_slot_runner()
    await slot_runner.run_slot(check_monitor(), clock.now())
    assert synced == []
    writing = asyncio.create_task(slot_runner.kept.run())
    await until(lambda: bool(synced))
    writing.cancel()
    assert threading.main_thread().name not in synced


async def test_what_waits_when_the_scheduler_is_killed_is_written_by_the_next_one(
    make_slot_runner: Any, runner: Any, records: Records, check_monitor: Any, full_disk: Any
) -> None:
    runner.script = {None: [P, F, F, P]}
    monitor = check_monitor()
    killed = make_slot_runner()
    for _ in range(4):
        await killed.run_slot(monitor, clock.now())
    full_disk.undo()
    # The next process knows nothing but the file.
    await make_slot_runner().take_up_kept({monitor.key: monitor}.get)
    assert [row.status for row in reversed(records.runs())] == [P, F, F, P]
    assert [one.state for one in records.incidents()] == [IncidentState.RESOLVED]
    await make_slot_runner().take_up_kept({monitor.key: monitor}.get)
    assert len(records.runs()) == 4


async def test_what_waited_of_a_monitor_that_is_gone_is_a_row_and_opens_nothing(
    make_slot_runner: Any, runner: Any, records: Records, check_monitor: Any, full_disk: Any
) -> None:
    runner.script = {None: [F, F]}
    killed = make_slot_runner()
    for _ in range(2):
        await killed.run_slot(check_monitor(), clock.now())
    full_disk.undo()
    await make_slot_runner().take_up_kept({}.get)
    assert [row.status for row in records.runs()] == [F, F]
    assert records.incidents() == []


async def test_what_the_file_can_not_take_or_does_not_understand_costs_nothing_else(
    make_slot_runner: Any, runner: Any, records: Records, check_monitor: Any, full_disk: Any, tmp_path: Path
) -> None:
    monitor, file = check_monitor(), tmp_path / "kept-results.bin"
    runner.script = {None: [P, P]}
    killed = make_slot_runner()
    await killed.run_slot(monitor, clock.now())
    length = int.from_bytes(file.read_bytes()[:4], "big") + 4
    with file.open("r+b") as written:
        written.seek(length)
        written.write(b"\x00\x00\x00\x09cut of")
    full_disk.undo()
    await make_slot_runner().take_up_kept({monitor.key: monitor}.get)
    assert [row.status for row in records.runs()] == [P]
    file.unlink()
    file.mkdir()
    await make_slot_runner().take_up_kept({monitor.key: monitor}.get)
    assert len(records.runs()) == 1
