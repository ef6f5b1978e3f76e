"""The parts together, on real records, with a pool and targets that follow a script."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from leadline.model import RunStatus, Target
from leadline.records import Records
from leadline.settings import Settings, load_settings
from leadline_scheduler.records_thread import RecordsThread
from leadline_scheduler.reloads import Plan
from leadline_scheduler.scheduler import Scheduler
from leadline_scheduler.state import SchedulerState, read_state

Until = Callable[..., Awaitable[None]]
P, F = RunStatus.PASSED, RunStatus.FAILED


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    file = tmp_path / "leadline.toml"
    file.write_text('[[app]]\nname = "shop"\n[notify]\ntargets = { oncall = "json://127.0.0.1:9/" }\n')
    settings = load_settings(file, {})
    settings.paths.create_folders()
    return settings


@pytest.fixture
def scheduling(
    settings: Settings, records: Records, thread: RecordsThread, runner: Any, targets: Any
) -> Callable[..., Any]:
    @asynccontextmanager
    async def scheduling(*monitors: Any) -> AsyncIterator[asyncio.Event]:
        scheduler = Scheduler(
            Plan(
                settings=settings,
                targets={"oncall": Target(name="oncall", url="json://127.0.0.1:9/")},
                monitors=list(monitors),
                warnings=["so it is"],
                code="",
            ),
            records=records,
            thread=thread,
            pool=runner,
            send=targets.send,
        )
        stopping = asyncio.Event()
        running = asyncio.create_task(scheduler.run(stopping))
        try:
            yield stopping
        finally:
            stopping.set()
            await running

    return scheduling


def _state(settings: Settings) -> SchedulerState:
    state = read_state(settings.paths.run / "scheduler.json")
    assert state is not None
    return state


async def test_a_failing_journey_pages_and_a_healed_one_resolves(
    scheduling: Any, runner: Any, targets: Any, journey_monitor: Any, until: Until
) -> None:
    runner.script = {None: [F] * 1000}
    async with scheduling(journey_monitor(every_s=0.5)):
        await until(lambda: targets.told("oncall") == ["open"])
        runner.script = {None: [P]}
        await until(lambda: targets.told("oncall") == ["open", "resolve"])


async def test_a_wall_clock_set_back_an_hour_delays_neither_runs_nor_pages(
    turned_clock: Any,
    monkeypatch: pytest.MonkeyPatch,
    scheduling: Any,
    runner: Any,
    targets: Any,
    journey_monitor: Any,
    until: Until,
) -> None:
    monkeypatch.setattr("leadline.clock.now", turned_clock.now)
    targets.refuses = {"oncall": 1}
    runner.script = {None: [F, F]}
    async with scheduling(journey_monitor(every_s=0.5)):
        await until(lambda: targets.tried)
        turned_clock.turn(hours=-1)
        ran = len(runner.asked)
        await until(lambda: len(runner.asked) > ran + 2)
        await until(lambda: targets.accepted)


async def test_a_restart_confirms_what_failed_before_it_and_pages(
    scheduling: Any, make_slot_runner: Any, runner: Any, targets: Any, journey_monitor: Any, until: Until
) -> None:
    runner.script, monitor = {None: [F, F]}, journey_monitor(every_s=3600)
    slot_runner = make_slot_runner()
    slot_runner.take_no_more()
    await slot_runner._run_until_judged(monitor, None, confirms_run_id=None)  # told to stop before the re-run
    assert len(runner.asked) == 1
    async with scheduling(monitor):
        await until(lambda: targets.told("oncall") == ["open"])
    assert runner.asked[1].confirms_run_id == runner.asked[0].run_id


async def test_what_passed_before_a_restart_does_not_run_before_its_slot(
    scheduling: Any, make_slot_runner: Any, runner: Any, settings: Settings, journey_monitor: Any, until: Until
) -> None:
    monitor = journey_monitor(every_s=86_400)
    await make_slot_runner()._run_until_judged(monitor, None, confirms_run_id=None)
    async with scheduling(monitor):
        await until(lambda: read_state(settings.paths.run / "scheduler.json"))
        state = _state(settings)
    assert len(runner.asked) == 1
    assert (state.state, state.monitors[0].name, state.warnings) == ("running", "checkout", ["so it is"])


async def test_a_part_that_breaks_ends_the_whole(
    scheduling: Any, journey_monitor: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_: Any) -> None:
        raise RuntimeError("a bug in the dispatcher")

    monkeypatch.setattr("leadline_scheduler.dispatch.Dispatcher.run", broken)
    with pytest.raises(RuntimeError, match="a bug in the dispatcher"):
        async with scheduling(journey_monitor()):
            await asyncio.sleep(0)


async def test_when_one_cohort_fails_the_others_are_looked_at_at_once_and_not_in_their_slots(
    scheduling: Callable[..., Any], runner: Any, journey_monitor: Any, records: Records, until: Until
) -> None:
    runner.workers = 2
    canary, baseline = (journey_monitor(every_s=3600.0, cohort=name) for name in ("canary", "baseline"))
    async with scheduling(canary, baseline):
        await until(lambda: len(records.runs()) == 2)  # the first runs of both
    runner.script = {"canary": [F, F]}
    seen = {run.run_id for run in records.runs()}
    async with scheduling(replace(canary, environment="other"), baseline):  # unknown there: runs at once
        await until(lambda: any(run.cohort == "baseline" and run.run_id not in seen for run in records.runs()))
