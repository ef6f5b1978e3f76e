"""Reads `Retry-After`, the header by which a server asks for a pause (RFC 9110, section 10.2.3).

Whatever a server writes there, the caller gets a number or None: a header that can't be read is as good as none.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

__all__ = ["read_retry_after"]

# ASCII digits only: "²" is a digit for `str.isdigit`, and no number.
_SECONDS = re.compile(r"[0-9]+(\.[0-9]+)?")
# Nobody waits for longer, and the ledger can write it down.
_LONGEST_S = 31_536_000.0


def read_retry_after(value: str | None, *, now: datetime) -> float | None:
    """Seconds to wait, at most a year. The header has a number or an HTTP date. Some services write a fraction, and of
    two lines the first counts."""
    if not value:
        return None
    first = value.partition(",")[0].strip()
    if _SECONDS.fullmatch(first):
        return min(float(first), _LONGEST_S)
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    asked_s = ((at if at.tzinfo else at.replace(tzinfo=UTC)) - now).total_seconds()
    return min(max(0.0, asked_s), _LONGEST_S)
