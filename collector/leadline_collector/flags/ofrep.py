"""OFREP 0.3: one flag, all flags, and the stream of changes, for pages and servers alike.

An app's public key opens its flags: `?key=pk_…`, `Authorization: Bearer pk_…` or `X-API-Key: pk_…`. Pages come from the
app's `origins`. Errors are RFC 9457 problems with OFREP's members beside them, so that stock providers understand both.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any
from urllib.parse import quote

import msgspec

from leadline.clock import monotonic_s
from leadline.flags import TARGETING_KEY, Evaluation, EvaluationFailed
from leadline.wire import Dropped
from leadline.wire.problems import ProblemType
from leadline_collector.admission.policy import AppPolicy
from leadline_collector.admission.rates import retry_after
from leadline_collector.collector import Collector
from leadline_collector.flags.answers import (
    JSON,
    Answered,
    Failure,
    answer_failure,
    answer_preflight,
    as_answer,
    headers_for,
    make_ready,
    send_answer,
    with_length,
)
from leadline_collector.flags.served import AppFlags
from leadline_collector.flags.streams import Receive, Send
from leadline_collector.intake.answers import LONGEST_ORIGIN, REMEMBERED_ORIGINS, Answer, Header
from leadline_collector.intake.arrival import Headers, key_of_query, merge_headers
from leadline_collector.intake.bodies import announced_too_large, read_body
from leadline_collector.scripts.negotiation import has_already

# Attributes of a person and a device are a few hundred bytes; a hundred times that is not a context.
MOST_CONTEXT_BYTES = 64 * 1024
# Behind any prefix that a proxy leaves in place (`/_l/ofrep/…`).
PATH = re.compile(r"(?P<prefix>(?:/.*)?)/ofrep/v1/(?:(?P<events>events)|evaluate/flags(?:/(?P<flag>[^/]+))?)/?")
_PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+){1,8}")
# How long a hidden tab keeps its stream (ADR 0008's default).
INACTIVITY_S = 120
_NOT_JSON, _INVALID = ProblemType.FLAG_NOT_JSON, ProblemType.FLAG_CONTEXT
_OF_ONE: tuple[Header, ...] = (JSON, (b"cache-control", b"no-store"))
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


async def take_ofrep(
    collector: Collector, match: re.Match[str], scope: dict[str, Any], receive: Receive, send: Send
) -> None:
    """Answers a request whose path matched `PATH`."""
    headers = merge_headers(scope["headers"])
    key = _key_of(headers, scope["query_string"])
    app = collector.policy.apps.get(key)
    origin = headers.get(b"origin")
    method = scope["method"]
    if method == "OPTIONS":
        await _answer(
            collector, send, *answer_preflight(collector.policy, app, origin, is_stream=bool(match["events"]))
        )
        return
    flag = match["flag"]
    client = scope["client"]
    try:
        _check_method(method, is_stream=bool(match["events"]))
        allowed = _admit(collector, app, key, headers, client[0] if client else "")
        if match["events"]:
            await _follow(collector, allowed, headers, receive, send)
            return
        body = await _read(headers, receive)
        if body is None:
            return  # the sender has gone
        await _answer(collector, send, *_evaluate(collector, allowed, key, match, headers, body))
    except Failure as failure:
        await _answer(collector, send, *answer_failure(failure, flag, origin))


def answer_whole(
    collector: Collector, match: re.Match[str], headers: Headers, *, query: bytes, peer: str, body: bytes
) -> Answer:
    """The same of an evaluation that is here whole: for the server's way past ASGI."""
    key = _key_of(headers, query)
    flag = match["flag"]
    try:
        allowed = _admit(collector, collector.policy.apps.get(key), key, headers, peer)
        if flag is not None:
            answer = _answer_one(collector.flags.of_this_turn(allowed.name), flag, headers.get(b"origin"), body)
        else:
            answer = _sized_answer(*_evaluate(collector, allowed, key, match, headers, body))
    except Failure as failure:
        answer = _sized_answer(*answer_failure(failure, flag, headers.get(b"origin")))
    _count(collector, answer.status_code)
    return answer


