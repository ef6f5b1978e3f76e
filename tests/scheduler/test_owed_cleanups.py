"""What a crashed run left in production is taken away again, once, however often it must be tried."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from leadline.records import KeptCleanup, Records
from leadline_scheduler.owed_cleanups import MOST_TRIES, OwedCleanups, is_due, newest_first
from leadline_scheduler.records_thread import RecordsThread

START = datetime(2026, 11, 24, 12, tzinfo=UTC)


def kept(*, tries: int = 0, before_s: float = 10) -> KeptCleanup:
    return KeptCleanup(
        cleanup_id="c1",
        run_id="r1",
        function="journeys/checkout.py:cancel",
        arguments=b"",
        kept_at=START - timedelta(seconds=before_s),
        tries=tries,
    )


def test_what_a_dead_scheduler_left_is_due_at_once() -> None:
    assert is_due(kept(), began_at=START, now=START)


def test_what_a_living_run_keeps_is_left_to_it() -> None:
    assert not is_due(kept(before_s=-5), began_at=START, now=START + timedelta(hours=1))


def test_what_a_command_that_was_killed_left_is_due_two_hours_later() -> None:
    owed = kept(before_s=-5)
    assert not is_due(owed, began_at=START, now=START + timedelta(hours=2))
    assert is_due(owed, began_at=START, now=START + timedelta(hours=2, seconds=6))


def test_runs_are_undone_in_their_order_and_each_newest_first() -> None:
    owed = [
        replace(kept(), cleanup_id=f"c{number}", run_id=run, kept_at=START + timedelta(seconds=number))
        for number, run in enumerate(["early", "late", "early", "late"])
    ]
    assert [one.cleanup_id for one in newest_first(owed)] == ["c2", "c0", "c3", "c1"]


@pytest.mark.parametrize(("tries", "pause_min"), [(1, 1), (2, 3), (3, 7)])
def test_a_failed_cleanup_is_tried_again_ever_later(tries: int, pause_min: int) -> None:
    owed = kept(tries=tries, before_s=0)
    assert not is_due(owed, began_at=START, now=START + timedelta(minutes=pause_min, seconds=-1))
    assert is_due(owed, began_at=START, now=START + timedelta(minutes=pause_min))


def test_after_its_last_try_it_stays_in_the_ledger() -> None:
    assert not is_due(kept(tries=MOST_TRIES), began_at=START, now=START + timedelta(days=30))


class PoolThatCleans:
    def __init__(self, records: Records, *, failures: int) -> None:
        self.records, self.failures, self.asked = records, failures, []  # type: ignore[var-annotated]

    async def clean_up(self, *, cleanup_id: str, function: str, arguments: bytes) -> str | None:
        self.asked.append((cleanup_id, function, arguments))
        error = "the shop refused" if len(self.asked) <= self.failures else None
        self.records.finish_cleanup(cleanup_id, error=error, now=START)
        return error


@pytest.mark.parametrize(("failures", "tries"), [(0, 1), (2, 3)])
async def test_each_is_done_exactly_once_on_real_records(tmp_path: Path, failures: int, tries: int) -> None:
    records = Records.open(tmp_path / "records.sqlite")
    thread = RecordsThread()
    records.keep_cleanup(run_id="r", cleanup_id="c", function="f.py:g", arguments=b"x", now=START - timedelta(hours=1))
    now = [START]
    pool = PoolThatCleans(records, failures=failures)
    owed = OwedCleanups(records=records, thread=thread, pool=pool, wall=lambda: now[0])
    for _ in range(6):
        await owed.settle()
        now[0] += timedelta(hours=1)
    assert pool.asked == [("c", "f.py:g", b"x")] * tries
    assert records.unfinished_cleanups() == []
    thread.close()
    records.close()


async def test_records_that_are_damaged_end_no_scheduler(tmp_path: Path, until: Any) -> None:
    """It must live to page from memory (emergency.py)."""
    path, thread = tmp_path / "records.sqlite", RecordsThread()
    records = Records.open(path)
    records.close()
    path.write_bytes(b"not a database at all\n" * 500)
    owed = OwedCleanups(records=records, thread=thread, pool=PoolThatCleans(records, failures=0), wall=lambda: START)
    looked = asyncio.Event()

    async def note_look() -> int:
        try:
            return await OwedCleanups.settle(owed)
        finally:
            looked.set()

    owed.settle = note_look  # type: ignore[method-assign]  # to know that it has looked
    running = asyncio.create_task(owed.run())
    await until(looked.is_set)
    await asyncio.sleep(0)
    assert not running.done()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    thread.close()
