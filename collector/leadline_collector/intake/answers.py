"""The collector's answers to beacons, as described in docs/collector.md and docs/drops.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from leadline.wire import Dropped, DroppedField, DropReason
from leadline.wire.problems import MEDIA_TYPE, ProblemType, write_dropped, write_problem
from leadline_collector.admission.rates import retry_after

# Retry-After for a busy disk: long enough to recover, short enough that the page is still open.
LOG_RETRY_S = 5.0
# A sender with more bad values than these learns enough from the first ones.
MOST_FIELDS_TOLD = 1_000

Message = dict[str, Any]
Header = tuple[bytes, bytes]

# The status says whether the origin may send; anybody may read the answer. `*` if the sender is not a page.
_ALLOW_ORIGIN = b"access-control-allow-origin"
_CORS: list[Header] = [(_ALLOW_ORIGIN, b"*")]
_CORS_AND_EXPOSED: list[Header] = [*_CORS, (b"access-control-expose-headers", b"Retry-After, Leadline-Dropped")]
_PROBLEM_TYPE = (b"content-type", MEDIA_TYPE.encode())
_PREFLIGHT: list[Header] = [
    *_CORS,
    (b"access-control-allow-methods", b"POST"),
    (
        b"access-control-allow-headers",
        b"content-type, content-encoding, traceparent, tracestate, baggage, x-leadline-run, x-leadline-synthetic",
    ),
    (b"access-control-max-age", b"86400"),
    (b"allow", b"POST, OPTIONS"),
]


@dataclass(frozen=True, slots=True)
class Answer:
    """The two ASGI messages of an answer. `raw`, where it has one, is the same in bytes, ready for the socket."""

    start: Message
    body: Message
    raw: bytes = b""

    @property
    def status_code(self) -> int:
        status: int = self.start["status"]
        return status


def _answer(status_code: int, headers: list[Header], body: bytes = b"") -> Answer:
    if body:
        headers = [*headers, (b"content-length", b"%d" % len(body))]
    start = {"type": "http.response.start", "status": status_code, "headers": headers}
    return Answer(start, {"type": "http.response.body", "body": body})


# Made once; the server copies what it sends.
NO_CONTENT = replace(_answer(204, []), raw=b"HTTP/1.1 204 No Content\r\n\r\n")
NO_CONTENT_CORS = replace(_answer(204, _CORS), raw=b"HTTP/1.1 204 No Content\r\naccess-control-allow-origin: *\r\n\r\n")
PREFLIGHT = _answer(204, _PREFLIGHT)
# Origins are few; what an attacker invents must not grow the memory.
REMEMBERED_ORIGINS = 1024
LONGEST_ORIGIN = 300
SERVER_ERROR = _answer(500, [*_CORS, _PROBLEM_TYPE], write_problem(ProblemType.FAULT))


def share(answer: Answer, origin: bytes | None) -> Answer:
    """The answer for a page of `origin`, which is named: `sendBeacon` sends with credentials always, and a browser then
    takes no `*`, so that a beacon of the type application/json would not even be sent."""
    if origin is None or len(origin) > LONGEST_ORIGIN:
        return answer
    headers = [(name, origin) if name == _ALLOW_ORIGIN else (name, said) for name, said in answer.start["headers"]]
    headers += [(b"access-control-allow-credentials", b"true"), (b"vary", b"Origin")]
    return Answer({**answer.start, "headers": headers}, answer.body)


def answer_preflight(scope: Mapping[str, Any]) -> Answer:
    """To a browser that asks whether it may send."""
    return share(PREFLIGHT, dict(scope["headers"]).get(b"origin"))


class _Shared(dict[bytes, Answer]):
    """`shared[origin]`: the 204, shared with that origin, ready for the socket."""

    def __missing__(self, origin: bytes) -> Answer:
        shared = share(NO_CONTENT_CORS, origin)
        lines = b"".join(b"%s: %s\r\n" % header for header in shared.start["headers"])
        answer = replace(shared, raw=b"HTTP/1.1 204 No Content\r\n" + lines + b"\r\n")
        if len(origin) <= LONGEST_ORIGIN:
            if len(self) >= REMEMBERED_ORIGINS:
                self.clear()
            self[origin] = answer
        return answer


NO_CONTENT_FOR = _Shared()


@dataclass(frozen=True, slots=True)
class Refused:
    """One element of an array that was not kept."""

    index: int
    dropped: Dropped


@dataclass(frozen=True, slots=True)
class KeptInPart:
    """One beacon that was kept without some of its fields."""

    index: int
    dropped_fields: Sequence[DroppedField]


def answer_kept_in_part(kept: KeptInPart) -> Answer:
    """The answer to one beacon that is on disk without some of its fields."""
    told = {"accepted": 1, "refused": [], "dropped_fields": _tell_fields([kept])}
    return _answer(200, [*_CORS_AND_EXPOSED, (b"content-type", b"application/json")], msgspec.json.encode(told))


def _tell_fields(kept: Sequence[KeptInPart]) -> list[dict[str, Any]]:
    told = [
        {"index": each.index, "field": dropped.field, "reason": dropped.reason.value}
        for each in kept
        for dropped in each.dropped_fields
    ]
    return told[:MOST_FIELDS_TOLD]


def answer_accepted(status_code: int, media_type: str, body: bytes) -> Answer:
    """The answer that another client expects instead of our 204."""
    return _answer(status_code, [*_CORS, (b"content-type", media_type.encode())], body)


def answer_dropped(dropped: Dropped, *, wait_s: float = 0.0, close: bool = False) -> Answer:
    """The answer to one beacon that is not kept."""
    if dropped.is_policy:
        return _answer(202, [*_CORS_AND_EXPOSED, _named(dropped), (b"content-length", b"0")])
    return _problem(dropped, status_code=dropped.status_code, more={}, wait_s=wait_s, close=close)


def answer_array(
    accepted: int, refused: Sequence[Refused], *, kept_in_part: Sequence[KeptInPart] = (), wait_s: float = 0.0
) -> Answer:
    """The answer to an array: 204 if all is on disk, 200 if some is, 202 if policy keeps none, else a problem."""
    if not refused and not kept_in_part:
        return NO_CONTENT_CORS
    bad = [each for each in refused if not each.dropped.is_policy]
    by_policy = [each for each in refused if each.dropped.is_policy]
    if not accepted and not bad:
        return answer_dropped(by_policy[0].dropped)
    told: dict[str, Any] = {"accepted": accepted, "refused": [_tell(each) for each in bad]}
    if by_policy:
        told["dropped"] = [_tell(each) for each in by_policy]
    if kept_in_part:
        told["dropped_fields"] = _tell_fields(kept_in_part)
    if not accepted and not by_policy:
        first = bad[0].dropped
        # If all came too fast, another try makes sense, which only 429 says. Otherwise an array without any kept
        # beacon is 400.
        status_code = 429 if all(each.dropped.reason is DropReason.RATE_LIMITED for each in bad) else 400
        return _problem(first, status_code=status_code, more=told, wait_s=wait_s, close=False)
    headers: list[Header] = [*_CORS_AND_EXPOSED, (b"content-type", b"application/json")]
    if by_policy:
        headers.append(_named(by_policy[0].dropped))
    return _answer(200, headers, msgspec.json.encode(told))


def _tell(refused: Refused) -> dict[str, Any]:
    dropped = refused.dropped
    return {"index": refused.index, "field": dropped.field, "reason": dropped.reason.value, "detail": dropped.detail}


def _named(dropped: Dropped) -> Header:
    return b"leadline-dropped", dropped.reason.value.encode()


def _problem(dropped: Dropped, *, status_code: int, more: dict[str, Any], wait_s: float, close: bool) -> Answer:
    body = write_dropped(dropped, status_code=status_code, more=more)
    headers: list[Header] = [*_CORS_AND_EXPOSED, _PROBLEM_TYPE]
    if status_code == 503:
        wait_s = wait_s or LOG_RETRY_S
    if status_code in {429, 503}:
        headers.append((b"retry-after", retry_after(wait_s).encode()))
    if dropped.reason is DropReason.UNSUPPORTED_ENCODING:
        headers.append((b"accept-encoding", b"gzip, deflate"))  # RFC 9110 15.5.16
    if close:
        headers.append((b"connection", b"close"))
    return _answer(status_code, headers, body)
