"""A service's answer, prepared for logs and records: without the target's secrets, on one line, short."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, unquote, urlsplit

__all__ = ["mask_secrets"]

_MASK = "***"
# Shorter parts of a URL are words ("v1", "api"), not secrets; masking them would make reasons unreadable.
_LEAST_SECRET = 4
# Hosts are no secret in these; in most others the "host" is a token (pagerduty://KEY@TOKEN, slack://A/B/C).
_SHOWN_HOSTS = frozenset({"json", "jsons", "xml", "xmls", "form", "forms", "mailto", "mailtos", "ntfy", "ntfys"})
# A reason is one line in a table of the delivery ledger.
_MOST_CHARACTERS = 300


def mask_secrets(text: str, url: str) -> str:
    """`text` on one line of at most 300 characters, every part of `url` that may be a secret replaced by `***`."""
    for secret in sorted(_secrets(url), key=len, reverse=True):
        text = text.replace(secret, _MASK)
    # user:password@ of any other URL, such as a proxy's.
    text = re.sub(r"(\w+://)[^/\s@]+@", rf"\1{_MASK}@", text)
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text if len(text) <= _MOST_CHARACTERS else text[: _MOST_CHARACTERS - 1] + "…"


def _secrets(url: str) -> set[str]:
    scheme, _, rest = url.partition("://")
    try:
        parts = urlsplit(f"//{rest}")
        pieces = [url, rest, parts.username, parts.password, parts.path, parts.query, parts.fragment]
        pieces += parts.path.split("/")
        pieces += [value for _, value in parse_qsl(parts.query)]
        if scheme.lower() not in _SHOWN_HOSTS:
            pieces += [parts.netloc, parts.netloc.rpartition("@")[2].partition(":")[0]]
    except ValueError:
        pieces = [url, rest, *re.split(r"[/@:?&=]+", rest)]
    found = {piece for piece in pieces if piece}
    found |= {unquote(piece) for piece in found}
    return {piece for piece in found if len(piece.strip("/")) >= _LEAST_SECRET}
