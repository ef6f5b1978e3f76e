"""Leases on rows: which process may work on a row, until when. Safe with any number of claimers and kill -9.

If a lease ran out without a receipt, nobody knows what its holder did: the next holder must mark the row
so. It uses only the columns `lease_owner`, `leased_at` and `lease_until`; the meaning of the rows is the
caller's.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Row, and_, or_

__all__ = ["CLOCK_SLACK", "NO_LEASE", "is_free", "is_held", "take", "was_abandoned"]

# Two clocks of one machine differ by less; a lease or a plan further in the future was written before the clock was
# set back, and counts as run out (NTP steps are larger than 128 ms; RFC 5905, 11.3).
CLOCK_SLACK = timedelta(seconds=2)
NO_LEASE: dict[str, None] = {"lease_owner": None, "leased_at": None, "lease_until": None}


def is_free(table: FromClause, now: datetime) -> ColumnElement[bool]:
    """Nobody holds a lease on the row."""
    c = table.c
    return or_(c.lease_until.is_(None), c.lease_until <= now, c.leased_at > now + CLOCK_SLACK)


def is_held(table: FromClause, now: datetime) -> ColumnElement[bool]:
    """Somebody holds a lease on the row and works on it now."""
    return and_(table.c.lease_until > now, table.c.leased_at <= now + CLOCK_SLACK)


def take(owner: str, now: datetime, *, lease_s: float) -> dict[str, Any]:
    """The values that give the row to `owner` for `lease_s`."""
    return {"lease_owner": owner, "leased_at": now, "lease_until": now + timedelta(seconds=lease_s)}


def was_abandoned(row: Row[Any]) -> bool:
    """Whether the last holder left no receipt."""
    return row.lease_owner is not None
