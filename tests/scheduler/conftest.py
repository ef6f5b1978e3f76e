"""A clock that can be turned, also for APScheduler; monitors of which a test shows only what matters."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime, timedelta, tzinfo
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from scheduler.scripted import ScriptedRunner, ScriptedTargets

from leadline import clock
from leadline.incidents import Routing
from leadline.model import (
    CheckSpec,
    Cohort,
    JourneySpec,
    RunStatus,
    Target,
)
from leadline.records import Records
from leadline_scheduler.dispatch import Dispatcher
from leadline_scheduler.monitors import Monitor
from leadline_scheduler.page_context import ContextReader
from leadline_scheduler.records_thread import RecordsThread
from leadline_scheduler.seats import Seats
from leadline_scheduler.slot_runner import SlotRunner

_real_now = clock.now


class TurnedClock:
    """The real wall clock plus `offset`."""

    def __init__(self) -> None:
        self.offset = timedelta()

    def now(self) -> datetime:
        return _real_now() + self.offset

    def turn(self, **by: float) -> None:
        self.offset += timedelta(**by)


@pytest.fixture
def turned_clock(monkeypatch: pytest.MonkeyPatch) -> TurnedClock:
    """APScheduler plans by `datetime.now`; here that is the turned clock, in its scheduler and its executor alike."""
    turned = TurnedClock()

    class TurnedDatetime(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return turned.now().astimezone(tz)

    monkeypatch.setattr("apscheduler.schedulers.base.datetime", TurnedDatetime)
    monkeypatch.setattr("apscheduler.executors.base.datetime", TurnedDatetime)
    return turned


@pytest.fixture
def check_monitor() -> Callable[..., Monitor]:
    def build(
        name: str = "api",
        *,
        every_s: float = 60.0,
        url: str = "http://127.0.0.1:9/",
        cohort: str | None = None,
        confirm: int = 2,
        timeout_ms: float = 1000.0,
    ) -> Monitor:
        return Monitor(
            spec=CheckSpec(name=name, app="shop", url=url, every_s=every_s, timeout_ms=timeout_ms),
            app="shop",
            environment="production",
            cohort=Cohort(name=cohort),
            location="local",
            confirm=confirm,
        )

    return build


@pytest.fixture
def journey_monitor() -> Callable[..., Monitor]:
    def build(name: str = "checkout", *, every_s: float = 60.0, cohort: str | None = None) -> Monitor:
        return Monitor(
            spec=JourneySpec(name=name, path="journeys/checkout.py", every_s=every_s, deadline_s=5.0),
            app="shop",
            environment="production",
            cohort=Cohort(name=cohort),
            location="local",
            confirm=2,
            base_url="http://127.0.0.1:9/",
        )

    return build


@pytest.fixture
def until() -> Callable[..., Awaitable[None]]:
    async def until(condition: Callable[[], object], *, within_s: float = 20.0) -> None:
        """Polls a condition; the test's own claim comes after it."""
        async with asyncio.timeout(within_s):
            while not condition():
                await asyncio.sleep(0.01)

    return until


@pytest.fixture
def runner() -> ScriptedRunner:
    return ScriptedRunner()


@pytest.fixture
async def thread() -> AsyncIterator[RecordsThread]:
    thread = RecordsThread()
    yield thread
    thread.close()


@pytest.fixture
async def records(tmp_path: Path, thread: RecordsThread) -> AsyncIterator[Records]:
    records = await thread.do(partial(Records.open, tmp_path / "records.sqlite"))
    yield records
    await thread.do(records.close)


@pytest.fixture
def make_slot_runner(
    records: Records, thread: RecordsThread, runner: ScriptedRunner, tmp_path: Path
) -> Callable[..., SlotRunner]:
    def build(*, targets: Sequence[str] = ("oncall",), seats: Seats | None = None) -> SlotRunner:
        return SlotRunner(
            runner=runner,
            seats=seats or Seats(1),
            records=records,
            thread=thread,
            routing=Routing(targets=tuple(targets)),
            on_result=lambda monitor, result, judgement: None,
            wall=clock.now,
            import_folder=tmp_path,
            evidence_folder=tmp_path / "evidence",
            kept_file=tmp_path / "kept-results.bin",
        )

    return build


@pytest.fixture
def targets() -> ScriptedTargets:
    return ScriptedTargets()


@pytest.fixture
def make_dispatcher(
    records: Records, thread: RecordsThread, targets: Any, turned_clock: Any, tmp_path: Path
) -> Callable[..., Dispatcher]:
    def build(
        names: Sequence[str] = ("oncall",),
        *,
        timeout_s: float = 30.0,
        fallback: str | None = None,
        send: Any = None,
        known: dict[str, Target] | None = None,
        unsettled: dict[str, int] | None = None,
    ) -> Dispatcher:
        return Dispatcher(
            records=records,
            thread=thread,
            send=send or targets.send,
            targets=known or {name: Target(name=name, url=f"json://127.0.0.1:9/{name}") for name in names},
            fallback=fallback,
            timeout_s=timeout_s,
            owner=clock.new_id(),
            evidence_folder=tmp_path / "evidence",
            dashboard_url=None,
            context=ContextReader(records=records, thread=thread, home=tmp_path),
            wall=turned_clock.now,
            steady=turned_clock.now,
            jitter=lambda: 0.0,
            unsettled=lambda: unsettled or {},
        )

    return build


@pytest.fixture
def break_site(make_slot_runner: Any, runner: Any, journey_monitor: Any) -> Callable[..., Awaitable[None]]:
    async def break_site(*names: str, cohort: str | None = None) -> None:
        runner.script = {cohort: [RunStatus.FAILED, RunStatus.FAILED]}
        await make_slot_runner(targets=names or ("oncall",)).run_slot(journey_monitor(cohort=cohort), clock.now())

    return break_site


@pytest.fixture
def heal_site(make_slot_runner: Any, journey_monitor: Any) -> Callable[..., Awaitable[None]]:
    async def heal_site(*names: str, cohort: str | None = None) -> None:
        await make_slot_runner(targets=names or ("oncall",)).run_slot(journey_monitor(cohort=cohort), clock.now())

    return heal_site
