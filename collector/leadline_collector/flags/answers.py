"""Answers about flags: CORS for the app's origins, and problems that OFREP's clients understand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from leadline.wire.problems import MEDIA_TYPE, PROBLEMS, ProblemType, write_problem
from leadline_collector.admission.policy import AppPolicy, Policy
from leadline_collector.flags.streams import Send
from leadline_collector.intake.answers import LONGEST_ORIGIN, Answer, Header

JSON: Header = (b"content-type", b"application/json")
_PROBLEM: Header = (b"content-type", MEDIA_TYPE.encode())
_ASKED_HEADERS = (
    b"content-type, if-none-match, authorization, x-api-key, cache-control, last-event-id, "
    b"traceparent, tracestate, baggage, x-leadline-run, x-leadline-synthetic"
)
# The wait that a full collector asks of a stream.
_BUSY_S = "30"


class Failure(Exception):
    """An answer that is not an evaluation: the problem, OFREP's error code, and the detail."""

    def __init__(
        self, problem: ProblemType, details: str, *, code: str = "GENERAL", allow: str = "", retry: str = ""
    ) -> None:
        super().__init__(details)
        self.problem, self.details, self.code = problem, details, code
        self.headers: list[Header] = []
        if allow:
            self.headers.append((b"allow", allow.encode()))
        if retry or problem is ProblemType.FLAG_STREAMS:
            self.headers.append((b"retry-after", (retry or _BUSY_S).encode()))


Answered = tuple[int, Sequence[Header], bytes]


def headers_for(origin: bytes | None) -> list[Header]:
    """Allows the page's origin, and lets the page read ETag and Retry-After."""
    if origin is None or len(origin) > LONGEST_ORIGIN:
        return [(b"vary", b"Origin")]
    return [
        (b"access-control-allow-origin", origin),
        (b"access-control-expose-headers", b"ETag, Retry-After"),
        (b"vary", b"Origin"),
    ]


def answer_failure(failure: Failure, flag: str | None, origin: bytes | None) -> Answered:
    """The problem document, with OFREP's members in addition to RFC 9457's."""
    ofrep: dict[str, Any] = {"key": flag or "", "errorCode": failure.code, "errorDetails": failure.details}
    headers = [*headers_for(origin), _PROBLEM, (b"cache-control", b"no-store"), *failure.headers]
    return PROBLEMS[failure.problem].status_code, headers, write_problem(failure.problem, failure.details, **ofrep)


def answer_preflight(policy: Policy, app: AppPolicy | None, origin: bytes | None, *, is_stream: bool) -> Answered:
    """A preflight has no key in a header: without one in the address, any app's origin may continue."""
    apps = [app] if app is not None else list(policy.apps.values())
    methods = b"GET, OPTIONS" if is_stream else b"POST, OPTIONS"
    if origin is not None and not any(one.origins.allows(origin) for one in apps):
        said = f"the origin {origin.decode('latin-1')[:LONGEST_ORIGIN]!r} is not among the origins of the app"
        return answer_failure(Failure(ProblemType.FLAG_ORIGIN, said), None, None)
    headers = [
        *headers_for(origin),
        (b"access-control-allow-methods", methods),
        (b"access-control-allow-headers", _ASKED_HEADERS),
        (b"access-control-max-age", b"86400"),
        (b"allow", methods),
    ]
    return 204, headers, b""


def make_ready(status: int, headers: Sequence[Header], body: bytes) -> Answer:
    """The answer in its parts and in bytes for the socket, for one that is sent many times."""
    headers = list(with_length(status, headers, body))
    answer = as_answer(status, headers, body)
    lines = b"".join([b"%s: %s\r\n" % header for header in headers])
    return replace(answer, raw=b"%s%s\r\n%s" % (STATUS_LINE[status], lines, body))


def as_answer(status: int, headers: Sequence[Header], body: bytes) -> Answer:
    """The parts as one answer."""
    start = {"type": "http.response.start", "status": status, "headers": headers}
    return Answer(start, {"type": "http.response.body", "body": body})


def with_length(status: int, headers: Sequence[Header], body: bytes) -> Sequence[Header]:
    return headers if status in (204, 304) else [*headers, (b"content-length", b"%d" % len(body))]


async def send_answer(send: Send, status: int, headers: Sequence[Header], body: bytes) -> None:
    headers = with_length(status, headers, body)
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})
    await send({"type": "http.response.body", "body": body})
