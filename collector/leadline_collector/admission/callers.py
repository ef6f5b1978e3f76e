"""Who may use operators' paths (/metrics, /v1/drops, /v1/arrivals): nobody whose request a proxy forwarded.

It checks Host because a web page may point its own name at 127.0.0.1 (DNS rebinding). A proxy that adds no header of
its own and writes its own Host looks like a caller on this machine: so the line in front must keep the prefix.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import Request

from leadline.settings import split_listen
from leadline.settings.references import is_loopback

# What proxies add: de facto, RFC 7239, nginx's habit, RFC 9110 section 7.6.3.
FORWARDING = ("x-forwarded-for", "forwarded", "x-real-ip", "via")


def is_forwarded(request: Request) -> bool:
    """Whether a header shows that a proxy forwarded the request."""
    return any(name in request.headers for name in FORWARDING)


def is_on_this_machine(request: Request, listen: str) -> bool:
    """Whether the caller is on this machine, asks directly, and uses a host name that only this machine can have."""
    peer = request.client.host if request.client else ""
    own, _ = request.scope.get("server") or ("", None)
    is_here = is_loopback(peer) or (peer != "" and peer == own)
    return is_here and not is_forwarded(request) and _is_our_name(request.headers.get("host", ""), listen)


def _is_our_name(host: str, listen: str) -> bool:
    """Loopback, `localhost`, or the address of `[collector] listen`, with any port."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    return is_loopback(name) or name == split_listen(listen)[0].lower()
