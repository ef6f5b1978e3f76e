"""The headers of a check: the user's own, the cohort's and our marks, each name once in any case."""

from __future__ import annotations

from collections.abc import Mapping

from leadline.model.worker_messages import CheckAsked
from leadline.wire.synthetic import USER_AGENT_SUFFIX
from leadline_probes.first_party import write_marks, write_traceparent
from leadline_probes.marks import Login

_USER_AGENT = f"Mozilla/5.0 (compatible; Leadline) {USER_AGENT_SUFFIX}"
_ANYWHERE = {"user-agent": _USER_AGENT, "accept": "*/*", "accept-encoding": "gzip, deflate"}


class Headers:
    """Headers by name without case; the last spelling stays."""

    def __init__(self, said: Mapping[str, str]) -> None:
        self._said: dict[str, tuple[str, str]] = {}
        self.update(said)

    def update(self, said: Mapping[str, str]) -> None:
        for name, value in said.items():
            self[name] = value

    def __setitem__(self, name: str, value: str) -> None:
        self._said[name.lower()] = (name, value)

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._said

    def get(self, name: str) -> str | None:
        found = self._said.get(name.lower())
        return found[1] if found else None

    def lines(self) -> list[tuple[str, str]]:
        return list(self._said.values())


def headers_for_strangers() -> Headers:
    """The headers for a third party to which a check is redirected."""
    return Headers(_ANYWHERE)


def headers_for_own(asked: CheckAsked, trace_id: str) -> Headers:
    """For the app's own servers only. `Cookie` holds the configured cookies and the cohort's."""
    headers = Headers(_ANYWHERE)
    if (login := Login.of(asked.check.url)) is not None:
        headers["Authorization"] = login.header
    headers.update(asked.check.headers)
    headers.update(asked.cohort.headers)
    own_baggage = headers.get("baggage")
    headers.update(write_marks(run_id=asked.run_id, monitor="check", name=asked.check.name))
    if own_baggage:
        headers["baggage"] = f"{own_baggage},{headers.get('baggage')}"
    if "traceparent" not in headers:
        headers["traceparent"] = write_traceparent(trace_id)
    add_cookies(headers, "; ".join(f"{name}={value}" for name, value in asked.cohort.cookies.items()))
    return headers


def add_cookies(headers: Headers, cookies: str) -> None:
    """Adds to existing cookies: one line, as RFC 6265 requires."""
    if cookies:
        own = headers.get("cookie")
        headers["Cookie"] = f"{own}; {cookies}" if own else cookies