def _answer_one(served: AppFlags, flag: str, origin: bytes | None, body: bytes) -> Answer:
    found = _find(served, flag, _context_of(body))
    place = (flag, found.variant, found.reason, origin)
    ready = served.ready.get(place)
    if ready is None:
        ready = make_ready(200, [*headers_for(origin), *_OF_ONE], _tell(served, found))
        if origin is None or len(origin) <= LONGEST_ORIGIN:
            if len(served.ready) >= REMEMBERED_ORIGINS:
                served.ready.clear()
            served.ready[place] = ready
    return ready


def _sized_answer(status: int, headers: Sequence[Header], body: bytes) -> Answer:
    """With its length, which these headers do not say."""
    return as_answer(status, with_length(status, headers, body), body)


def _admit(collector: Collector, app: AppPolicy | None, key: str, headers: Headers, peer: str) -> AppPolicy:
    allowed = _check_access(app, key, headers.get(b"origin"))
    _check_rate(collector, headers, peer)
    return allowed


def _evaluate(
    collector: Collector, app: AppPolicy, key: str, match: re.Match[str], headers: Headers, body: bytes
) -> Answered:
    served = collector.flags.of(app.name)
    shared = headers_for(headers.get(b"origin"))
    if (flag := match["flag"]) is not None:
        return 200, [*shared, *_OF_ONE], _tell(served, _find(served, flag, _context_of(body)))
    prefix = _prefix_of(headers, match["prefix"])
    etag = _etag_of(served, body, prefix, key)
    tag = (b"etag", etag.encode())
    if has_already(headers.get(b"if-none-match", b"").decode("latin-1"), etag):
        return 304, [*shared, tag], b""
    told = _encode(_tell_all(served, _context_of(body), prefix, key))
    return 200, [*shared, JSON, (b"cache-control", b"private, no-cache"), tag], told


async def _follow(collector: Collector, app: AppPolicy, headers: Headers, receive: Receive, send: Send) -> None:
    if collector.streams.is_full:
        raise Failure(ProblemType.FLAG_STREAMS, "too many streams are open")
    more = [
        (b"content-type", b"text/event-stream; charset=utf-8"),
        (b"cache-control", b"no-store, no-transform"),
        (b"x-accel-buffering", b"no"),  # nginx holds a stream back until told otherwise
    ]
    start = {"type": "http.response.start", "status": 200, "headers": [*headers_for(headers.get(b"origin")), *more]}
    await send(start)
    last_seen = headers.get(b"last-event-id", b"").decode("latin-1")
    await collector.streams.follow(app.name, last_seen, receive, send)


def _find(served: AppFlags, key: str, context: Mapping[str, Any]) -> Evaluation:
    try:
        return served.flags.evaluate(key, context, explains=False)
    except EvaluationFailed as failed:
        problem = ProblemType.UNKNOWN_FLAG if failed.code == "FLAG_NOT_FOUND" else ProblemType.FLAG_TARGETING_KEY
        raise Failure(problem, failed.details, code=failed.code) from failed


def _tell(served: AppFlags, found: Evaluation) -> bytes:
    place = (found.key, found.variant, found.reason)
    told = served.told.get(place)
    if told is None:
        told = served.told[place] = _encode(_success(served, found))
    return told


def _tell_all(served: AppFlags, context: Mapping[str, Any], prefix: str, key: str) -> dict[str, Any]:
    told: list[dict[str, Any]] = []
    for flag in served.flags.flags:
        try:
            told.append(_success(served, served.flags.evaluate(flag, context, explains=False)))
        except EvaluationFailed as failed:
            told.append({"key": flag, "errorCode": failed.code, "errorDetails": failed.details})
    # Without an origin: the stock provider then takes that of its own base address, which the prefix belongs to.
    stream = {
        "type": "sse",
        "endpoint": {"requestUri": f"{prefix}/ofrep/v1/events?key={quote(key, safe='')}"},
        "inactivityDelaySec": INACTIVITY_S,
    }
    return {"flags": told, "metadata": {"flagConfigEtag": served.etag}, "eventStreams": [stream]}


