"""Marks the first-party requests of a run as ours, and reads the answers of its documents; third parties never see it.

One `Fetch` interception on the browser itself, by URL pattern: it reaches popups, frames and workers before their first
request, follows redirects hop by hop (a mark never travels along to another host), leaves the HTTP cache in place and
never pauses a third party's request. Measured against `context.route` and per-page interception: docs/decisions/.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, CDPSession, Error

from leadline_probes.first_party import FirstParty, write_marks, write_traceparent

# What may have an effect on a server, in the words that Fetch.enable takes. Pictures, styles, scripts and fonts are not
# held: their user agent says that they are ours, and holding them as well doubles the cost of marking (11 % of a run's
# CPU against 6 %).
_WITH_EFFECTS = ("Document", "XHR", "Fetch", "EventSource", "Ping", "CSPViolationReport", "Other")
# Whose answers tell a version: documents and what scripts ask for. Pictures and styles come from caches and CDNs.
_ANSWERS_READ = ("Document", "XHR", "Fetch")


@dataclass(frozen=True, slots=True)
class Answer:
    """The head of a first-party response."""

    url: str
    resource_type: str
    frame_id: str | None
    status: int
    headers: dict[str, str]


@dataclass(eq=False)  # no slots: Playwright remembers its wrapper of a bound method on the object
class Marking:
    """The marks of one browser, for one run at a time: `begin`, `end`."""

    session: CDPSession
    _first_party: FirstParty | None = None
    _marks: dict[str, str] = field(default_factory=dict)
    _trace_id: str = ""
    _on_answer: Callable[[Answer], None] | None = None
    _paused: set[asyncio.Task[None]] = field(default_factory=set)

    @classmethod
    async def of(cls, browser: Browser) -> Marking:
        session = await browser.new_browser_cdp_session()
        marking = cls(session)
        session.on("Fetch.requestPaused", marking._take)
        return marking

    async def begin(
        self,
        *,
        base_url: str,
        run_id: str,
        journey: str,
        trace_id: str,
        cohort_headers: Mapping[str, str],
        on_answer: Callable[[Answer], None],
    ) -> None:
        """From now on requests to the origins of `base_url` carry the marks of this run."""
        self._first_party = FirstParty.of(base_url)
        self._trace_id = trace_id
        self._on_answer = on_answer
        self._marks = {
            **cohort_headers,
            **write_marks(run_id=run_id, monitor="journey", name=journey),
        }
        patterns: list[dict[str, str]] = []
        for url in self._first_party.patterns():
            if cohort_headers:  # a picture of the canary may be found by its header only
                patterns.append({"urlPattern": url, "requestStage": "Request"})
            else:
                patterns.extend(
                    {"urlPattern": url, "requestStage": "Request", "resourceType": kind} for kind in _WITH_EFFECTS
                )
            patterns.extend(
                {"urlPattern": url, "requestStage": "Response", "resourceType": kind} for kind in _ANSWERS_READ
            )
        await self.session.send("Fetch.enable", {"patterns": patterns})

    def is_own(self, url: str) -> bool:
        """Whether this is one of the app's own origins."""
        return self._first_party is not None and self._first_party.includes(url)

    def complete(self, url: str, headers: Mapping[str, str]) -> dict[str, str]:
        """`headers` with the marks of the run, where `url` is the app's own."""
        if not self.is_own(url):
            return dict(headers)
        return {one["name"]: one["value"] for one in self._marked(headers)}

    async def end(self) -> None:
        """The run is over. What a page says while it closes is held by nobody (it would be lost with the page): its
        user agent alone says that it is ours."""
        self._on_answer = None
        await self.session.send("Fetch.disable")

    def _take(self, event: dict[str, Any]) -> None:
        task = asyncio.ensure_future(self._let_go(event))
        self._paused.add(task)
        task.add_done_callback(self._paused.discard)

    async def _let_go(self, event: dict[str, Any]) -> None:
        is_answer = "responseStatusCode" in event or "responseErrorReason" in event
        url = event["request"]["url"]
        is_ours = self._first_party is not None and self._first_party.includes(url)
        go_on: dict[str, Any] = {"requestId": event["requestId"]}
        if is_ours and not is_answer:
            go_on["headers"] = self._marked(event["request"]["headers"])
        if is_ours and is_answer and self._on_answer is not None and "responseStatusCode" in event:
            self._on_answer(_read_answer(event))
        try:
            await self.session.send("Fetch.continueRequest", go_on)
        except Error:
            return  # the page, or the browser, is gone, and its request with it

    def _marked(self, headers: Mapping[str, str]) -> list[dict[str, str]]:
        marks = dict(self._marks)
        names = {name.lower() for name in headers}
        if "traceparent" not in names:  # a page that traces its own requests keeps its trace
            marks["traceparent"] = write_traceparent(self._trace_id)
        if (own := next((value for name, value in headers.items() if name.lower() == "baggage"), None)) is not None:
            marks["baggage"] = f"{own},{marks['baggage']}"
        replaced = {name.lower() for name in marks}
        kept = [{"name": name, "value": value} for name, value in headers.items() if name.lower() not in replaced]
        return kept + [{"name": name, "value": value} for name, value in marks.items()]


def _read_answer(event: dict[str, Any]) -> Answer:
    return Answer(
        url=event["request"]["url"],
        resource_type=event.get("resourceType", ""),
        frame_id=event.get("frameId"),
        status=event["responseStatusCode"],
        headers={header["name"].lower(): header["value"] for header in event.get("responseHeaders", [])},
    )
