"""Marks the first-party requests of a run as ours, and reads the answers of its documents; third parties never see it.

One `Fetch` interception on the browser itself, by URL pattern: it reaches popups, frames and workers before their first
request, follows redirects hop by hop (a mark never travels along to another host), leaves the HTTP cache in place and
never pauses a third party's request. Measured against `context.route` and per-page interception: docs/decisions/.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, CDPSession, Error

from leadline_probes.marks import Marks

# What may have an effect on a server, in the words that Fetch.enable takes. Pictures, styles, scripts and fonts are not
# held: their user agent says that they are ours, and holding them as well doubles the cost of marking (11 % of a run's
# CPU against 6 %).
_WITH_EFFECTS = ("Document", "XHR", "Fetch", "EventSource", "Ping", "CSPViolationReport", "Other")
# Whose answers tell a version: documents and what scripts ask for. Pictures and styles come from caches and CDNs.
_ANSWERS_READ = ("Document", "XHR", "Fetch")
# An answer that the tap (driver_tap.py) has already let go on, and only tells.
_GONE_ON = "leadlineLetGo"


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
    _marks: Marks | None = None
    _on_answer: Callable[[Answer], None] | None = None
    _paused: set[asyncio.Task[None]] = field(default_factory=set)
    _logged_in: set[str] = field(default_factory=set)

    @classmethod
    async def of(cls, browser: Browser) -> Marking:
        session = await browser.new_browser_cdp_session()
        marking = cls(session)
        session.on("Fetch.requestPaused", lambda event: marking._take(marking._let_go(event)))
        session.on("Fetch.authRequired", lambda event: marking._take(marking._log_in(event)))
        return marking

    async def begin(self, marks: Marks, *, on_answer: Callable[[Answer], None]) -> None:
        """From now on requests to the app's own origins carry these marks."""
        self._marks = marks
        self._on_answer = on_answer
        patterns: list[dict[str, str]] = []
        for url in marks.first_party.patterns() if marks.first_party is not None else []:
            if marks.for_all:
                patterns.append({"urlPattern": url, "requestStage": "Request"})
            else:
                patterns.extend(
                    {"urlPattern": url, "requestStage": "Request", "resourceType": kind} for kind in _WITH_EFFECTS
                )
            patterns.extend(
                {"urlPattern": url, "requestStage": "Response", "resourceType": kind} for kind in _ANSWERS_READ
            )
        if patterns:
            await self.session.send(
                "Fetch.enable",
                {
                    "patterns": patterns,
                    "handleAuthRequests": marks.login is not None,
                    # For the tap. Chromium skips parameters that it does not know.
                    "leadline": marks.for_tap(),
                },
            )

    async def end(self) -> None:
        """The run is over. What a page says while it closes is held by nobody (it would be lost with the page): its
        user agent alone says that it is ours."""
        self._on_answer = None
        self._logged_in.clear()
        await self.session.send("Fetch.disable")

    def _take(self, act: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(act)
        self._paused.add(task)
        task.add_done_callback(self._paused.discard)

    async def _let_go(self, event: dict[str, Any]) -> None:
        if event.get(_GONE_ON):
            if self._on_answer is not None and "responseStatusCode" in event:
                self._on_answer(_read_answer(event))
            return
        url = event["request"]["url"]
        go_on: dict[str, Any] = {"requestId": event["requestId"]}
        if self._marks is not None and self._marks.is_own(url):
            if "responseStatusCode" not in event and "responseErrorReason" not in event:
                headers = self._marks.complete(url, event["request"]["headers"])
                go_on["headers"] = [{"name": name, "value": value} for name, value in headers.items()]
            elif self._on_answer is not None and "responseStatusCode" in event:
                self._on_answer(_read_answer(event))
        try:
            await self.session.send("Fetch.continueRequest", go_on)
        except Error:
            return  # the page, or the browser, is gone, and its request with it

    async def _log_in(self, event: dict[str, Any]) -> None:
        """A server asks who we are: the app's own is told once for each request, any other is not."""
        login = self._marks.login if self._marks is not None else None
        answer: dict[str, str] = {"response": "Default"}
        if login is not None and event["authChallenge"]["source"] != "Proxy" and login.is_for(event["request"]["url"]):
            if event["requestId"] in self._logged_in:
                answer = {"response": "CancelAuth"}  # wrong ones: the page is what the server answers to them
            else:
                answer = {"response": "ProvideCredentials", "username": login.user, "password": login.password}
            self._logged_in.add(event["requestId"])
        try:
            await self.session.send(
                "Fetch.continueWithAuth", {"requestId": event["requestId"], "authChallengeResponse": answer}
            )
        except Error:
            return  # the page, or the browser, is gone


def _read_answer(event: dict[str, Any]) -> Answer:
    return Answer(
        url=event["request"]["url"],
        resource_type=event.get("resourceType", ""),
        frame_id=event.get("frameId"),
        status=event["responseStatusCode"],
        headers={header["name"].lower(): header["value"] for header in event.get("responseHeaders", [])},
    )
