"""One question as an HTTP request, and its response as an answer or an error. No I/O: both clients share this."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from leadline.errors import ConfigurationError, LeadlineError, QueryRefused, StoreUnavailable
from leadline.storeclient.questions import Answered, Asked, Question, StoreStatus
from leadline.storeclient.sql import SqlAnswer, SqlAsked
from leadline.wire.problems import TYPE_BASE, ProblemType

# HTTP requires a Host header; this name is never resolved.
HOST = "store"
# Beyond a query's own limit, for its way and its answer.
GRACE_S = 5.0
STATUS_PATIENCE_S = 2.0


@dataclass(frozen=True, slots=True)
class Request:
    path: str
    body: bytes | None
    patience_s: float

    @property
    def method(self) -> str:
        return "GET" if self.body is None else "POST"


@dataclass(frozen=True, slots=True)
class Response:
    """Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _Problem(Struct, frozen=True, kw_only=True):
    """The body of an error, of the list in leadline/wire/problems.py; `is_starting` is this service's own."""

    type: str
    detail: str
    remedy: str = ""
    is_starting: bool = False


class StoreStarting(StoreUnavailable):
    """The service listens and has not opened the store yet."""


def ask_request(question: Question[Asked, Answered], asked: Asked) -> Request:
    return Request(f"/ask/{question.name}", msgspec.json.encode(asked), question.patience_s)


def sql_request(asked: SqlAsked) -> Request:
    return Request("/sql", msgspec.json.encode(asked), asked.timeout_s + GRACE_S)


STATUS_REQUEST = Request("/status", None, STATUS_PATIENCE_S)


def read_answer(question: Question[Asked, Answered], response: Response) -> Answered:
    """Raises QueryRefused, StoreUnavailable, LeadlineError."""
    raise_for_problem(response)
    answered = _decode(response.body, question.answered)
    if isinstance(answered, list):
        for row in answered:
            if isinstance(row, dict):
                _restore_times(row)
    return answered


def read_sql_answer(response: Response) -> SqlAnswer:
    """Raises QueryRefused, StoreUnavailable, LeadlineError."""
    raise_for_problem(response)
    said = response.headers
    return SqlAnswer(response.body, said.get("leadline-truncated"), float(said.get("leadline-duration-ms", 0)))


def read_status(response: Response) -> StoreStatus:
    raise_for_problem(response)
    return _decode(response.body, StoreStatus)


def raise_for_problem(response: Response) -> None:
    """What the service says is wrong, as the error that an edge knows."""
    if response.status < 400:
        return
    try:
        said = msgspec.json.decode(response.body, type=_Problem)
    except msgspec.MsgspecError:
        said = _Problem(type=TYPE_BASE + ProblemType.FAULT, detail=f"HTTP {response.status} {response.body[:200]!r}")
    if said.type == TYPE_BASE + ProblemType.QUERY_REFUSED:
        raise QueryRefused(said.detail, hint=said.remedy)
    if said.type == TYPE_BASE + ProblemType.INVALID_FIELD:
        raise ConfigurationError(said.detail, hint=said.remedy)
    if said.is_starting:
        raise StoreStarting(said.detail, hint=said.remedy)
    if said.type == TYPE_BASE + ProblemType.STORE_UNAVAILABLE:
        raise StoreUnavailable(said.detail, hint=said.remedy)
    raise LeadlineError(f"the store service failed: {said.detail}", hint=said.remedy)


def _decode(body: bytes, answered: type[Answered]) -> Answered:
    try:
        return msgspec.json.decode(body, type=answered)
    except msgspec.MsgspecError as error:
        raise StoreUnavailable(
            f"the store service gave an answer that can't be read: {error}",
            hint="it may be of another version: restart it",
            retryable=False,
        ) from error


def _restore_times(row: dict[str, Any]) -> None:
    for name, value in row.items():
        if name.endswith("_at") and isinstance(value, str):
            row[name] = datetime.fromisoformat(value)
