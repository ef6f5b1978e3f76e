"""Inserts an environment variable into a setting: unchanged, or percent-encoded if it becomes a part of an address.

Without encoding, a password such as `p@ss/w0rd` changes the host of its address: a part of it is looked up as a
host name, and appears in every error about it.
"""

from __future__ import annotations

import re
from urllib.parse import quote

__all__ = ["fit_into"]

# What may stand as a whole host: a name or an address, with or without a port.
_HOST = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def fit_into(text: str, match: re.Match[str], value: str) -> str:
    """`value` as it belongs into `text` in place of `match`.

    A value that is the whole setting, or that begins before an address (`${BASE}/health`), stays as it is; so does one
    that is the host of an address (`json://${HOST}/hook`). Anywhere else in an address it is percent-encoded.
    """
    before, after = text[: match.start()], text[match.end() :]
    if _SCHEME.search(before) is None:
        return value
    is_host = before.endswith(("://", "@")) and (not after or after[0] in ":/?#") and "@" not in after.partition("/")[0]
    if is_host and _HOST.fullmatch(value):
        return value
    return quote(value, safe="")
