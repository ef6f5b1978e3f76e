"""Text as it can be stored: whatever a site or a journey wrote, the databases and JSON take what comes out of here."""

from __future__ import annotations

import re

# UTF-8 has no lone surrogates, PostgreSQL takes no NUL, and no other control code has a meaning in one line of text.
_UNSTORABLE = re.compile("[\ud800-\udfff\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
# A version, a step, a name: what is longer is no such thing, and pages and tables would have to carry it.
LONGEST_NAME = 200


def storable(text: str) -> str:
    """`text` with U+FFFD in place of what can't be stored."""
    return _UNSTORABLE.sub("\ufffd", text)


def storable_name(text: str) -> str:
    """One line of at most 200 characters."""
    line = " ".join(storable(text).split())
    return line if len(line) <= LONGEST_NAME else line[: LONGEST_NAME - 1] + "…"