def _success(served: AppFlags, found: Evaluation) -> dict[str, Any]:
    told = {"key": found.key, "value": found.value, "reason": found.reason, "variant": found.variant}
    cohort = served.flags.flags[found.key].cohorts.get(found.variant)
    told["metadata"] = (
        {"flagConfigEtag": served.etag}
        if cohort is None
        else {
            "flagConfigEtag": served.etag,
            "cohort": cohort,
        }
    )
    return told


def _etag_of(served: AppFlags, body: bytes, prefix: str, key: str) -> str:
    """A hash of the context and of the flags in force; the stream's address is part of the answer, too."""
    told = b"\0".join((served.etag.encode(), prefix.encode(), key.encode(), body))
    return f'"{blake2b(told, digest_size=12).hexdigest()}"'


def _context_of(body: bytes) -> Mapping[str, Any]:
    try:
        said = _decode(body) if body.strip() else {}
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise Failure(_NOT_JSON, f"the body is not JSON: {error}", code="PARSE_ERROR") from error
    if not isinstance(said, dict):
        raise Failure(_NOT_JSON, "the body must be an object with a context", code="PARSE_ERROR")
    context = said.get("context")
    if context is None:
        return {}
    if not isinstance(context, dict):
        raise Failure(_INVALID, "context must be an object", code="INVALID_CONTEXT")
    targeting_key = context.get(TARGETING_KEY)
    if targeting_key is not None and not isinstance(targeting_key, str):
        raise Failure(_INVALID, "context.targetingKey must be a string", code="INVALID_CONTEXT")
    return context


async def _read(headers: Headers, receive: Receive) -> bytes | None:
    said = f"the context is larger than {MOST_CONTEXT_BYTES} bytes"
    too_large = Failure(ProblemType.FLAG_CONTEXT_TOO_LARGE, said, code="INVALID_CONTEXT")
    body = announced_too_large(headers, MOST_CONTEXT_BYTES) or await read_body(receive, MOST_CONTEXT_BYTES)
    if isinstance(body, Dropped):
        raise too_large
    return body


def _check_method(method: str, *, is_stream: bool) -> None:
    wanted = "GET" if is_stream else "POST"
    if method != wanted:
        raise Failure(ProblemType.METHOD_NOT_ALLOWED, f"this path takes {wanted}", allow=f"{wanted}, OPTIONS")


def _check_access(app: AppPolicy | None, key: str, origin: bytes | None) -> AppPolicy:
    if app is None:
        raise Failure(ProblemType.FLAG_KEY, "the key is unknown or revoked" if key else "the request has no key")
    if origin is not None and not app.origins.allows(origin):
        said = f"the origin {origin.decode('latin-1')[:300]!r} is not among the origins of app {app.name!r}"
        raise Failure(ProblemType.FLAG_ORIGIN, said)
    return app


def _check_rate(collector: Collector, headers: Headers, peer: str) -> None:
    sender = collector.addresses.find_sender(peer, headers.get(b"x-forwarded-for"))
    if sender and (wait_s := collector.rate_per_address.take(sender, monotonic_s())):
        raise Failure(ProblemType.FLAG_RATE, "too many requests from this address", retry=retry_after(wait_s))


async def _answer(collector: Collector, send: Send, status: int, headers: Sequence[Header], body: bytes) -> None:
    _count(collector, status)
    await send_answer(send, status, headers, body)


def _count(collector: Collector, status: int) -> None:
    answers = collector.counts.flag_answers
    answers[status] = answers.get(status, 0) + 1


def _prefix_of(headers: Headers, prefix: str) -> str:
    """The prefix as the browser sent it: the one in the path, and before it the one that a proxy says it removed."""
    cut = headers.get(b"x-forwarded-prefix", b"").decode("latin-1").rstrip("/")
    return f"{cut}{prefix}" if _PREFIX.fullmatch(cut) else prefix


def _key_of(headers: Headers, query: bytes) -> str:
    if query and (key := key_of_query(query)):
        return key
    authorization, api_key = headers.get(b"authorization"), headers.get(b"x-api-key", b"")
    if authorization is None:
        return api_key.decode("latin-1").strip()
    scheme, _, token = authorization.decode("latin-1").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else api_key.decode("latin-1").strip()
