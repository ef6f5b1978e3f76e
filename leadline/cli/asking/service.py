"""Asks a running service over HTTP: web, or the collector.

It uses http.client, because importing an HTTP library costs more CPU than the whole command, and because no proxy
from the environment may come between a command and its own machine.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPConnection, HTTPException
from time import sleep
from typing import Any
from urllib.parse import urlencode, urlsplit

from leadline.clock import monotonic_s
from leadline.errors import ConfigurationError, LeadlineError, QueryRefused, ServiceUnreachable, StoreUnavailable
from leadline.locks import is_held
from leadline.settings import Settings
from leadline.settings.addresses import base_url
from leadline.wire.problems import TYPE_BASE, ProblemType

STARTING_S = 10.0  # how long a command waits for a service that is starting
ANSWER_S = 130.0  # a query may take 120 s (web's own limit)
_RANK = {"viewer": 0, "operator": 1, "admin": 2}
Parameters = Mapping[str, str | int | bool | None]


@dataclass(frozen=True, slots=True)
class Answer:
    """The body, and the headers that describe it."""

    body: bytes
    headers: Mapping[str, str]

    def rows(self) -> list[dict[str, Any]]:
        """The JSON array of flat objects."""
        return [{name: _as_moment(name, value) for name, value in row.items()} for row in json.loads(self.body)]

    def row(self) -> dict[str, Any]:
        """The one JSON object."""
        return {name: _as_moment(name, value) for name, value in json.loads(self.body).items()}


@dataclass(frozen=True, slots=True)
class Service:
    """`url` has no path; `token` is None if the service needs none."""

    name: str
    url: str
    token: str | None = None

    def get(self, path: str, parameters: Parameters | None = None) -> Answer:
        """Raises ServiceUnreachable, or the problem document as a LeadlineError."""
        said = {name: _word(value) for name, value in (parameters or {}).items() if value is not None}
        return self._ask("GET", f"{path}?{urlencode(said)}" if said else path, None, {})

    def post(self, path: str, content: object, *, accept: str = "application/json") -> Answer:
        """The same for a POST of JSON."""
        return self._ask("POST", path, json.dumps(content).encode(), {"Accept": accept})

    def is_up(self) -> bool:
        """Whether it answers at all."""
        try:
            self._ask("GET", "/healthz", None, {}, timeout_s=2.0)
        except LeadlineError:
            return False
        return True

    def _ask(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str], *, timeout_s: float = ANSWER_S
    ) -> Answer:
        parts = urlsplit(self.url)
        if body is not None:
            headers["Content-Type"] = "application/json"
        if self.token is not None:
            headers["Authorization"] = f"Bearer {self.token}"
        try:
            with closing(HTTPConnection(parts.hostname or "", parts.port, timeout=timeout_s)) as connection:
                connection.request(method, path, body=body, headers=headers)
                response = connection.getresponse()
                answer = Answer(response.read(), {name.lower(): value for name, value in response.getheaders()})
        except (OSError, HTTPException) as error:
            raise ServiceUnreachable(
                f"{self.name} at {self.url} does not answer: {error}", hint="`leadline status` shows what runs"
            ) from error
        if response.status >= 400:
            raise _as_error(response.status, answer.body)
        return answer


def find_web(settings: Settings, *, wait_s: float = STARTING_S) -> Service | None:
    """The web service of this home, or None if none runs. Raises ServiceUnreachable if it runs but does not answer."""
    lock = settings.paths.run / "web.lock"
    give_up_at = monotonic_s() + wait_s
    while is_held(lock):
        service = Service("web", _announced_url(settings), _token(settings))
        if service.is_up():
            return service
        if monotonic_s() >= give_up_at:
            raise ServiceUnreachable(
                f"web runs on {settings.paths.home} but does not answer at {service.url}",
                hint="it may be starting or stuck: its log says more; `leadline up` restarts it when it dies",
            )
        sleep(0.1)
    return None


def _announced_url(settings: Settings) -> str:
    """The address in <home>/run/web.json, else the configured one."""
    try:
        said = json.loads((settings.paths.run / "web.json").read_text())
        return str(said["url"])
    except (OSError, ValueError, KeyError, TypeError):
        return base_url(settings.web.listen)


def _token(settings: Settings) -> str | None:
    """LEADLINE_TOKEN, else the strongest token in the configuration: whoever can read that may do anything here."""
    if named := os.environ.get("LEADLINE_TOKEN"):
        return named
    tokens = sorted(settings.web.tokens.values(), key=lambda one: _RANK[one.role])
    return tokens[-1].token if tokens else None


def _as_error(status: int, body: bytes) -> LeadlineError:
    try:
        said = json.loads(body)
        detail, hint, kind = str(said["detail"]), str(said["remedy"]), str(said["type"])
    except (ValueError, KeyError, TypeError):
        detail, hint, kind = body[:200].decode("utf-8", "replace") or f"HTTP {status}", "", ""
    if kind == TYPE_BASE + ProblemType.QUERY_REFUSED:
        return QueryRefused(detail, hint=hint)
    if status == 401:
        return ConfigurationError(detail, hint=hint)
    if status == 503:
        return StoreUnavailable(detail, hint=hint)
    if status < 500:
        return ConfigurationError(detail, hint=hint)
    return LeadlineError(f"web answers with HTTP {status}: {detail}", hint=hint)


def _as_moment(name: str, value: Any) -> Any:
    """Reads RFC 3339 in columns of times (their names end in `_at`)."""
    if isinstance(value, str) and (name.endswith("_at") or name == "since"):
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            return value
    return value


def _word(value: str | int | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
