"""Ends of incidents that failed together, so that a storm ends in a message with a count, as it began.

An end that is one of many waits a little for the others. No end is left out or combined for a service that keeps an
alert for each message: only the end of that alert closes it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select, text

from leadline.model import IncidentState, NotificationState, TransitionKind
from leadline.records.tables import incidents, notifications

__all__ = ["EndPace", "Together", "wait_for_other_ends"]

# Monitors with an interval of half a minute that one outage breaks all open within this.
_AT_ONCE = timedelta(minutes=1)
# A check that runs every 10 s notices within this that its host is back. Nobody has to act on an end.
_LONGEST_WAIT = timedelta(seconds=10)

_n = notifications.c
_Recipient = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class EndPace:
    """How ends are sent now. More than `limit` incidents that failed together end together (None: each by itself). A
    target in `storm` gets all waiting ends in one message, one in `held` none, and one in `apart` each by itself."""

    limit: int | None = None
    storm: Collection[str] = ()
    held: Collection[str] = ()
    apart: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Together:
    """Rows of ends that share a message (by id), and how many incidents that failed with them are still open."""

    rows: frozenset[str] = frozenset()
    still_open: dict[_Recipient, int] = field(default_factory=dict)


def wait_for_other_ends(
    connection: Connection, rows: Sequence[Row[Any]], pace: EndPace, *, now: datetime
) -> tuple[list[Row[Any]], Together]:
    """`rows` that may be sent now, and which of them are ends that go together.

    They wait until every incident that failed with them is over, at most ten seconds from the first of them on."""
    ends = [row for row in rows if row.transition == TransitionKind.RESOLVE and row.target not in pace.apart]
    if pace.limit is None or not ends:
        return list(rows), Together()
    told = _read_told(connection, ends, now=now)
    many: defaultdict[_Recipient, list[Row[Any]]] = defaultdict(list)
    still_open: defaultdict[_Recipient, set[str]] = defaultdict(set)
    for row in ends:
        recipient = (row.target, row.recipient)
        failed_with = _failed_with(told[recipient], row.incident_id)
        if len(failed_with) > pace.limit:
            many[recipient].append(row)
            still_open[recipient] |= {one.incident_id for one in failed_with if one.state != IncidentState.RESOLVED}
    waiting: set[str] = set()
    for recipient, held in many.items():
        first_at = min(row.created_at for row in held)
        if still_open[recipient] and first_at <= now < first_at + _LONGEST_WAIT:
            waiting |= {row.notification_id for row in held}
    together = frozenset(row.notification_id for held in many.values() for row in held) - waiting
    left = {recipient: len(found) for recipient, found in still_open.items()}
    return [row for row in rows if row.notification_id not in waiting], Together(together, left)


def _failed_with(told: Iterable[Row[Any]], incident_id: str) -> list[Row[Any]]:
    """The incidents that opened at about the same time, this one included."""
    opened = {one.incident_id: one for one in told}
    mine = opened.get(incident_id)
    if mine is None:
        return []
    return [one for one in opened.values() if abs(one.opened_at - mine.opened_at) <= _AT_ONCE]


def _read_told(
    connection: Connection, ends: Sequence[Row[Any]], *, now: datetime
) -> defaultdict[_Recipient, list[Row[Any]]]:
    """The incidents of which each recipient was sent an opening, and that are open, or have ended a moment ago."""
    unresolved = select(incidents.c.incident_id).where(text("incidents.state != 'resolved'"))
    ended = select(_n.incident_id).where(
        _n.created_at > now - _AT_ONCE, _n.transition == TransitionKind.RESOLVE.value, _n.kind == "target"
    )
    concerned = unresolved.union(ended, select(_n.incident_id).where(_n.notification_id.in_(_ids(ends))))
    wanted = (
        select(_n.target, _n.recipient, incidents.c.incident_id, incidents.c.opened_at, incidents.c.state)
        .join(incidents, incidents.c.incident_id == _n.incident_id)
        .where(
            _n.incident_id.in_(concerned),
            _n.target.in_({row.target for row in ends}),
            _n.kind == "target",
            _n.transition == TransitionKind.OPEN.value,
            _n.state != NotificationState.GIVEN_UP.value,
        )
    )
    told: defaultdict[_Recipient, list[Row[Any]]] = defaultdict(list)
    rows: Sequence[Any] = connection.execute(wanted).all()
    for row in rows:
        told[row.target, row.recipient].append(row)
    return told


def _ids(rows: Sequence[Row[Any]]) -> list[str]:
    return [row.notification_id for row in rows]
