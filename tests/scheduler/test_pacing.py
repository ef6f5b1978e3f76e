"""A target that asks for a pause gets it, and more openings than it can read are one message."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any
from unittest.mock import Mock

import pytest
from scheduler.dispatching import receipts, running

from leadline import clock
from leadline.model import Receipt, RunStatus, TransitionKind
from leadline.records import Records
from leadline_scheduler.target_pace import WINDOW_S, Pacing

F = RunStatus.FAILED


@pytest.fixture
def break_many(make_slot_runner: Any, runner: Any, journey_monitor: Any) -> Callable[..., Any]:
    async def break_many(count: int, *, first: int = 0) -> None:
        slot_runner = make_slot_runner()
        for number in range(first, first + count):
            runner.script = {None: [F, F]}
            await slot_runner.run_slot(journey_monitor(f"journey-{number}"), clock.now())

    return break_many


async def test_more_openings_than_the_limit_are_one_message_that_names_all(
    make_dispatcher: Any, targets: Any, break_many: Any, records: Records, turned_clock: Any, until: Any
) -> None:
    await break_many(12)
    async with running(make_dispatcher()):
        await until(lambda: not records.waiting(turned_clock.now()))
    [sent] = targets.accepted
    assert sent.page.title.startswith("DOWN 12 monitors")
    assert all(f"journey-{number}" in sent.page.body for number in range(12))
    assert sorted(sent.incident_ids) == sorted(one.incident_id for one in records.incidents())


async def test_up_to_the_limit_each_opening_is_a_message_of_its_own(
    make_dispatcher: Any, targets: Any, break_many: Any, records: Records, turned_clock: Any, until: Any
) -> None:
    await break_many(3)
    async with running(make_dispatcher()):
        await until(lambda: not records.waiting(turned_clock.now()))
    assert len(targets.accepted) == 3


@pytest.fixture
def heal_many(make_slot_runner: Any, runner: Any, journey_monitor: Any) -> Callable[..., Any]:
    async def heal_many(count: int) -> None:
        slot_runner, runner.script = make_slot_runner(), {}
        for number in range(count):
            await slot_runner.run_slot(journey_monitor(f"journey-{number}"), clock.now())

    return heal_many


async def test_what_failed_together_ends_in_one_message_too(
    make_dispatcher: Any,
    targets: Any,
    break_many: Any,
    heal_many: Any,
    records: Records,
    turned_clock: Any,
    until: Any,
) -> None:
    await break_many(12)
    async with running(make_dispatcher()) as dispatcher:
        await until(lambda: not records.waiting(turned_clock.now()))
        await heal_many(12)
        dispatcher.wake()
        await until(lambda: not records.waiting(turned_clock.now()))
    _, ended = targets.accepted
    assert ended.page.title.startswith("UP 12 monitors")
    assert sorted(ended.incident_ids) == sorted(one.incident_id for one in records.incidents())


def test_many_ends_hold_up_other_ends_and_no_opening() -> None:
    pacing, accepted = Pacing(2), Receipt(is_accepted=True, duration_ms=1.0)
    for _ in range(2):
        pacing.note(Mock(transition=TransitionKind.RESOLVE, notification=Mock(target="oncall")), accepted, now_s=0.0)
    assert pacing.held({"oncall": 1}, now_s=1.0) == ()
    assert pacing.ends({"oncall": 1}, apart=(), now_s=1.0).held == ("oncall",)
    assert pacing.ends({"oncall": 9}, apart=("oncall",), now_s=1.0).held == ()
    assert pacing.ends({"oncall": 1}, apart=(), now_s=WINDOW_S + 1.0).held == ()


async def test_a_target_that_asks_for_a_pause_gets_nothing_else_meanwhile(
    make_dispatcher: Any, targets: Any, break_many: Any, records: Records, until: Any
) -> None:
    targets.refuses, targets.retry_after_s = {"oncall": 1}, 300.0
    async with running(make_dispatcher()) as dispatcher:
        await break_many(1)
        dispatcher.wake()
        await until(lambda: receipts(records, "oncall"))
        await break_many(3, first=1)
        dispatcher.oldest_unsent_at = None
        dispatcher.wake()
        await until(lambda: dispatcher.oldest_unsent_at)
    assert len(targets.tried) == 1


@pytest.mark.parametrize("limit", [1, 2, 3, 10, 25])
def test_a_storm_that_goes_on_keeps_to_the_limit_and_nobody_waits_long(limit: int) -> None:
    """A hundred openings a second for half a minute, looked at every tenth: each message tells all that waits."""
    pacing, sent, waiting = Pacing(limit), [0.0], 0
    claimed = Mock(transition=TransitionKind.OPEN, notification=Mock(target="oncall"))
    accepted = Receipt(is_accepted=True, duration_ms=1.0)
    for tenth in range(300):
        now_s, waiting = tenth / 10, waiting + 10
        if "oncall" not in pacing.held({"oncall": waiting}, now_s=now_s):
            pacing.note(claimed, accepted, now_s=now_s)
            sent, waiting = [*sent, now_s], 0
    assert max(sum(at <= one < at + WINDOW_S for one in sent[1:]) for at in sent[1:]) <= limit
    pauses = [later - earlier for earlier, later in pairwise([*sent, 30.0])]
    assert max(pauses) <= WINDOW_S / max(1, limit - max(1, limit // 2)) + 0.6
