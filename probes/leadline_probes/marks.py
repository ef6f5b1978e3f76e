"""The headers by which one run's requests to the app are known, and to whom they go."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from leadline.model.web_origins import WebOrigin, credentials_in, read_origin
from leadline.model.worker_messages import RunAsked
from leadline_probes.first_party import FirstParty, write_marks, write_traceparent


@dataclass(frozen=True, slots=True)
class Login:
    """User and password of base_url, for its own origin only."""

    origin: WebOrigin
    user: str
    password: str

    @classmethod
    def of(cls, base_url: str | None) -> Login | None:
        given, origin = credentials_in(base_url), read_origin(base_url or "")
        return cls(origin, *given) if given is not None and origin is not None else None

    def is_for(self, url: str) -> bool:
        return read_origin(url) == self.origin

    @property
    def header(self) -> str:
        """`Authorization` for a server that gets it unasked: https://www.rfc-editor.org/rfc/rfc7617."""
        return f"Basic {base64.b64encode(f'{self.user}:{self.password}'.encode()).decode('ascii')}"


@dataclass(frozen=True, slots=True)
class Marks:
    """The marks of one run. Without a base URL nothing is marked: the app's servers are not known."""

    first_party: FirstParty | None
    headers: dict[str, str]
    trace_id: str
    for_all: bool = False
    login: Login | None = None

    @classmethod
    def of(cls, asked: RunAsked, *, trace_id: str) -> Marks:
        """With the cohort's headers, which stand first."""
        login = Login.of(asked.base_url)
        return cls(
            FirstParty.of(asked.base_url) if asked.base_url is not None else None,
            {
                **asked.cohort.headers,
                **write_marks(run_id=asked.run_id, monitor="journey", name=asked.journey.name),
            },
            trace_id,
            # A picture of the canary may be found by its header only, and a script may be all that asks for a password.
            for_all=bool(asked.cohort.headers) or login is not None,
            login=login,
        )

    def for_tap(self) -> dict[str, Any]:
        """What driver_tap.cjs needs to do the same as `complete`, for the origins that it may know by their text."""
        return {
            "origins": self.first_party.plain_origins() if self.first_party is not None else [],
            "headers": self.headers,
            "traceId": self.trace_id,
        }

    def is_own(self, url: str) -> bool:
        """Whether this is one of the app's own origins."""
        return self.first_party is not None and self.first_party.includes(url)

    def complete(self, url: str, headers: Mapping[str, str]) -> dict[str, str]:
        """`headers` with the marks, where `url` is the app's own."""
        if not self.is_own(url):
            return dict(headers)
        marks = dict(self.headers)
        names = {name.lower() for name in headers}
        if "traceparent" not in names:  # a page that traces its own requests keeps its trace
            marks["traceparent"] = write_traceparent(self.trace_id)
        if (own := next((value for name, value in headers.items() if name.lower() == "baggage"), None)) is not None:
            marks["baggage"] = f"{own},{marks['baggage']}"
        replaced = {name.lower() for name in marks}
        return {name: value for name, value in headers.items() if name.lower() not in replaced} | marks
