"""Requests that a journey makes without a page (`run.request`, `page.request`): marked, sent to the cohort, and judged.

They don't pass through the browser's network, so marking.py never sees them. Playwright's own request context is kept;
its requests are completed just before they are sent. Redirects are followed here, hop by hop: a mark is never sent
to another host.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urljoin

from playwright.async_api import APIRequestContext

from leadline.model.web_origins import read_origin
from leadline_probes.marking import Answer
from leadline_probes.marks import Marks

# As Playwright follows by default, and Chromium.
_MOST_REDIRECTS = 20
_REDIRECTS = {301, 302, 303, 307, 308}
_BODIES = ("data", "form", "multipart")
# Of the request's own headers, those that end with its body: https://fetch.spec.whatwg.org/#request-body-header-name
_OF_BODY = {"content-encoding", "content-language", "content-length", "content-location", "content-type"}
API = "API"


def mark_api_requests(
    requests: APIRequestContext, marks: Marks, *, base_url: str | None, on_answer: Callable[[Answer], None]
) -> None:
    """Marks requests to the app's own origins from now on, and reports every answer."""
    _mark(requests._impl_obj, marks, base_url, on_answer)


def mark_new_request_contexts(playwright: Any, marks: Marks, *, on_answer: Callable[[Answer], None]) -> None:
    """The same for every context that `playwright.request.new_context()` makes, sync or async."""
    implementation: Any = playwright.request._impl_obj
    make = implementation.new_context

    async def new_context(*arguments: Any, **options: Any) -> Any:
        made = await make(*arguments, **options)
        _mark(made, marks, options.get("base_url"), on_answer)
        return made

    implementation.new_context = new_context


def _mark(implementation: Any, marks: Marks, base_url: str | None, on_answer: Callable[[Answer], None]) -> None:
    send = implementation._inner_fetch

    async def fetch(**asked: Any) -> Any:
        request: Any = asked.get("request")
        url = urljoin(base_url or "", asked.get("url") or request.url)
        own = asked.get("headers") if asked.get("headers") is not None else (request.headers if request else None)
        most = asked.get("max_redirects")
        asked["method"] = asked.get("method") or (request.method if request else None) or "GET"
        for _ in range((_MOST_REDIRECTS if most is None else most) + 1):
            headers = _with_login(marks.complete(url, own or {}), url, marks)
            asked |= {"url": url, "headers": headers, "max_redirects": 0}
            answer = await send(**asked)
            status, place = answer.status, answer.headers.get("location")
            if status not in _REDIRECTS or place is None or most == 0:
                on_answer(Answer(url, API, None, status, dict(answer.headers)))
                return answer
            target, lost = urljoin(url, place), {"cookie"}
            if read_origin(target) != read_origin(url):
                lost.add("authorization")
            if _becomes_get(status, asked["method"].upper()):
                asked |= {"method": "GET", "request": None, **dict.fromkeys(_BODIES)}
                lost |= _OF_BODY
            own = {name: value for name, value in (own or {}).items() if name.lower() not in lost}
            asked["params"] = None  # they were the first address's
            url = target
        raise TooManyRedirects(f"{asked['method']} {url}: max redirect count exceeded")

    implementation._inner_fetch = fetch


def _with_login(headers: dict[str, str], url: str, marks: Marks) -> dict[str, str]:
    """As Node's client sends user and password of an address: unasked, unless the request has a header of its own."""
    login = marks.login
    if login is None or not login.is_for(url) or any(name.lower() == "authorization" for name in headers):
        return headers
    return headers | {"Authorization": login.header}


class TooManyRedirects(AssertionError):
    """The site redirects without end."""


def _becomes_get(status: int, method: str) -> bool:
    """https://fetch.spec.whatwg.org/#http-redirect-fetch, step 12."""
    return (status in (301, 302) and method == "POST") or (status == 303 and method not in ("GET", "HEAD"))
