"""Finds web pages among answers with a status of success: a proxy that asks for a login, a wrong address.

A server that shows a person a login form with status 200 has not passed the page on. A receiver of plain JSON, XML or
forms may answer with any text, so only a login page speaks against it. A service with an API never answers with an
HTML document. Pure.
"""

from __future__ import annotations

import re
from typing import Any, Literal

__all__ = ["WebPage", "find_web_page", "judge_web_page"]

# `login`: it asks a person to log in, or sends a browser on to where it is asked.
WebPage = Literal["login", "other"]

# Sign-in pages of large providers have 200 kB; their form and title stand in the first part.
_MOST_READ = 262_144
_DOCUMENT = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL
)
_LOGIN = re.compile(
    r"<input\b[^>]*\btype\s*=\s*[\"']?password\b"
    r"|<input\b[^>]*\bname\s*=\s*[\"']?SAML(?:Request|Response)\b"
    r"|<meta\b[^>]*\bhttp-equiv\s*=\s*[\"']?refresh\b"
    r"|<title[^>]*>[^<]*\b(?:log|sign)(?:ging|ing)?[\s-]?(?:in|on)\b"
    r"|<title[^>]*>[^<]*\bauthenticat",
    re.IGNORECASE,
)
# Leadline's receivers of free form: they may answer with what they like.
_FREE_FORM = frozenset({"json", "jsons", "form", "forms", "xml", "xmls"})


def find_web_page(response: Any) -> WebPage | None:
    """What kind of HTML document the answer is; None if it is none, or its status is not one of success."""
    if not 200 <= response.status_code < 300 or not response.content:
        return None
    text: str = response.content[:_MOST_READ].decode("utf-8-sig", "replace")
    if not _DOCUMENT.match(text):
        return None
    return "login" if _LOGIN.search(text) else "other"


def judge_web_page(page: WebPage | None, *, schema: str, is_self_hosted: bool) -> tuple[bool, str]:
    """Whether a page can count as delivered in spite of this answer, and what to say about it. `is_self_hosted`: the
    target's address names the host of a service that has an API."""
    if page is None:
        return True, ""
    if page == "login":
        return (
            False,
            "the server answered with a login page; the page was not delivered. Use an address without a login",
        )
    if schema in _FREE_FORM:
        return True, "accepted, but the answer is a web page: check that the address is the one of the webhook"
    if is_self_hosted:
        return (
            False,
            "the server answered with a web page, not as this service does; check the address in [notify.targets]",
        )
    return True, ""
