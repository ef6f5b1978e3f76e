"""The dead-man's switch is called while the whole paging path works, and left to fire when any part is in doubt."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from leadline import clock
from leadline.model import RunResult, RunStatus
from leadline_scheduler.heartbeat import Health, Heartbeat, find_doubt, monitor_ages
from leadline_scheduler.state import Overview

Until = Callable[..., Awaitable[None]]

WELL = Health(
    monitors=(("check:shop/api@@local", 179.0, 190.0),),
    tick_age_s=1.0,
    unsent_age_s=59.0,
    free_bytes=200,
    min_free_bytes=100,
)


def test_all_well_is_no_doubt() -> None:
    assert find_doubt(WELL) is None
    assert find_doubt(replace(WELL, monitors=(), unsent_age_s=None)) is None


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"tick_age_s": 11.0}, "the main loop has not run for 11 s"),
        ({"monitors": (("a", 191.0, 190.0), ("b", 500.0, 190.0))}, "no run has judged a and 1 more"),
        ({"is_after_crash": True, "has_judged": False, "uptime_s": 299.0}, "the last scheduler died"),
        ({"unsent_age_s": 61.0}, "a page has waited 61 s"),
        ({"free_bytes": 99}, "99 bytes are free"),
    ],
)
def test_each_part_in_doubt_withholds_the_heartbeat_and_is_named(changed: dict[str, Any], said: str) -> None:
    assert said in str(find_doubt(replace(WELL, **changed)))


def _result(monitor: Any, status: RunStatus) -> RunResult:
    now = clock.now()
    return RunResult(
        run_id=clock.new_id(),
        monitor=monitor.kind,
        name=monitor.name,
        app=monitor.app,
        status=status,
        started_at=now,
        finished_at=now,
        duration_ms=0,
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"monitors": (("a", 191.0, 190.0), ("b", 50.0, 190.0))},
        {"is_after_crash": True, "has_judged": True, "uptime_s": 1.0},
        {"is_after_crash": False, "has_judged": False, "uptime_s": 1.0},
        {"is_after_crash": True, "has_judged": False, "uptime_s": 301.0},
    ],
    ids=["one of two is blind", "judged since the crash", "first start", "lives for long"],
)
def test_what_is_no_doubt_about_the_whole_keeps_it_beating(changed: dict[str, Any]) -> None:
    assert find_doubt(replace(WELL, **changed)) is None


@pytest.mark.parametrize("status", list(RunStatus))
def test_only_a_result_about_the_site_counts_as_having_looked(check_monitor: Any, status: RunStatus) -> None:
    overview, monitor = Overview(), check_monitor(every_s=60, timeout_ms=10_000)
    overview.add(monitor, monotonic_s=0.0, now=clock.now())
    overview.note(monitor, _result(monitor, status), monotonic_s=150.0)
    has_looked = status in {RunStatus.PASSED, RunStatus.DEGRADED, RunStatus.FAILED}
    assert monitor_ages(overview.seen.values(), monotonic_s=191.0) == (
        (monitor.key, 41.0 if has_looked else 191.0, 180.0),
    )


class Switch:
    """A dead-man's switch on a real socket: /ping redirects to /beat, /broken answers 500."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def __aenter__(self) -> Switch:
        self._server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        path = head.split()[1]
        self.asked.append(path)
        status = {"/ping": "302 Found\r\nLocation: /beat", "/beat": "200 OK"}.get(path, "500 Broken")
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()


def _heartbeat(switch: Switch, path: str, health: Callable[[], Health]) -> Heartbeat:
    async def read_health() -> Health:
        return health()

    return Heartbeat(f"http://127.0.0.1:{switch.port}{path}", every_s=0.02, read_health=read_health, wall=clock.now)


async def _beat_until(heartbeat: Heartbeat, condition: Callable[[], object], until: Until) -> None:
    beating = asyncio.create_task(heartbeat.run())
    await until(condition)
    beating.cancel()
    with pytest.raises(asyncio.CancelledError):
        await beating


async def test_the_switch_is_called_through_a_redirect(until: Until) -> None:
    async with Switch() as switch:
        heartbeat = _heartbeat(switch, "/ping", lambda: WELL)
        await _beat_until(heartbeat, lambda: heartbeat.state.last_at, until)
    assert switch.asked[:2] == ["/ping", "/beat"]
    assert heartbeat.state.failures == 0


async def test_in_doubt_the_switch_is_not_called_and_the_reason_stands_in_the_state(until: Until) -> None:
    async with Switch() as switch:
        heartbeat = _heartbeat(switch, "/ping", lambda: replace(WELL, free_bytes=0))
        await _beat_until(heartbeat, lambda: heartbeat.state.withheld, until)
    assert switch.asked == []
    assert "0 bytes are free" in str(heartbeat.state.withheld)


async def test_a_switch_that_does_not_take_it_is_counted_and_called_again(until: Until) -> None:
    async with Switch() as switch:
        heartbeat = _heartbeat(switch, "/broken", lambda: WELL)
        await _beat_until(heartbeat, lambda: heartbeat.state.failures >= 2, until)
    assert heartbeat.state.last_at is None


async def test_the_heartbeat_comes_back_when_the_doubt_is_gone(until: Until) -> None:
    health = [replace(WELL, free_bytes=0)]
    async with Switch() as switch:
        heartbeat = _heartbeat(switch, "/beat", lambda: health[0])
        beating = asyncio.create_task(heartbeat.run())
        await until(lambda: heartbeat.state.withheld)
        health[0] = WELL
        await until(lambda: heartbeat.state.last_at)
        beating.cancel()
    assert heartbeat.state.withheld is None
