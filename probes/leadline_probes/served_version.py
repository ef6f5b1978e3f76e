"""Where a response names the version that served it: `X-App-Version`, then `Server-Timing: version;desc=…`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from leadline_probes.storable import storable_name

# https://www.w3.org/TR/server-timing/#the-server-timing-header-field
_SERVER_TIMING = re.compile(r'(?:^|,)\s*version\s*;[^,]*?desc\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]+))', re.IGNORECASE)
# More than any server names entries; the expression is not run over a quarter of a megabyte.
_MOST_CHARACTERS = 8192


def version_in(headers: Mapping[str, str]) -> str | None:
    """The version, None where none is named. The names of `headers` are in lower case."""
    if named := storable_name(headers.get("x-app-version", "")):
        return named
    if found := _SERVER_TIMING.search(headers.get("server-timing", "")[:_MOST_CHARACTERS]):
        return storable_name(found[1] or found[2] or "") or None
    return None
