"""A stage that no flag exposes: its hook is run once, it bakes from when new sessions show it, and a miss is named."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from scheduler.exposed_gate import BY_HAND, PROMOTE, ROUTING, Gate

from leadline.errors import StoreUnavailable
from leadline.records import Records
from leadline_scheduler.stage_upkeep import StageKeeping


@pytest.fixture
def gate(tmp_path: Path, records: Records, thread: Any, turned_clock: Any) -> Gate:
    return Gate(tmp_path, records, thread, turned_clock)


async def test_a_stage_bakes_from_when_its_share_was_seen(gate: Gate) -> None:
    gate.start()
    await gate.look(500, 50)
    assert gate.row["state"] == "waiting"  # the hook has not run: what is there is not its work
    await gate.run()
    assert [stage for stage, _ in gate.ran] == ["10 %"]
    await gate.look(500, 10, after_minutes=5)
    row = gate.row
    assert (row["state"], row["seen_at"]) == ("waiting", None)
    assert (
        row["waits"]
        == "10 % waits for 10 % of new sessions on 1.5.0; seen so far: 10 of 500 new sessions on 1.5.0 (2 %)"
    )
    await gate.look(500, 49, after_minutes=5)
    row = gate.row
    assert row["state"] == "under_way"
    assert timedelta(minutes=9) < row["seen_at"] - row["since"] <= timedelta(minutes=11)
    assert row["next"] == "10 % has baked for 0 of 30 minutes"
    assert (gate.action.state, gate.action.evidence) == ("verified", "49 of 500 new sessions on 1.5.0 (9.8 %)")
    assert {(one.app, one.version, one.flag) for one in gate.store.asked} == {("shop", "1.5.0", None)}
    assert min(one.since for one in gate.store.asked) == gate.records.moves()[0].asked_at


async def test_an_armed_gate_asks_for_the_next_stage_after_that(gate: Gate) -> None:
    keeping = StageKeeping(gate.records, budgets=lambda _app: [])
    gate.start()
    await gate.run()
    keeping.go_on(gate.settings, PROMOTE, now=gate.clock.now() + timedelta(hours=5))
    assert gate.row["stage"] == "10 %"  # its share is not seen: no time makes up for that
    await gate.look(500, 50)
    keeping.go_on(gate.settings, PROMOTE, now=gate.clock.now() + timedelta(minutes=29))
    keeping.go_on(gate.settings, replace(PROMOTE, canary="1.4.9"), now=gate.clock.now() + timedelta(minutes=31))
    assert gate.row["stage"] == "10 %"
    gate.clock.turn(seconds=1801)
    keeping.go_on(gate.settings, PROMOTE, now=gate.clock.now())
    assert (gate.row["stage"], gate.row["state"]) == ("100 %", "waiting")
    await gate.run()
    assert [stage for stage, _ in gate.ran] == ["10 %", "100 %"]
    assert gate.action.requested_by == "leadline"


async def test_by_hand_an_armed_gate_asks_a_person(gate: Gate) -> None:
    gate.configure(BY_HAND)
    gate.start()
    await gate.run()
    assert gate.ran == []
    await gate.look(500, 50)
    gate.clock.turn(seconds=1801)
    StageKeeping(gate.records, budgets=lambda _app: []).go_on(gate.settings, PROMOTE, now=gate.clock.now())
    assert gate.row["to_do"] == "set 1.5.0 to 100 % now"
    assert (gate.action.hook, gate.action.state) == ("stage 100 %", "executed")
    assert gate.action.detail == "a person was asked: set 1.5.0 to 100 % now"


async def test_a_hook_that_changed_nothing_is_named_and_told_and_over_once_it_is_seen(gate: Gate) -> None:
    gate.start()
    await gate.run()
    await gate.look(800, 3, after_minutes=19)
    assert gate.incidents() == []
    await gate.look(800, 3, after_minutes=1)
    row = gate.row
    assert row["state"] == "not_seen"
    assert row["next"].startswith("10 % was not seen in time: it waits for 10 % of new sessions on 1.5.0")
    assert gate.action.state == "failed"
    assert gate.action.error.startswith("10 % of new sessions on 1.5.0 not seen within 20 minutes: 3 of 800")
    [incident] = gate.incidents()
    assert (incident.subject.kind, incident.subject.name, incident.severity) == ("release", "1.5.0 (stages)", "warning")
    assert "does not reach 10 %" in incident.title
    await gate.look(800, 3, after_minutes=60)
    assert len(gate.incidents()) == 1
    await gate.look(900, 85, after_minutes=1)
    assert (gate.row["state"], gate.action.state, gate.action.error) == ("under_way", "verified", "")
    assert gate.incidents() == []


async def test_a_person_who_sets_nothing_is_not_paged(gate: Gate) -> None:
    gate.configure(BY_HAND)
    gate.start()
    await gate.look(800, 0, after_minutes=25)
    assert (gate.row["state"], gate.row["to_do"]) == ("not_seen", "set 1.5.0 to 10 % now")
    assert gate.records.incidents() == []


async def test_a_hook_that_fails_is_repeated_with_its_key_and_then_told(gate: Gate) -> None:
    (gate.folder / "mood").write_text("1")
    gate.start()
    for _ in range(5):
        await gate.run()
        gate.clock.turn(seconds=600)
    assert len(gate.ran) == 3
    assert len({key for _, key in gate.ran}) == 1
    assert (gate.row["state"], gate.action.attempts) == ("failed", 3)
    [incident] = gate.incidents()
    assert "not taken after 3 attempts" in (incident.findings[0].error_message or "")
    gate.records.end_release("shop", by="eve", reason="", at=gate.clock.now())
    await gate.watch.look()
    assert gate.incidents() == []


async def test_what_a_command_died_of_is_done_with_the_same_key(gate: Gate) -> None:
    gate.start(owner="a command that died")
    await gate.run()
    assert gate.ran == []  # it may still be at it
    gate.clock.turn(seconds=120)
    await gate.run()
    assert [key for _, key in gate.ran] == [gate.action.idempotency_key]
    assert gate.action.state == "executed"


async def test_a_rollback_ends_the_release_with_its_verdict(gate: Gate) -> None:
    gate.start()
    gate.roll_back()
    await gate.run()
    assert gate.ran == []
    row = gate.row
    assert row["state"] == "aborted"
    assert row["next"].startswith("the release was taken back by verdict ")


async def test_a_hook_that_hangs_is_ended_by_the_rollback(gate: Gate) -> None:
    (gate.folder / "mood").write_text("hang")
    gate.start()
    running = asyncio.create_task(gate.run())
    async with asyncio.timeout(30):
        while not gate.ran:
            await asyncio.sleep(0.02)
        gate.roll_back()
        await running
    exposing = next(one for one in gate.records.actions() if one.cause == "release")
    assert (exposing.state, exposing.error) == ("failed", "the release was taken back meanwhile")


async def test_no_stage_begins_under_a_rollback_or_a_pause(gate: Gate) -> None:
    gate.start()
    await gate.run()
    paused = replace(PROMOTE, verdict="pause")
    gate.records.commit_verdict(paused, environment="production", routing=ROUTING, now=gate.clock.now())
    await gate.look(500, 50)
    assert gate.row["state"] == "waiting"
    assert gate.row["seen"].endswith("; the verdict is pause")


async def test_a_store_that_does_not_answer_sees_nothing_and_hides_nothing(gate: Gate) -> None:
    gate.start()
    await gate.run()
    gate.store.seen = StoreUnavailable("no store service answers")
    await gate.watch.look()
    assert gate.row["waits"].endswith("seen so far: new sessions can't be counted now")


async def test_the_version_is_named_once_it_is_marked(gate: Gate) -> None:
    gate.configure(BY_HAND)
    gate.start(canary=None)
    assert gate.row["to_do"] == "set the new version to 10 % now"
    await gate.look(500, 3)
    assert gate.row["to_do"] == "set 1.5.0 to 10 % now"


async def test_arms_by_cohort_are_seen_by_cohort(gate: Gate) -> None:
    gate.start(canary="cohort:canary")
    await gate.run()
    await gate.look(500, 50)
    assert {(one.version, one.cohort) for one in gate.store.asked} == {(None, "canary")}
