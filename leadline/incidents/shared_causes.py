"""Causes that several monitors can share: a host, a name, a certificate, one address that answers badly. Pure.

Monitors that fail for the same cause make one page with a count; each keeps its incident. A failed assertion, a
figure or a step is the monitor's own cause.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from leadline.model import Cause, Subject

__all__ = ["name_release_cause", "name_shared_cause"]

_OF_A_HOST = frozenset({Cause.CONNECTION_REFUSED, Cause.CONNECTION_FAILED, Cause.TIMEOUT})
# The message of a journey's run (leadline/journeys/run.py), followed by what was missing on that page.
_ANSWERED = re.compile(r"(https?://\S+) answered (\d{3})(?![\d])")
# Playwright's words for a navigation without an answer.
_NOT_OPENED = re.compile(r"net::ERR_[A-Z0-9_]+ at (https?://\S+)")
_PORTS = {"http": 80, "https": 443}


def name_shared_cause(
    cause: Cause | None,
    *,
    address: str | None,
    status_code: int | None,
    is_journey: bool,
    error_message: str | None = None,
) -> str | None:
    """`host shop.example:443`, or None if the cause is the monitor's own. `address` is where it looks: a check's
    address, a journey's base address. A journey's `error_message` may name another: the page that answered badly, or
    the one that could not be opened."""
    if cause is Cause.STATUS_CODE and is_journey:
        answered = _ANSWERED.match(error_message or "")
        address, status_code = (answered[1], int(answered[2])) if answered is not None else (None, None)
    elif is_journey and (unopened := _NOT_OPENED.search(error_message or "")) is not None:
        address = unopened[1]
    if cause is None or address is None:
        return None
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        return None
    if host is None:
        return None
    if cause is Cause.NAME_NOT_RESOLVED:
        return f"name {host}"
    if cause is Cause.CERTIFICATE:
        return f"certificate of {host}:{port}"
    # A journey's timeout is most often an element that never came.
    if cause in _OF_A_HOST and not (is_journey and cause is Cause.TIMEOUT):
        return f"host {host}:{port}"
    if cause is Cause.STATUS_CODE and status_code is not None:
        return f"status {status_code} of {parts.scheme}://{host}:{port}{parts.path or '/'}"
    return None


def name_release_cause(release: Subject) -> str:
    """`release 1.5.0 of shop`: the release on which all journeys fail."""
    return f"release {release.name} of {release.app}"
