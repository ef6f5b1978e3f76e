"""Groups errors of the same bug: type, message without its numbers, and the first frame without its build.

Only if the page sent no fingerprint.
"""

from __future__ import annotations

import re
from hashlib import blake2b

# Numbers, hashes and quoted values differ between users and builds; the bug does not.
_VARIABLE = re.compile(r"""0x[0-9a-fA-F]+|[0-9a-fA-F]{8,}|\d+|"[^"]*"|'[^']*'""")
_BUILD = re.compile(r"[.\-_][0-9A-Za-z]{6,}(?=\.(?:m?js|css))|:\d+(?::\d+)?|\?[^\s)]*|https?://[^/\s)]*")


def fingerprint_error(*, error_type: str, message: str, stack: str | None) -> str:
    """16 hexadecimal digits; the same for every occurrence of one bug across builds."""
    frame = next((line.strip() for line in (stack or "").splitlines() if ".js" in line or "http" in line), "")
    said = "\n".join((error_type, _VARIABLE.sub("*", message), _BUILD.sub("", frame)))
    return blake2b(said.encode(errors="replace"), digest_size=8).hexdigest()
