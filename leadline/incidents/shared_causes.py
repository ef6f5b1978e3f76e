"""What several monitors may fail of at once: a host, a name, a certificate, one address that answers badly. Pure.

Monitors that fail of the same are one page with a count; each keeps its incident. An assertion that does not hold, a
figure, a step is the monitor's own.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from leadline.model import Cause, Subject

__all__ = ["name_release_cause", "name_shared_cause"]

_OF_A_HOST = frozenset({Cause.CONNECTION_REFUSED, Cause.CONNECTION_FAILED, Cause.TIMEOUT})
_PORTS = {"http": 80, "https": 443}


def name_shared_cause(
    cause: Cause | None, *, address: str | None, status_code: int | None, is_journey: bool
) -> str | None:
    """`host shop.example:443`, or None where the cause is the monitor's own. `address` is where it looks: a check's
    address, a journey's base address."""
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
    if cause is Cause.STATUS_CODE and status_code is not None and not is_journey:
        return f"status {status_code} of {parts.scheme}://{host}:{port}{parts.path or '/'}"
    return None


def name_release_cause(release: Subject) -> str:
    """`release 1.5.0 of shop`: what our own journeys fail on everywhere."""
    return f"release {release.name} of {release.app}"
