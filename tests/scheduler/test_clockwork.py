"""Every slot runs or is accounted for, whatever the clock and the runs do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from leadline.clock import monotonic_s
from leadline.model import Cause
from leadline_scheduler.clockwork import Clockwork, Skipped
from leadline_scheduler.monitors import Monitor
from leadline_scheduler.slots import Slots
from leadline_scheduler.watchdog import ClockWatch

Until = Callable[..., Awaitable[None]]


class Diary:
    """What the clockwork called for. `hold` makes runs last until it is set."""

    def __init__(self) -> None:
        self.fired: list[tuple[str, datetime]] = []
        self.skipped: list[tuple[str, Skipped]] = []
        self.hold: asyncio.Event | None = None
        self.error: Exception | None = None

    async def fire(self, monitor: Monitor, scheduled_at: datetime) -> None:
        self.fired.append((monitor.name, scheduled_at))
        if self.error:
            raise self.error
        if self.hold:
            await self.hold.wait()

    async def skip(self, monitor: Monitor, skipped: Skipped) -> None:
        self.skipped.append((monitor.name, skipped))


async def no_cut_off() -> None:
    """Nothing is left to be cut off."""


@pytest.fixture
def diary() -> Diary:
    return Diary()


@pytest.fixture
async def clockwork(turned_clock: Any, diary: Diary) -> AsyncIterator[Clockwork]:
    clockwork = Clockwork(fire=diary.fire, skip=diary.skip, wall=turned_clock.now)
    yield clockwork
    await clockwork.stop(grace_s=0, cut_off=no_cut_off)


async def test_a_monitor_without_a_result_runs_at_once_and_then_in_its_slots(
    clockwork: Clockwork, diary: Diary, check_monitor: Any, until: Until
) -> None:
    monitor = check_monitor(every_s=0.4)
    clockwork.add(monitor, accounted=None, is_at_once=True)
    clockwork.start()
    await until(lambda: len(diary.fired) >= 4)
    slots = Slots.spread(monitor.key, 0.4)
    assert [slots.latest(at) == at for _, at in diary.fired[:4]] == [False, True, True, True]
    assert diary.skipped == []


async def test_a_monitor_with_a_result_waits_for_its_slot(
    clockwork: Clockwork, check_monitor: Any, turned_clock: Any
) -> None:
    monitor = check_monitor(every_s=3600)
    clockwork.add(monitor, accounted=turned_clock.now(), is_at_once=False)
    clockwork.start()
    assert clockwork.next_slots() == {monitor.key: Slots.spread(monitor.key, 3600).after(turned_clock.now())}


async def test_what_was_missed_while_down_is_one_account_and_not_one_per_slot(
    clockwork: Clockwork, diary: Diary, check_monitor: Any, turned_clock: Any, until: Until
) -> None:
    monitor = check_monitor(every_s=60)
    last_seen = turned_clock.now() - timedelta(hours=10)
    clockwork.add(monitor, accounted=last_seen, is_at_once=False)
    clockwork.start()
    await until(lambda: diary.skipped)
    [(name, skipped)] = diary.skipped
    assert (name, skipped.cause, skipped.slots) == ("api", Cause.MISSED, 600)
    assert skipped.first_slot == Slots.spread(monitor.key, 60).after(last_seen)
    assert "the scheduler was not running (600 slots since" in skipped.message


async def test_a_restart_within_the_interval_leaves_no_account(
    clockwork: Clockwork, diary: Diary, check_monitor: Any, turned_clock: Any
) -> None:
    monitor = check_monitor(every_s=3600)
    just_after_a_slot = Slots.spread(monitor.key, 3600).latest(turned_clock.now()) + timedelta(microseconds=1)
    clockwork.add(monitor, accounted=just_after_a_slot, is_at_once=False)
    clockwork.start()
    await clockwork.stop(grace_s=0, cut_off=no_cut_off)
    assert diary.skipped == []


async def test_a_run_that_outlasts_its_interval_skips_slots_as_still_running_and_goes_on(
    clockwork: Clockwork, diary: Diary, check_monitor: Any, until: Until
) -> None:
    diary.hold = asyncio.Event()
    clockwork.add(check_monitor(every_s=0.3), accounted=None, is_at_once=True)
    clockwork.start()
    await until(lambda: len(diary.skipped) >= 2)
    assert {skipped.cause for _, skipped in diary.skipped} == {Cause.STILL_RUNNING}
    assert len(diary.fired) == 1
    diary.hold.set()
    await until(lambda: len(diary.fired) >= 2)


async def test_every_slot_is_in_the_diary_once(
    clockwork: Clockwork, diary: Diary, check_monitor: Any, turned_clock: Any, until: Until
) -> None:
    monitor = check_monitor(every_s=0.2)
    began_at = turned_clock.now()
    clockwork.add(monitor, accounted=began_at, is_at_once=False)
    clockwork.start()
    await until(lambda: len(diary.fired) >= 2)
    turned_clock.turn(seconds=1.5)  # under the watchdog's threshold: APScheduler itself finds its slots overdue
    await until(lambda: len(diary.fired) >= 6)
    await clockwork.stop(grace_s=1, cut_off=no_cut_off)
    last = max(at for _, at in diary.fired)
    ran = len({at for _, at in diary.fired})
    accounted = sum(skipped.slots for _, skipped in diary.skipped)
    assert ran + accounted == Slots.spread(monitor.key, 0.2).count(after=began_at, until=last)


async def test_a_wall_clock_set_back_an_hour_stops_nothing(
    clockwork: Clockwork, diary: Diary, check_monitor: Any, turned_clock: Any, until: Until
) -> None:
    clockwork.add(check_monitor(every_s=0.2), accounted=None, is_at_once=True)
    clockwork.start()
    watch = ClockWatch(turned_clock.now(), monotonic_s())
    await until(lambda: len(diary.fired) >= 2)

    turned_clock.turn(hours=-1)
    [planned] = clockwork.next_slots().values()
    assert planned - turned_clock.now() > timedelta(minutes=59), "left alone, nothing would run for an hour"
    assert watch.look(wall=turned_clock.now(), monotonic_s=monotonic_s()) == pytest.approx(-3600, abs=1)
    clockwork.plan_again()

    before = len(diary.fired)
    await until(lambda: len(diary.fired) >= before + 3)
    assert all(at < turned_clock.now() for _, at in diary.fired[before:])
    assert diary.skipped == []


async def test_a_wall_clock_set_ahead_an_hour_is_one_account_and_no_burst(
    clockwork: Clockwork, diary: Diary, check_monitor: Any, turned_clock: Any, until: Until
) -> None:
    clockwork.add(check_monitor(every_s=10), accounted=turned_clock.now(), is_at_once=False)
    clockwork.start()
    turned_clock.turn(hours=1)
    clockwork.plan_again()
    await until(lambda: diary.skipped)
    [(_, skipped)] = diary.skipped
    assert skipped.slots == 360
    assert diary.fired == []


async def test_a_run_that_breaks_leaves_a_row_and_does_not_stop_its_monitor(
    clockwork: Clockwork, diary: Diary, check_monitor: Any, until: Until
) -> None:
    diary.error = RuntimeError("a bug of ours")
    clockwork.add(check_monitor(every_s=0.3), accounted=None, is_at_once=True)
    clockwork.start()
    await until(lambda: len(diary.fired) >= 3)
    await until(lambda: diary.skipped)
    assert "error inside Leadline: RuntimeError('a bug of ours')" in diary.skipped[0][1].message


async def test_stopping_lets_a_run_end_and_takes_no_new_slot(
    clockwork: Clockwork, diary: Diary, check_monitor: Any, until: Until, caplog: pytest.LogCaptureFixture
) -> None:
    diary.hold = asyncio.Event()
    clockwork.add(check_monitor(every_s=3600), accounted=None, is_at_once=True)
    clockwork.start()
    await until(lambda: diary.fired)
    stopping = asyncio.create_task(clockwork.stop(grace_s=30, cut_off=no_cut_off))
    diary.hold.set()
    await stopping
    await asyncio.sleep(0)
    assert (clockwork.running, diary.skipped, caplog.records) == (0, [], [])


async def test_a_run_that_does_not_end_is_cut_off_after_the_grace(
    clockwork: Clockwork, diary: Diary, check_monitor: Any, until: Until
) -> None:
    diary.hold = hold = asyncio.Event()
    clockwork.add(check_monitor(every_s=3600), accounted=None, is_at_once=True)
    clockwork.start()
    await until(lambda: diary.fired)

    async def cut_off() -> None:
        hold.set()

    await clockwork.stop(grace_s=0, cut_off=cut_off)
    assert hold.is_set()
    assert clockwork.running == 0


async def test_a_lost_timer_is_noticed_and_wound_again(
    clockwork: Clockwork, diary: Diary, check_monitor: Any, turned_clock: Any, until: Until
) -> None:
    clockwork.add(check_monitor(every_s=0.2), accounted=None, is_at_once=True)
    clockwork.start()
    await until(lambda: diary.fired)
    assert not clockwork.wake_if_stuck(overdue_s=60)
    clockwork._scheduler._stop_timer()  # as an error inside APScheduler's own round would leave it
    before = len(diary.fired)
    turned_clock.turn(seconds=1)
    await until(lambda: clockwork.wake_if_stuck(overdue_s=0.5))
    await until(lambda: len(diary.fired) > before)


async def test_a_dropped_monitor_gets_no_slot_more_and_its_run_ends_without_an_account(
    clockwork: Clockwork, diary: Diary, check_monitor: Any, until: Until
) -> None:
    diary.hold = asyncio.Event()
    gone, stays = check_monitor("gone", every_s=0.2), check_monitor("stays", every_s=0.2)
    for monitor in (gone, stays):
        clockwork.add(monitor, accounted=None, is_at_once=True)
    clockwork.start()
    await until(lambda: len(diary.fired) == 2)
    clockwork.drop(gone.key)
    told = len([name for name, _ in diary.skipped if name == "gone"])
    diary.hold.set()
    await until(lambda: len([name for name, _ in diary.fired if name == "stays"]) > 3)
    assert [name for name, _ in diary.fired].count("gone") == 1
    assert [name for name, _ in diary.skipped].count("gone") == told
    assert clockwork.next_slots().keys() == {stays.key}


async def test_a_changed_interval_has_its_own_slots_from_now_on_and_leaves_no_account(
    turned_clock: Any, clockwork: Clockwork, diary: Diary, check_monitor: Any
) -> None:
    clockwork.add(check_monitor(every_s=3600), accounted=turned_clock.now(), is_at_once=False)
    clockwork.start()
    faster = check_monitor(every_s=10)
    clockwork.change(faster)
    slots = Slots.spread(faster.key, 10)
    assert clockwork.next_slots()[faster.key] in {
        slots.after(turned_clock.now()),
        slots.latest(turned_clock.now()),
    }
    assert diary.skipped == []


async def test_what_changed_but_its_interval_keeps_its_slot(
    turned_clock: Any, clockwork: Clockwork, check_monitor: Any
) -> None:
    before = check_monitor(every_s=3600)
    clockwork.add(before, accounted=turned_clock.now(), is_at_once=False)
    clockwork.start()
    planned = clockwork.next_slots()
    clockwork.change(check_monitor(every_s=3600, url="http://127.0.0.1:9/other"))
    assert clockwork.next_slots() == planned
