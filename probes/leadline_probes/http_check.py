"""One HTTP check: connect anew, follow redirects, drain the body, compare the last status, and say how long it took."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import replace
from urllib.parse import urljoin, urlsplit

import aiohttp

from leadline import clock
from leadline.journeys import Failure
from leadline.model.results import result_of
from leadline.model.runs import Cause, RunResult, RunStatus
from leadline.model.worker_messages import CheckAsked
from leadline.wire.synthetic import USER_AGENT_SUFFIX
from leadline_probes.check_causes import TooManyRedirects, judge_check_error
from leadline_probes.first_party import FirstParty, write_marks, write_traceparent
from leadline_probes.served_version import version_in

# Chromium gives up after 20; a health address that needs more than ten is sent in circles.
MOST_REDIRECTS = 10
# A check wants the head of the answer; what is larger than this is not read to its end.
MOST_BODY_BYTES = 1024 * 1024

_REDIRECTS = {301, 302, 303, 307, 308}
_USER_AGENT = f"Mozilla/5.0 (compatible; Leadline) {USER_AGENT_SUFFIX}"


async def make_check(asked: CheckAsked, session: aiohttp.ClientSession) -> RunResult:
    """The result; never raises for what the check meets."""
    started_at, started_s = clock.now(), clock.monotonic_s()
    trace_id = secrets.token_hex(16)
    timeout_s = asked.check.timeout_ms / 1000
    status: int | None = None
    version: str | None = None
    failure: Failure | None = None
    try:
        async with asyncio.timeout(timeout_s):
            status, version = await _fetch(asked, session, trace_id)
    except Exception as error:  # the edge of a check: every error is an outcome, judged in check_causes.py
        failure = judge_check_error(error, timeout_s=timeout_s)
    duration_ms = (clock.monotonic_s() - started_s) * 1000
    budget_ms = asked.check.budget_ms
    if failure is None and status not in asked.check.expect_status:
        expected = " or ".join(map(str, asked.check.expect_status))
        failure = Failure(RunStatus.FAILED, Cause.STATUS_CODE, f"answered {status}, expected {expected}")
    if failure is None and budget_ms is not None and duration_ms > budget_ms:
        slow = f"took {duration_ms:.0f} ms, its budget is {budget_ms:.0f} ms"
        failure = Failure(RunStatus.DEGRADED, Cause.BUDGET, slow)
    result = result_of(
        asked,
        failure.status if failure else RunStatus.PASSED,
        started_at=started_at,
        finished_at=clock.now(),
        duration_ms=round(duration_ms, 3),
        cause=failure.cause if failure else None,
        error_message=failure.message if failure else None,
    )
    return replace(result, service_version=version, status_code=status, trace_id=trace_id)


async def _fetch(asked: CheckAsked, session: aiohttp.ClientSession, trace_id: str) -> tuple[int, str | None]:
    """Status and version of the last answer."""
    check = asked.check
    own = FirstParty.of(check.url)
    url, method = check.url, check.method
    for _ in range(MOST_REDIRECTS + 1):
        headers = _own_headers(asked, trace_id) if own.includes(url) else {}
        async with session.request(
            method, url, headers={"User-Agent": _USER_AGENT, **headers}, allow_redirects=False
        ) as response:
            await _drain(response)
            place = response.headers.get("Location")
            if response.status not in _REDIRECTS or place is None or response.status in check.expect_status:
                return response.status, version_in({k.lower(): v for k, v in response.headers.items()})
            if response.status == 303 or (response.status in {301, 302} and method == "POST"):
                method = "GET"  # RFC 9110, 15.4
            url = urljoin(url, place)
            if urlsplit(url).scheme not in {"http", "https"}:
                raise TooManyRedirects(f"redirected to {urlsplit(url).scheme}:, which is no web address")
    raise TooManyRedirects(f"more than {MOST_REDIRECTS} redirects")


def _own_headers(asked: CheckAsked, trace_id: str) -> dict[str, str]:
    """The configured headers, the cohort and our marks: for the app's own servers only."""
    headers = {
        **asked.check.headers,
        **asked.cohort.headers,
        **write_marks(run_id=asked.run_id, monitor="check", name=asked.check.name),
        "traceparent": write_traceparent(trace_id),
    }
    if asked.cohort.cookies:
        cookies = "; ".join(f"{name}={value}" for name, value in asked.cohort.cookies.items())
        headers["Cookie"] = f"{headers['Cookie']}; {cookies}" if "Cookie" in headers else cookies
    return headers


async def _drain(response: aiohttp.ClientResponse) -> None:
    read = 0
    async for chunk in response.content.iter_chunked(65536):
        read += len(chunk)
        if read >= MOST_BODY_BYTES:
            return
