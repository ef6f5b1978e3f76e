"""Which version answered: `X-App-Version`, `Server-Timing: version;desc=…`, or `<meta name="version">` of the page."""

from __future__ import annotations

import re
from collections.abc import Mapping

__all__ = ["version_of"]

# https://www.w3.org/TR/server-timing/#the-server-timing-header-field
_SERVER_TIMING = re.compile(r'(?:^|,)\s*version\s*;[^,]*?desc\s*=\s*(?:"([^"]*)"|([^\s;,"]+))', re.IGNORECASE)
_META = re.compile(r"<meta\b[^>]{0,500}>", re.IGNORECASE)
_NAME = re.compile(r"""\bname\s*=\s*["']?version["'\s>]""", re.IGNORECASE)
_CONTENT = re.compile(r"""\bcontent\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))""", re.IGNORECASE)
# The head of a page; meta tags never come later.
_MOST_CHARACTERS = 64 * 1024


def version_of(headers: Mapping[str, str], body: str) -> str | None:
    """None if no version is named. The names of `headers` are in lower case."""
    if named := headers.get("x-app-version", "").strip():
        return named[:128]
    if found := _SERVER_TIMING.search(headers.get("server-timing", "")[:8192]):
        return (found[1] or found[2] or "")[:128] or None
    for tag in _META.finditer(body[:_MOST_CHARACTERS]):
        if _NAME.search(tag[0]) and (content := _CONTENT.search(tag[0])):
            return (content[1] or content[2] or content[3] or "")[:128] or None
    return None
