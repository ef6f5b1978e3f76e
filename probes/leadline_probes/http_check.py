"""One HTTP check: opens a connection, follows redirects with their cookies, checks the last answer, measures how long
it took and where the time went. A careful browser without a page."""

from __future__ import annotations

import asyncio
import secrets
import ssl
from dataclasses import dataclass, field, replace
from urllib.parse import quote, urljoin, urlsplit

from leadline import clock
from leadline.journeys import Failure
from leadline.model.results import result_of
from leadline.model.runs import Cause, RunFinding, RunResult, RunStatus, RunTiming
from leadline.model.web_origins import read_origin
from leadline.model.worker_messages import CheckAsked
from leadline_probes.body_assertions import expect_in_body
from leadline_probes.certificates import look_at_certificate
from leadline_probes.check_causes import BadRedirect, TooManyRedirects, WrongStatus, judge_check_error
from leadline_probes.check_headers import add_cookies, headers_for_own, headers_for_strangers
from leadline_probes.first_party import FirstParty
from leadline_probes.http.connections import Timing, Way
from leadline_probes.http.cookies import CookieJar
from leadline_probes.http.exchange import BadRequest, Exchange, start_exchange
from leadline_probes.masking import mask_of
from leadline_probes.pulse import Moment, Pulse
from leadline_probes.secret_values import secrets_of_check
from leadline_probes.served_version import version_in
from leadline_probes.storable import storable

# Chromium's net::URLRequest::kMaxRedirects.
MOST_REDIRECTS = 20

_REDIRECTS = {301, 302, 303, 307, 308}


@dataclass(slots=True)
class _Seen:
    """What a check has seen so far, for when it fails later."""

    way: Way = field(default_factory=lambda: Way(Timing()))
    status: int | None = None
    version: str | None = None
    findings: dict[str, RunFinding] = field(default_factory=dict)


async def make_check(asked: CheckAsked, *, tls: ssl.SSLContext, pulse: Pulse) -> RunResult:
    """The result; never raises because of the site."""
    began, started_at = Moment.now(), clock.now()
    trace_id = secrets.token_hex(16)
    timeout_s = asked.check.timeout_ms / 1000
    seen = _Seen()
    failure: Failure | None = None
    try:
        async with asyncio.timeout(timeout_s):
            await _fetch(asked, seen, trace_id, tls=tls)
    except Exception as error:  # the edge of a check: every error is an outcome, judged in check_causes.py
        failure = judge_check_error(error, seen.way, timeout_s=timeout_s, excuse=pulse.excuse(began))
    duration_ms = (clock.monotonic_s() - began.monotonic_s) * 1000
    if failure is None and asked.check.budget_ms is not None and duration_ms > asked.check.budget_ms:
        slow = f"took {duration_ms:.0f} ms, its budget is {asked.check.budget_ms:.0f} ms"
        failure = Failure(RunStatus.DEGRADED, Cause.BUDGET, slow)
    result = result_of(
        asked,
        failure.status if failure else RunStatus.PASSED,
        started_at=started_at,
        finished_at=clock.now(),
        duration_ms=round(duration_ms, 3),
        cause=failure.cause if failure else None,
        error_message=storable(mask_of(secrets_of_check(asked)).text(failure.message)) if failure else None,
    )
    timing = seen.way.timing
    return replace(
        result,
        service_version=seen.version,
        status_code=seen.status,
        trace_id=trace_id,
        findings=tuple(seen.findings.values()),
        timing=RunTiming(
            dns_ms=timing.dns_ms,
            connect_ms=timing.connect_ms,
            tls_ms=timing.tls_ms,
            first_byte_ms=timing.first_byte_ms,
        ),
    )


async def _fetch(asked: CheckAsked, seen: _Seen, trace_id: str, *, tls: ssl.SSLContext) -> None:
    """Follows the redirects to the last answer and compares it with what is expected."""
    check = asked.check
    own = FirstParty.of(check.url)
    url, method = check.url, check.method
    cookies = CookieJar()
    for _ in range(MOST_REDIRECTS + 1):
        origin = read_origin(url)
        if origin is None:
            raise BadRequest(f"{url!r} is not a site's address") if url == check.url else BadRedirect(_describe(url))
        headers = headers_for_own(asked, trace_id) if own.includes(url) else headers_for_strangers()
        path = urlsplit(url).path or "/"
        add_cookies(headers, cookies.header(origin, path))
        exchange = await start_exchange(seen.way, method, url, origin, headers.lines(), tls=tls)
        try:
            head = exchange.head
            finding = look_at_certificate(exchange.certificate, origin.host, now=clock.now())
            if finding is not None:
                seen.findings[finding.subject] = finding
            place = head.get("location")
            # Without a Location it is an answer like any other, as in browsers.
            if head.status not in _REDIRECTS or not (place or "").strip() or head.status in check.expect_status:
                seen.status, seen.version = head.status, version_in(head.joined())
                await _judge_answer(asked, seen, exchange)
                return
            cookies.take(head.get_all("set-cookie"), origin, path)
        finally:
            exchange.close()
        if (head.status == 303 and method != "HEAD") or (head.status in {301, 302} and method == "POST"):
            method = "GET"  # RFC 9110, 15.4
        url = _target(url, place or "")
    raise TooManyRedirects(f"more than {MOST_REDIRECTS} redirects")


async def _judge_answer(asked: CheckAsked, seen: _Seen, exchange: Exchange) -> None:
    check = asked.check
    if seen.status not in check.expect_status:
        expected = " or ".join(map(str, check.expect_status))
        raise WrongStatus(f"answered {seen.status}, expected {expected}")
    if check.expect_text or check.expect_json:
        seen.way.phase = "body"
        await expect_in_body(exchange.body(), texts=check.expect_text, values=check.expect_json)


def _target(url: str, place: str) -> str:
    """Where a `Location` leads, read as browsers read it.

    It is Latin-1 here: its bytes above ASCII are percent-encoded as they came; a backslash in front of the query is a
    slash.
    """
    address = quote(place.strip().encode("latin-1"), safe=bytes(range(0x21, 0x7F)).decode("ascii"))
    path, mark, query = address.partition("?")
    address = path.replace("\\", "/") + mark + query
    try:
        return urljoin(url, address)
    except ValueError:
        raise BadRedirect(f"redirected to {address[:200]!r}, which is not a web address") from None


def _describe(url: str) -> str:
    scheme = urlsplit(url).scheme
    if scheme not in {"http", "https"}:
        return f"redirected to {scheme}:, which is not a web address"
    return f"redirected to {url[:200]!r}, which is not a web address"
