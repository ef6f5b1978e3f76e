"""Where a response names the version that served it: `X-App-Version`, then `Server-Timing: version;desc=…`."""

from __future__ import annotations

import re
from collections.abc import Mapping

# https://www.w3.org/TR/server-timing/#the-server-timing-header-field
_SERVER_TIMING = re.compile(r'(?:^|,)\s*version\s*;[^,]*?desc\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]+))', re.IGNORECASE)


def version_in(headers: Mapping[str, str]) -> str | None:
    """The version, None where none is named. The names of `headers` are in lower case."""
    if named := headers.get("x-app-version", "").strip():
        return named
    if found := _SERVER_TIMING.search(headers.get("server-timing", "")):
        return (found[1] or found[2] or "").strip() or None
    return None
