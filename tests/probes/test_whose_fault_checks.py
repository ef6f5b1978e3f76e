"""A check says nothing about a site that it could not ask: no name server, no network, no processor of our own."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import socket
import ssl
import threading
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import psutil
import pytest
from probes.pool_stand import open_stand

from leadline import clock
from leadline.model import Cause, CheckSpec, RunStatus
from leadline.model.worker_messages import CheckAsked
from leadline_probes import network, pulse
from leadline_probes.certificates import find_expiry
from leadline_probes.channel import Channel
from leadline_probes.http import connections
from leadline_probes.http_check import make_check
from leadline_probes.pulse import Moment, Pulse

OURS = (RunStatus.ABORTED, Cause.PROBE_FAULT)
TLS = ssl.create_default_context()
NO_NAME = (RunStatus.FAILED, Cause.NAME_NOT_RESOLVED)


def asked(url: str = "http://shop.example/", **fields) -> CheckAsked:
    spec = CheckSpec(name="api", app="shop", url=url, every_s=30.0, **fields)
    return CheckAsked(request_id="1", run_id=clock.new_id(), check=spec)


async def check(url: str = "http://shop.example/", **fields):
    return await make_check(asked(url, **fields), tls=TLS, pulse=Pulse())


ANSWERS_OF_RESOLVERS = [
    (socket.EAI_NONAME, True, NO_NAME),
    (socket.EAI_NODATA, True, NO_NAME),
    (socket.EAI_NONAME, False, OURS),
    (socket.EAI_AGAIN, True, OURS),
    (socket.EAI_FAIL, True, OURS),
    (socket.EAI_SYSTEM, True, OURS),
]


@pytest.mark.parametrize(("code", "has_route", "expected"), ANSWERS_OF_RESOLVERS)
async def test_only_a_name_that_does_not_exist_speaks_against_the_site(monkeypatch, code, has_route, expected):
    def ask(host: str, port: int):
        raise socket.gaierror(code, "so the resolver says")

    monkeypatch.setattr(connections, "_ask_system", ask)
    monkeypatch.setattr(network, "has_route", lambda: has_route)
    result = await check()
    assert (result.status, result.cause) == expected
    assert "shop.example" in result.error_message


async def test_a_silent_name_server_is_ours_and_holds_up_no_other_check(monkeypatch, tmp_path):
    silence = threading.Event()
    monkeypatch.setattr(connections, "_ask_system", lambda host, port: silence.wait(20) and [])
    try:
        silent = [asyncio.create_task(check(f"http://{n}.example/", timeout_ms=300)) for n in range(40)]
        results = await asyncio.gather(*silent)
        monkeypatch.setattr(
            connections, "_ask_system", lambda host, port: [(socket.AF_INET, 1, 6, "", ("127.0.0.1", 9))]
        )
        other = await check("http://other.example:9/", timeout_ms=2000)
    finally:
        silence.set()
    assert {(result.status, result.cause) for result in results} == {OURS}
    assert "no name server answered for 0.example within 0.3 s" in results[0].error_message
    assert other.cause is Cause.CONNECTION_REFUSED


@pytest.mark.parametrize("code", [errno.ENETUNREACH, errno.EMFILE, errno.EADDRNOTAVAIL])
async def test_what_this_machine_lacks_is_ours(monkeypatch, code):
    async def connect(address):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(connections, "_connect_one", connect)
    result = await check("http://203.0.113.7/")
    assert (result.status, result.cause) == OURS


async def test_of_two_addresses_the_one_with_a_way_out_decides(monkeypatch):
    six, four = (socket.AF_INET6, ("2001:db8::1", 80, 0, 0)), (socket.AF_INET, ("203.0.113.7", 80))

    async def connect(address):
        if address == six:
            raise OSError(errno.ENETUNREACH, "Network is unreachable")
        raise ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")

    monkeypatch.setattr(connections, "_connect_one", connect)
    found = [(family, 1, 6, "", where) for family, where in (six, four)]
    monkeypatch.setattr(connections, "_ask_system", lambda host, port: found)
    result = await check()
    assert (result.status, result.cause) == (RunStatus.FAILED, Cause.CONNECTION_REFUSED)


def test_a_gap_in_the_pulse_excuses_a_timeout_and_the_lateness_of_a_busy_loop_does_not(monkeypatch):
    now_s = [100.0]
    monkeypatch.setattr(clock, "monotonic_s", lambda: now_s[0])
    monkeypatch.setattr(clock, "now_ms", lambda: int(now_s[0] * 1000))
    beats: list = []
    loop = SimpleNamespace(call_later=lambda after, call: beats.append(call))
    monkeypatch.setattr(pulse.asyncio, "get_running_loop", lambda: loop)
    beat = Pulse()
    beat.start()
    began = Moment.now()
    for gap_s in (0.05, 0.12, 0.05, 0.14):
        now_s[0] += gap_s
        beats.pop()()
    assert beat.excuse(began) is None
    now_s[0] += 15.0
    beats.pop()()
    now_s[0] += 0.05
    assert "stopped or had no processor for 14.9 of 15.4 s" in beat.excuse(began)
    assert beat.excuse(Moment.now()) is None


def test_a_clock_that_jumped_excuses_as_well(monkeypatch):
    wall_ms = [0]
    monkeypatch.setattr(clock, "now_ms", lambda: wall_ms[0])
    beat, began = Pulse(), Moment.now()
    wall_ms[0] = 3_600_000
    assert "the clock jumped, or this machine slept, for 3600 s" in beat.excuse(began)


async def test_a_worker_that_was_stopped_does_not_take_its_own_sleep_for_a_timeout(tmp_path):
    async with open_stand(tmp_path, size=0) as stand:
        assert (await stand.check(stand.site.url)).status is RunStatus.PASSED
        [worker] = [one for one in psutil.Process().children() if "leadline_probes.checks" in one.cmdline()]
        under_way = asyncio.create_task(stand.check(f"{stand.site.url}/slow?s=1", timeout_ms=1500))
        while not stand.site.requests_to("/slow"):
            await asyncio.sleep(0.01)
        worker.send_signal(signal.SIGSTOP)
        over_s = time.monotonic() + 3
        while time.monotonic() < over_s:
            await asyncio.sleep(0.05)
        worker.send_signal(signal.SIGCONT)
        result = await under_way
    assert result.status in (RunStatus.ABORTED, RunStatus.PASSED), result.error_message


def test_a_result_that_can_not_be_written_down_is_replaced_by_one_that_says_so(monkeypatch):
    said = []
    ask = asked()
    channel = Channel.__new__(Channel)
    channel._out, channel._saying = 7, threading.Lock()
    monkeypatch.setattr(os, "write", lambda out, data: said.append(bytes(data)) or len(data))
    from leadline.model.results import result_of
    from leadline.model.worker_messages import read_say

    good = result_of(ask, RunStatus.FAILED, started_at=clock.now(), finished_at=clock.now(), error_message="\ud800")
    channel.finish(ask, good)
    told = read_say(said[0][4:])
    assert (told.result.status, told.result.cause, told.is_replaced) == (*OURS, True)
    assert "can't be written down" in told.result.error_message


DAYS = timedelta(days=1)
NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("life", "left", "words"),
    [
        (90 * DAYS, 22 * DAYS, None),
        (90 * DAYS, 20.5 * DAYS, "expires in 20 days, on 2026-12-18 00:00 UTC"),
        (90 * DAYS, 0.5 * DAYS, "expires today, on 2026-11-28 00:00 UTC"),
        (6 * DAYS, 3 * DAYS, None),
        (6 * DAYS, 1.5 * DAYS, "expires in 1 day,"),
    ],
)
def test_a_certificate_is_a_finding_three_weeks_before_its_end(life, left, words):
    finding = find_expiry("shop.example", begins_at=NOW + left - life, ends_at=NOW + left, now=NOW)
    if words is None:
        assert finding is None
    else:
        assert (finding.kind, finding.subject) == ("certificate_expires", "shop.example")
        assert words in finding.message
