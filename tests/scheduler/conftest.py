"""A clock that can be turned, also for APScheduler; monitors of which a test shows only what matters."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta, tzinfo

import pytest

from leadline import clock
from leadline.model import CheckSpec, Cohort, JourneySpec
from leadline_scheduler.monitors import Monitor


class TurnedClock:
    """The real wall clock plus `offset`."""

    def __init__(self) -> None:
        self.offset = timedelta()

    def now(self) -> datetime:
        return clock.now() + self.offset

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
