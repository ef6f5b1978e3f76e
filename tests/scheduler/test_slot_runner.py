"""A slot becomes a run, a run a result in the records, and a failure is run again at once before anybody is paged."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from leadline import clock
from leadline.model import Cause, IncidentState, RunStatus
from leadline.records import Records
from leadline_scheduler.clockwork import Skipped
from leadline_scheduler.records_thread import RecordsThread
from leadline_scheduler.seats import Seats, Urgency

Until = Callable[..., Awaitable[None]]
P, F, A = RunStatus.PASSED, RunStatus.FAILED, RunStatus.ABORTED


async def test_a_run_that_passes_is_one_row_in_its_slot(
    make_slot_runner: Any, runner: Any, records: Records, journey_monitor: Any
) -> None:
    slot = clock.now()
    await make_slot_runner().run_slot(journey_monitor(), slot)
    [row] = records.runs()
    assert (row.status, row.scheduled_at, row.confirms_run_id) == (P, slot, None)


async def test_a_failed_run_is_confirmed_at_once_in_its_own_cohort_and_opens_one_incident(
    make_slot_runner: Any, runner: Any, records: Records, journey_monitor: Any
) -> None:
    runner.script = {"canary": [F, F]}
    await make_slot_runner().run_slot(journey_monitor(cohort="canary"), clock.now())
    first, second = runner.asked
    assert (second.cohort.name, second.confirms_run_id) == ("canary", first.run_id)
    [incident] = records.incidents()
    assert [failing.cohort for failing in incident.findings] == ["canary"]


async def test_a_re_run_that_passes_pages_nobody(
    make_slot_runner: Any, runner: Any, records: Records, journey_monitor: Any
) -> None:
    runner.script = {None: [F, P]}
    await make_slot_runner().run_slot(journey_monitor(), clock.now())
    assert len(runner.asked) == 2
    assert records.incidents() == []


async def test_confirm_three_takes_three_failures_in_a_row(
    make_slot_runner: Any, runner: Any, records: Records, check_monitor: Any
) -> None:
    runner.script = {None: [F, F, F]}
    await make_slot_runner().run_slot(check_monitor(confirm=3), clock.now())
    assert len(runner.asked) == 3
    assert len({asked.confirms_run_id for asked in runner.asked[1:]}) == 1
    assert len(records.incidents()) == 1


async def test_an_open_incident_is_not_confirmed_again_and_resolves_when_all_cohorts_pass(
    make_slot_runner: Any, runner: Any, records: Records, journey_monitor: Any
) -> None:
    baseline, canary = journey_monitor(cohort="baseline"), journey_monitor(cohort="canary")
    runner.script = {"canary": [F, F, F]}
    slot_runner = make_slot_runner()
    for monitor in (baseline, canary, canary, baseline):
        await slot_runner.run_slot(monitor, clock.now())
    assert len(runner.asked) == 5, "two of baseline, two for the confirmed failure, one more failure without a re-run"
    assert [incident.state for incident in records.incidents()] == [IncidentState.OPEN]
    await slot_runner.run_slot(canary, clock.now())
    assert [incident.state for incident in records.incidents()] == [IncidentState.RESOLVED]


async def test_an_aborted_run_is_not_repeated_here_and_speaks_for_nobody(
    make_slot_runner: Any, runner: Any, records: Records, journey_monitor: Any
) -> None:
    runner.script = {None: [A, F]}  # the pool itself has tried twice by then
    await make_slot_runner().run_slot(journey_monitor(), clock.now())
    assert [row.status for row in records.runs()] == [A]
    assert records.incidents() == []


async def test_an_aborted_confirmation_leaves_it_to_the_next_slot_to_confirm(
    make_slot_runner: Any, runner: Any, records: Records, journey_monitor: Any
) -> None:
    runner.script = {None: [F, A, F]}
    slot_runner, monitor = make_slot_runner(), journey_monitor()
    await slot_runner.run_slot(monitor, clock.now())
    assert records.incidents() == []
    await slot_runner.run_slot(monitor, clock.now())
    assert len(records.incidents()) == 1


async def test_the_records_know_of_a_run_before_it_begins(
    make_slot_runner: Any, runner: Any, records: Records, thread: RecordsThread, journey_monitor: Any, until: Until
) -> None:
    runner.hold = asyncio.Event()
    running = asyncio.create_task(make_slot_runner().run_slot(journey_monitor(), clock.now()))
    await until(lambda: runner.begun)
    [aborted] = await thread.do(partial(records.abort_unfinished, clock.now()))
    assert (aborted.run_id, aborted.cause) == (runner.asked[0].run_id, Cause.SCHEDULER_STOPPED)
    runner.hold.set()
    await running


async def test_a_run_that_is_cancelled_is_recorded_as_aborted_by_the_stop(
    make_slot_runner: Any, runner: Any, records: Records, journey_monitor: Any, until: Until
) -> None:
    runner.hold = asyncio.Event()
    running = asyncio.create_task(make_slot_runner().run_slot(journey_monitor(), clock.now()))
    await until(lambda: runner.begun)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert [(row.status, row.cause) for row in records.runs()] == [(A, Cause.SCHEDULER_STOPPED)]


async def test_a_slot_that_finds_no_worker_is_skipped_as_missed(
    make_slot_runner: Any, runner: Any, records: Records, journey_monitor: Any
) -> None:
    seats = Seats(1)
    async with seats.take(Urgency.SLOT, patience_s=1):
        await make_slot_runner(seats=seats).run_slot(journey_monitor(every_s=0.1), clock.now())
    [row] = records.runs()
    assert (row.status, row.cause) == (RunStatus.SKIPPED, Cause.MISSED)
    assert "no worker came free" in str(row.error_message)


async def test_stopping_begins_nothing_and_leaves_the_confirmation_to_the_next_start(
    make_slot_runner: Any, runner: Any, records: Records, journey_monitor: Any, until: Until
) -> None:
    runner.script, runner.hold = {None: [F]}, asyncio.Event()
    slot_runner, monitor = make_slot_runner(), journey_monitor()
    running = asyncio.create_task(slot_runner.run_slot(monitor, clock.now()))
    await until(lambda: runner.begun)
    slot_runner.take_no_more()
    runner.hold.set()
    await running
    assert [row.status for row in records.runs()] == [F]
    [last] = records.last_results()
    assert last.needs_confirmation

    next_start = make_slot_runner()
    next_start.hurry(monitor, confirms_run_id=last.run_id)
    runner.script = {None: [F]}
    await next_start.run_slot(monitor, clock.now())
    assert runner.asked[-1].confirms_run_id == runner.asked[0].run_id
    assert len(records.incidents()) == 1


async def test_a_confirming_re_run_keeps_its_place_before_slots_that_wait(
    make_slot_runner: Any, runner: Any, journey_monitor: Any, until: Until
) -> None:
    seats = Seats(1)
    slot_runner = make_slot_runner(seats=seats)
    runner.script, runner.hold = {"canary": [F, F]}, asyncio.Event()
    canary, others = journey_monitor(cohort="canary"), [journey_monitor(f"other{n}") for n in range(3)]
    async with asyncio.TaskGroup() as running:
        running.create_task(slot_runner.run_slot(canary, clock.now()))
        await until(lambda: runner.begun)
        for other in others:
            running.create_task(slot_runner.run_slot(other, clock.now()))
        await until(lambda: seats.waiting == 3)
        runner.hold.set()
    names = [asked.journey.name for asked in runner.asked]
    assert names == ["checkout", "checkout", "other0", "other1", "other2"]


async def test_a_limit_counts_cohorts_and_re_runs_and_every_refusal_leaves_a_row(
    make_slot_runner: Any, runner: Any, records: Records, journey_monitor: Any
) -> None:
    baseline, canary = (
        replace(journey_monitor(cohort=cohort), max_runs_per_hour=3) for cohort in ("baseline", "canary")
    )
    runner.script = {"canary": [F, F, F]}
    slot_runner = make_slot_runner()
    for monitor in (baseline, baseline, canary, baseline):
        await slot_runner.run_slot(monitor, clock.now())
    assert len(runner.asked) == 3
    assert records.incidents() == [], "the failure could not be confirmed"
    skipped = [row for row in records.runs() if row.status is RunStatus.SKIPPED]
    assert {(row.cause, row.cohort) for row in skipped} == {(Cause.RUN_LIMIT, "baseline"), (Cause.RUN_LIMIT, "canary")}
    said = sorted(str(row.error_message) for row in skipped)
    assert said[0].startswith("not re-run: max_runs_per_hour = 3 is reached; the next may begin at ")
    assert said[1].startswith("not run: max_runs_per_hour = 3 is reached")
    [last] = [one for one in records.last_results() if one.cohort == "canary"]
    assert last.needs_confirmation


async def test_a_limit_outlives_a_restart_and_frees_what_began_an_hour_ago(
    make_slot_runner: Any, runner: Any, records: Records, check_monitor: Any, turned_clock: Any
) -> None:
    monitor = replace(check_monitor(), max_runs_per_hour=1)
    await make_slot_runner().run_slot(monitor, clock.now())
    after_restart = make_slot_runner()
    after_restart._limits._wall = turned_clock.now
    await after_restart.run_slot(monitor, clock.now())
    assert len(runner.asked) == 1
    turned_clock.turn(hours=1)
    await after_restart.run_slot(monitor, clock.now())
    assert len(runner.asked) == 2


async def test_a_run_that_is_tried_again_counts_twice(
    make_slot_runner: Any, runner: Any, records: Records, journey_monitor: Any
) -> None:
    monitor = replace(journey_monitor(), max_runs_per_hour=2)
    run = runner.run

    async def run_twice(asked: Any, *, on_start: Any = None) -> Any:
        await on_start(clock.now())  # as the pool does when a browser crashed
        return await run(asked, on_start=on_start)

    runner.run = run_twice
    slot_runner = make_slot_runner()
    await slot_runner.run_slot(monitor, clock.now())
    await slot_runner.run_slot(monitor, clock.now())
    assert len(runner.asked) == 1


async def test_skipped_slots_are_one_row_with_their_span(
    make_slot_runner: Any, records: Records, check_monitor: Any
) -> None:
    first, last = clock.now(), clock.now()
    await make_slot_runner().record_skipped(
        check_monitor(), Skipped(Cause.STILL_RUNNING, first, last, 7, "not run: busy")
    )
    [row] = records.runs()
    assert (row.status, row.cause, row.scheduled_at, row.finished_at) == (
        RunStatus.SKIPPED,
        Cause.STILL_RUNNING,
        first,
        last,
    )


async def test_what_was_removed_while_it_ran_is_recorded_and_opens_nothing(
    make_slot_runner: Any, runner: Any, records: Records, check_monitor: Any
) -> None:
    slot_runner, monitor = make_slot_runner(), check_monitor(confirm=1)
    slot_runner._is_planned = lambda _monitor: False
    runner.script = {None: [F]}
    await slot_runner.run_slot(monitor, clock.now())
    assert [row.status for row in records.runs()] == [F]
    assert len(runner.asked) == 1
    assert records.incidents() == []


async def test_a_check_pauses_before_its_re_run_and_a_stop_ends_the_pause(
    make_slot_runner: Any, runner: Any, check_monitor: Any, records: Records, until: Any
) -> None:
    runner.script = {None: [RunStatus.FAILED, RunStatus.FAILED]}
    slot_runner, monitor = make_slot_runner(), replace(check_monitor(), confirm_after_s=3600.0)
    slot = asyncio.create_task(slot_runner.run_slot(monitor, clock.now()))
    await until(lambda: records.runs())
    assert not slot.done()
    slot_runner.take_no_more()
    await slot
    [last] = records.last_results()
    assert last.needs_confirmation
    assert records.incidents() == []


async def test_a_first_failure_is_suspicious_once_and_its_re_run_is_not(
    make_slot_runner: Any, runner: Any, check_monitor: Any
) -> None:
    runner.script = {None: [RunStatus.FAILED, RunStatus.FAILED]}
    suspected: list[str] = []
    slot_runner = make_slot_runner()
    slot_runner._on_suspicion = lambda monitor: suspected.append(monitor.key)
    monitor = check_monitor(confirm=2)
    await slot_runner.run_slot(monitor, clock.now())
    assert suspected == [monitor.key]
