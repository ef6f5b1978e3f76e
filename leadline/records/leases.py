"""Leases on rows: who may work on a row until when. Safe under any number of claimers and under kill -9.

A lease that ran out without an answer means that nobody knows what its holder did: whoever takes the row next must say
so. Knows a table only by its columns `lease_owner`, `leased_at` and `lease_until`; what the rows are for is the
caller's.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Row, and_, or_

__all__ = ["CLOCK_SLACK", "NO_LEASE", "is_free", "is_held", "take", "was_abandoned"]

# Two clocks of one machine differ by less; a lease or a plan from further ahead was written before the wall clock was
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
    """The values that make the row `owner`'s for `lease_s`."""
    return {"lease_owner": owner, "leased_at": now, "lease_until": now + timedelta(seconds=lease_s)}


def was_abandoned(row: Row[Any]) -> bool:
    """Whether the last holder left no answer."""
    return row.lease_owner is not None
