"""The HTTP requests of one attempt, watched and bounded.

Apprise keeps neither the status nor the headers of an answer, follows a redirected POST with a GET and accepts its
answer as delivery, and has its own time limits (4 s). So the library below it (requests) is wrapped once: only
in a thread that makes an attempt, a request that sends something is never redirected, takes as long as the attempt may,
and records the answer. attempt.py judges it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from leadline.clock import monotonic_s, now
from leadline.notify.answers import find_refusal
from leadline.notify.buttons import Buttons
from leadline.notify.web_pages import WebPage, find_web_page
from leadline.wire.retry_after import read_retry_after

__all__ = ["Exchange", "watch", "watch_requests"]

# These only read: a service that looks something up first may be redirected for it.
_ASKING = frozenset({"GET", "HEAD", "OPTIONS"})
# The whole attempt has a limit too; the request's own is a little shorter, because only that one says what hung.
_SHARE_OF_LIMIT = 0.95
_attempt = threading.local()


@dataclass(slots=True)
class Exchange:
    """What happened on the wire during one attempt. `deadline_s` is on the monotonic clock."""

    deadline_s: float
    redirected_to: str | None = None
    retry_after_s: float | None = None
    has_timed_out: bool = False
    may_have_arrived: bool = False  # the request was sent, its outcome is unknown
    sent: int = 0  # requests that carry something and were answered
    refusal: str | None = None  # the last of them had a status of success but a rejection in its text
    web_page: WebPage | None = None  # the last of them was a web page
    buttons: Buttons | None = None  # added to requests, if the service has them


@contextmanager
def watch(exchange: Exchange) -> Iterator[None]:
    """Within it, the requests of this thread are bounded by `exchange` and noted in it."""
    _attempt.exchange = exchange
    try:
        yield
    finally:
        _attempt.exchange = None


def watch_requests() -> None:
    """Wraps `requests.Session.send`, once for the process. Threads outside of `watch` notice nothing."""
    import requests

    original = requests.Session.send
    if getattr(original, "is_watched", False):
        return

    def send(session: requests.Session, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        exchange: Exchange | None = getattr(_attempt, "exchange", None)
        if exchange is None:
            return original(session, request, **options)
        limit_s = max(0.05, (exchange.deadline_s - monotonic_s()) * _SHARE_OF_LIMIT)
        options["timeout"] = (limit_s, limit_s)
        is_asking = (request.method or "GET").upper() in _ASKING
        if not is_asking:
            options["allow_redirects"] = False
        with_buttons = _add_buttons(exchange, request)
        try:
            response = original(session, with_buttons or request, **options)
            if with_buttons is not None and _is_refused(response):  # a button must not prevent the page
                response = original(session, request, **options)
        except requests.RequestException as error:
            _note_failure(exchange, error, was_asking=is_asking)
            raise
        _note_answer(exchange, response, was_asking=is_asking)
        if not is_asking:
            exchange.sent += 1
            is_read = not options.get("stream")
            exchange.refusal = find_refusal(response) if is_read else None
            exchange.web_page = find_web_page(response) if is_read else None
        return response

    send.is_watched = True  # type: ignore[attr-defined]  # a mark of ours on a function
    requests.Session.send = send  # type: ignore[method-assign, assignment]  # the purpose of this module


def _is_refused(response: Any) -> bool:
    return response.status_code == 400 or find_refusal(response) is not None


def _add_buttons(exchange: Exchange, request: Any) -> Any:
    """A copy of the request with the buttons; None where it stays as it is."""
    body = request.body.encode() if isinstance(request.body, str) else request.body
    if exchange.buttons is None or not isinstance(body, bytes):
        return None
    added = exchange.buttons.add(request.url or "", request.headers.get("Content-Type", ""), body)
    if added is None:
        return None
    changed = request.copy()
    changed.url, changed.body = added
    changed.headers["Content-Length"] = str(len(added[1]))
    return changed


def _note_failure(exchange: Exchange, error: Exception, *, was_asking: bool) -> None:
    import requests

    if isinstance(error, requests.Timeout):
        exchange.has_timed_out = True
    # A refused connection, an unknown name and a failed connection have sent nothing.
    never_connected = isinstance(error, requests.ConnectTimeout) or "NewConnectionError" in repr(error)
    never_connected = (
        never_connected or "NameResolutionError" in repr(error) or isinstance(error, requests.exceptions.SSLError)
    )
    is_broken = isinstance(
        error, (requests.Timeout, requests.ConnectionError, requests.exceptions.ChunkedEncodingError)
    )
    if is_broken and not never_connected and not was_asking:
        exchange.may_have_arrived = True


def _note_answer(exchange: Exchange, response: Any, *, was_asking: bool) -> None:
    if not was_asking and 300 <= response.status_code < 400:
        exchange.redirected_to = _shown(response.headers.get("Location"))
    asked = read_retry_after(response.headers.get("Retry-After"), now=now())
    if asked is not None:
        exchange.retry_after_s = asked


def _shown(location: str | None) -> str:
    """The address without its user, query and fragment, which may be secrets."""
    if not location:
        return "an address that it does not name"
    try:
        parts = urlsplit(location)
    except ValueError:
        return "an invalid address"
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
