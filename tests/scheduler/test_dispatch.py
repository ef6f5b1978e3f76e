"""Every target hears of every transition once, however often it refuses, and none waits for another."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from scheduler.dispatching import receipts, running, states

from leadline.model import Evidence, NotificationState, RunStatus
from leadline.records import Records
from leadline_scheduler.records_thread import RecordsThread

Until = Callable[..., Awaitable[None]]
P, F = RunStatus.PASSED, RunStatus.FAILED


async def test_an_incident_and_its_end_page_every_target_once(
    make_dispatcher: Any, targets: Any, break_site: Any, heal_site: Any, until: Until
) -> None:
    async with running(make_dispatcher(["oncall", "chat"])) as dispatcher:
        await break_site("oncall", "chat")
        dispatcher.wake()
        await until(lambda: len(targets.accepted) == 2)
        await heal_site("oncall", "chat")
        dispatcher.wake()
        await until(lambda: len(targets.accepted) == 4)
    assert targets.told("oncall") == targets.told("chat") == ["open", "resolve"]
    assert len({sent.idempotency_key for sent in targets.accepted}) == 4
    assert {sent.group_id for sent in targets.accepted} == {sent.incident_ids[0] for sent in targets.accepted}


async def test_a_target_that_refuses_three_times_is_paged_once_with_one_key(
    make_dispatcher: Any, targets: Any, break_site: Any, records: Records, turned_clock: Any, until: Until
) -> None:
    targets.refuses = {"oncall": 3}
    async with running(make_dispatcher()) as dispatcher:
        await break_site()
        dispatcher.wake()
        for attempt, pause_s in enumerate([1, 2, 4], start=1):
            await until(lambda n=attempt: receipts(records, "oncall") == n)
            turned_clock.turn(seconds=pause_s)
            dispatcher.wake()
        await until(lambda: states(records)["open", "oncall"] == (NotificationState.ACCEPTED, 4))
    assert targets.told("oncall") == ["open"]
    assert len({sent.idempotency_key for sent in targets.tried}) == 1


@pytest.mark.parametrize(("unsettled", "is_urgent"), [({"host a": 2}, False), ({"host a": 1, "host b": 1}, True)])
async def test_a_page_goes_before_results_that_wait_unless_they_belong_to_it(
    make_dispatcher: Any,
    thread: RecordsThread,
    monkeypatch: pytest.MonkeyPatch,
    until: Until,
    unsettled: dict[str, int],
    is_urgent: bool,
) -> None:
    asked: list[bool] = []
    do = thread.do

    async def note(action: Any, **how: Any) -> Any:
        asked.append(how["is_urgent"])
        return await do(action, **how)

    monkeypatch.setattr(thread, "do", note)
    async with running(make_dispatcher(unsettled=unsettled)):
        await until(lambda: asked)
    assert asked[0] is is_urgent


async def test_a_target_is_left_alone_until_its_pause_is_over(
    make_dispatcher: Any, targets: Any, break_site: Any, records: Records, until: Until
) -> None:
    targets.refuses, targets.retry_after_s = {"oncall": 1}, 300.0
    async with running(make_dispatcher()) as dispatcher:
        await break_site()
        dispatcher.wake()
        await until(lambda: targets.tried)
        await until(lambda: receipts(records, "oncall"))
        dispatcher.wake()
        await until(lambda: dispatcher.oldest_unsent_at)
    assert len(targets.tried) == 1


async def test_a_target_that_never_answers_delays_no_other(
    make_dispatcher: Any, targets: Any, break_site: Any, heal_site: Any, until: Until
) -> None:
    targets.hanging = {"dead"}
    async with running(make_dispatcher(["dead", "oncall"])) as dispatcher:
        await break_site("dead", "oncall")
        dispatcher.wake()
        await until(lambda: targets.told("oncall") == ["open"])
        await heal_site("dead", "oncall")
        dispatcher.wake()
        await until(lambda: targets.told("oncall") == ["open", "resolve"])
    assert [sent.target for sent in targets.tried].count("dead") == 1


async def test_a_target_that_never_answers_is_a_refusal_at_its_time_limit(
    make_dispatcher: Any, targets: Any, break_site: Any, records: Records, until: Until, monkeypatch: Any
) -> None:
    monkeypatch.setattr("leadline_scheduler.dispatch._SLACK_S", 0.05)
    targets.hanging = {"oncall"}
    async with running(make_dispatcher(timeout_s=0.05)) as dispatcher:
        await break_site()
        dispatcher.wake()
        await until(lambda: states(records)["open", "oncall"][0] is NotificationState.FAILING)
    assert "no answer" in str(records.notifications()[0].last_error)


async def test_an_incident_that_ended_before_a_target_heard_of_it_is_one_message(
    make_dispatcher: Any, targets: Any, break_site: Any, heal_site: Any, records: Records, until: Until
) -> None:
    await break_site()
    await heal_site()
    async with running(make_dispatcher()):
        await until(lambda: targets.accepted)
        await until(lambda: all(state is NotificationState.ACCEPTED for state, _ in states(records).values()))
    [sent] = targets.accepted
    assert "was down" in sent.page.title
    assert sent.page.title.startswith("UP ")


async def test_a_target_that_is_no_longer_configured_is_given_up_and_says_so(
    make_dispatcher: Any, targets: Any, break_site: Any, records: Records, until: Until
) -> None:
    await break_site("gone", "oncall")
    async with running(make_dispatcher(["oncall"])):
        await until(lambda: states(records)["open", "gone"][0] is NotificationState.GIVEN_UP)
        await until(lambda: targets.told("oncall") == ["open"])
    row = next(row for row in records.notifications() if row.target == "gone")
    assert "no target has this name" in str(row.last_error)


async def test_a_page_is_given_up_a_day_after_its_incident_ended(
    make_dispatcher: Any,
    targets: Any,
    break_site: Any,
    heal_site: Any,
    records: Records,
    turned_clock: Any,
    until: Until,
) -> None:
    targets.refuses = {"oncall": 1000}
    await break_site()
    await heal_site()
    turned_clock.turn(hours=25)
    async with running(make_dispatcher()) as dispatcher:
        for attempt in range(1, 31):
            await until(lambda n=attempt: len(targets.tried) == n)
            await until(lambda: not dispatcher._underway)
            turned_clock.turn(seconds=73)
            dispatcher.wake()
        await until(lambda: {state for state, _ in states(records).values()} == {NotificationState.GIVEN_UP})


@pytest.mark.parametrize(("is_there", "attached"), [(True, 1), (False, 0)])
async def test_the_screenshot_is_attached_if_it_still_exists(
    make_dispatcher: Any,
    targets: Any,
    runner: Any,
    break_site: Any,
    until: Until,
    tmp_path: Path,
    is_there: bool,
    attached: int,
) -> None:
    runner.evidence = (Evidence(kind="screenshot", path="2026-11-24/r1/screenshot.png", size_bytes=3),)
    if is_there:
        file = tmp_path / "evidence" / "2026-11-24" / "r1" / "screenshot.png"
        file.parent.mkdir(parents=True)
        file.write_bytes(b"PNG")
    await break_site()
    async with running(make_dispatcher()):
        await until(lambda: targets.accepted)
    assert len(targets.accepted[0].attachments) == attached


async def test_an_incident_names_its_failing_cohort_and_resolves_once_when_it_heals(
    make_dispatcher: Any, targets: Any, break_site: Any, heal_site: Any, until: Until
) -> None:
    async with running(make_dispatcher()) as dispatcher:
        await heal_site(cohort="baseline")
        await break_site(cohort="canary")
        dispatcher.wake()
        await until(lambda: targets.accepted)
        await heal_site(cohort="baseline")
        await heal_site(cohort="canary")
        dispatcher.wake()
        await until(lambda: len(targets.accepted) == 2)
    opened, resolved = targets.accepted
    assert "canary" in opened.page.title + opened.page.body
    assert "baseline" not in opened.page.body
    assert resolved.transition == "resolve"


async def test_the_fallback_hears_once_of_a_target_that_refused_five_times(
    make_dispatcher: Any, targets: Any, break_site: Any, records: Records, turned_clock: Any, until: Until
) -> None:
    targets.refuses = {"chat": 8}
    async with running(make_dispatcher(["chat", "oncall"], fallback="oncall")) as dispatcher:
        await break_site("chat")
        for attempt in range(1, 9):
            dispatcher.wake()
            await until(lambda n=attempt: receipts(records, "chat") == n)
            turned_clock.turn(seconds=61)
        dispatcher.wake()
        await until(lambda: targets.told("chat") == ["open"])
        await until(lambda: targets.told("oncall"))
    [escalated] = [sent for sent in targets.accepted if sent.target == "oncall"]
    assert "chat" in escalated.page.title
