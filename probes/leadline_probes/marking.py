"""Marks every first-party request of a run as ours, and reads the answers of its documents; third parties never see it.

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
    """The marks of one browser. `begin` at the start of a run; they stay until the next, for beacons that come late."""

    session: CDPSession
    _first_party: FirstParty | None = None
    _marks: dict[str, str] = field(default_factory=dict)
    _trace_id: str = ""
    _on_answer: Callable[[Answer], None] | None = None
    _frames: set[str] = field(default_factory=set)
    _left: tuple[set[str], dict[str, str], str] = field(default_factory=lambda: (set(), {}, ""))
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
        """From now on requests to the origins of `base_url` carry the marks of this run; those of pages that the run
        before left behind keep theirs."""
        self._left = (self._frames, self._marks, self._trace_id)
        self._frames = set()
        self._first_party = FirstParty.of(base_url)
        self._trace_id = trace_id
        self._on_answer = on_answer
        self._marks = {
            **cohort_headers,
            **write_marks(run_id=run_id, monitor="journey", name=journey),
        }
        patterns = []
        for url in self._first_party.patterns():
            patterns.append({"urlPattern": url, "requestStage": "Request"})
            patterns.extend(
                {"urlPattern": url, "requestStage": "Response", "resourceType": kind} for kind in _ANSWERS_READ
            )
        await self.session.send("Fetch.enable", {"patterns": patterns})

    def stop_listening(self) -> None:
        """The run is over: what still comes is marked, and told to nobody."""
        self._on_answer = None

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
            go_on["headers"] = self._marked(event["request"]["headers"], event.get("frameId", ""))
        is_told = self._on_answer is not None and event.get("frameId") not in self._left[0]
        if is_ours and is_told and self._on_answer is not None and "responseStatusCode" in event:
            self._on_answer(_read_answer(event))
        try:
            await self.session.send("Fetch.continueRequest", go_on)
        except Error:
            return  # the page, or the browser, is gone, and its request with it

    def _marked(self, headers: Mapping[str, str], frame_id: str) -> list[dict[str, str]]:
        left_frames, left_marks, left_trace_id = self._left
        is_late = frame_id in left_frames
        if not is_late:
            self._frames.add(frame_id)
        marks = dict(left_marks if is_late else self._marks)
        names = {name.lower() for name in headers}
        if "traceparent" not in names:  # a page that traces its own requests keeps its trace
            marks["traceparent"] = write_traceparent(left_trace_id if is_late else self._trace_id)
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
