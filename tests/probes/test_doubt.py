"""A failure is doubted before the site is blamed: by what the browser, the resolver and the page's errors say."""

from __future__ import annotations

import asyncio
import socket

import pytest

from leadline import clock
from leadline.journeys import Failure
from leadline.model import Cause, RunStatus
from leadline_probes import doubt as doubting
from leadline_probes.early_end import EarlyEnd
from leadline_probes.thrown_errors import ThrownErrors

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Well:
    """A browser with nothing to excuse, whose answers are late."""

    unanswered_s = 5.0

    def __init__(self, reason: str | None = None) -> None:
        self.reason = reason

    async def is_alive(self) -> bool:
        return True

    def lost_part(self) -> None:
        return None

    def excuse(self) -> str | None:
        return self.reason


NO_NAME = Failure(
    RunStatus.FAILED, Cause.NAME_NOT_RESOLVED, "Page.goto: net::ERR_NAME_NOT_RESOLVED at http://shop.example/"
)


@pytest.mark.parametrize(("a_second", "is_flood"), [(250, False), (1_000, True)])
async def test_only_errors_without_pause_are_a_flood(a_second, is_flood):
    thrown = ThrownErrors()
    for number in range(5 * a_second):
        thrown.note(100.0 + number / a_second)
    assert (thrown.flood(105.0) is not None) == is_flood
    assert thrown.flood(120.0) is None


async def test_a_page_that_throws_without_pause_ends_its_run_as_the_sites_failure(monkeypatch):
    monkeypatch.setattr(clock, "monotonic_s", lambda: 100.0)
    health = Well("the browser did not answer for 5.0 of 6.0 s")
    ends = EarlyEnd(health, asyncio.Event())
    for _ in range(3_000):
        ends.note_error()
    journey = asyncio.create_task(asyncio.Event().wait())
    await ends.wait(journey, timeout_s=30.0)
    assert (ends.is_flooded, journey.done()) == (True, False)
    journey.cancel()
    late = Failure(RunStatus.FAILED, Cause.ASSERTION, "no price on it")
    failure = await doubting.doubt(late, health=health, has_crashed=asyncio.Event(), thrown=ends.thrown)
    assert (failure.status, failure.cause) == (RunStatus.FAILED, Cause.TIMEOUT)
    assert failure.message == (
        "the page throws errors without pause (3,000 so far), and nothing else comes through; no price on it"
    )


@pytest.mark.parametrize(
    ("code", "status"),
    [(socket.EAI_NONAME, RunStatus.FAILED), (socket.EAI_AGAIN, RunStatus.ABORTED), (None, RunStatus.ABORTED)],
)
async def test_a_name_that_no_server_answers_for_is_not_the_sites_fault(monkeypatch, code, status):
    def ask(*_args, **_options):
        if code is None:
            return []
        raise socket.gaierror(code, "so the resolver says")

    monkeypatch.setattr(socket, "getaddrinfo", ask)
    monkeypatch.setattr("leadline_probes.network.has_route", lambda: True)
    judged = await doubting.doubt(NO_NAME, health=Well(), has_crashed=asyncio.Event())
    assert judged.status is status


@pytest.mark.parametrize(
    ("code", "status"),
    [(socket.EAI_NONAME, RunStatus.FAILED), (socket.EAI_AGAIN, RunStatus.ABORTED), (None, RunStatus.FAILED)],
)
async def test_a_page_that_waits_for_silent_name_servers_is_not_the_sites_timeout(monkeypatch, code, status):
    asked = []

    def ask(host, *_args, **_options):
        asked.append(host)
        if code is None:
            return []
        raise socket.gaierror(code, "so the resolver says")

    monkeypatch.setattr(socket, "getaddrinfo", ask)
    monkeypatch.setattr("leadline_probes.network.has_route", lambda: True)
    log = 'Timeout 10000ms exceeded.\nCall log:\n  - navigating to "https://pay.example/x", waiting until "load"'
    awaited = doubting.awaited_host(Exception(log), "https://shop.example/")
    late = Failure(RunStatus.FAILED, Cause.TIMEOUT, "Page.goto: Timeout 10000ms exceeded.")
    judged = await doubting.doubt(late, health=Well(), has_crashed=asyncio.Event(), awaited=awaited)
    assert (judged.status, asked) == (status, ["pay.example"])


async def test_what_is_awaited_is_the_site_where_no_navigation_is_named():
    assert doubting.awaited_host(None, "https://u:p@shop.example:8443/x") == "shop.example"
    assert doubting.awaited_host(Exception("Locator.fill: Timeout"), "https://shop.example") == "shop.example"
    assert doubting.awaited_host(None, None) is None


async def test_an_answer_of_500_is_the_sites_whatever_the_browser_went_through():
    bad = Failure(RunStatus.FAILED, Cause.STATUS_CODE, "/pay answered 500")
    assert await doubting.doubt(bad, health=Well("the browser was stopped"), has_crashed=asyncio.Event()) == bad
    late = Failure(RunStatus.FAILED, Cause.TIMEOUT, "Timeout 10000ms exceeded")
    judged = await doubting.doubt(late, health=Well("the browser was stopped"), has_crashed=asyncio.Event())
    assert (judged.status, judged.cause) == (RunStatus.ABORTED, Cause.PROBE_FAULT)
