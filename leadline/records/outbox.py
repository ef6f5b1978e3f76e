"""The outbox: one row for each thing to do outside, written in the transaction that causes it.

Every act outside (a page, an escalation, a hook) is queued as a row here; claims.py decides who may act
on it now, receipts.py records the result. It does not know how anything is sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, insert, or_, select, update

from leadline.clock import new_id
from leadline.incidents import Owed
from leadline.model import NotificationState, TransitionKind
from leadline.records import leases
from leadline.records.feed import note_change
from leadline.records.notification_rows import UNSENT
from leadline.records.nouns import Waiting
from leadline.records.shared import waits_for_others
from leadline.records.tables import incidents, notifications

__all__ = [
    "call_off",
    "call_off_escalations",
    "count_due",
    "end_leases",
    "has_unsent_opening",
    "list_told",
    "list_waiting",
    "move_plans",
    "next_due_at",
    "oldest_unsent_at",
    "queue",
]

_n = notifications.c


def queue(
    connection: Connection,
    owed: Iterable[Owed],
    *,
    incident_id: str,
    transition_id: str | None,
    transition: TransitionKind,
    now: datetime,
    instead_of: str | None = None,
    because: str | None = None,
) -> list[str]:
    """Writes a row for each; returns their ids. The same target, recipient and level make one row. A repetition
    belongs to no transition."""
    turn = _turn_of(connection, incident_id)
    rows: dict[tuple[str, str, str, str], dict[str, Any]] = {}
    for one in owed:
        rows.setdefault(
            (one.kind, one.name, one.recipient, one.level),
            {
                "notification_id": new_id(),
                "incident_id": incident_id,
                "transition_id": transition_id,
                "transition": transition,
                "kind": one.kind,
                "target": one.name,
                "recipient": one.recipient,
                "level": one.level,
                "state": NotificationState.PENDING,
                "attempts": 0,
                "created_at": now,
                "due_at": now + one.after,
                "planned_at": now,
                "is_maybe_duplicate": False,
                "instead_of": instead_of,
                "because": because,
                "turn": turn,
                "repeat_s": one.repeat_every.total_seconds() if one.repeat_every is not None else None,
            },
        )
    if not rows:
        return []
    connection.execute(insert(notifications), list(rows.values()))
    ids = [str(row["notification_id"]) for row in rows.values()]
    note_change(connection, "notification", *ids, is_new=True)
    return ids


def list_told(connection: Connection, incident_id: str) -> list[Owed]:
    """Recipients to whom an opening of this incident was sent since it last came back, or will be sent: those who get
    the end as well. One each."""
    wanted = select(notifications).where(
        _n.incident_id == incident_id,
        _n.kind == "target",
        _n.transition == TransitionKind.OPEN.value,
        _n.turn == _turn_of(connection, incident_id),
    )
    told: dict[tuple[str, str], Owed] = {}
    for row in connection.execute(wanted.order_by(_n.created_at, _n.notification_id)):
        if row.attempts == 0 and row.state == NotificationState.GIVEN_UP:
            continue  # cancelled before it was sent
        told.setdefault((row.target, row.recipient), Owed(name=row.target, recipient=row.recipient, level=row.level))
    return list(told.values())


def has_unsent_opening(connection: Connection, incident_id: str, owed: Owed) -> bool:
    """Whether the recipient will be sent an opening of this incident."""
    wanted = select(_n.notification_id).where(
        _n.incident_id == incident_id,
        _n.kind == "target",
        _n.target == owed.name,
        _n.recipient == owed.recipient,
        _n.transition == TransitionKind.OPEN.value,
        _n.level != "repeat",
        _n.state.in_(UNSENT),
    )
    return connection.execute(wanted.limit(1)).first() is not None


def _turn_of(connection: Connection, incident_id: str) -> int:
    """How often the incident has ended and come back."""
    found = connection.execute(select(incidents.c.reopened).where(incidents.c.incident_id == incident_id)).scalar()
    return int(found or 0)


def call_off_escalations(connection: Connection, incident_id: str, *, because: str) -> None:
    """Cancels escalations and repetitions that were not sent yet."""
    wanted = select(_n.notification_id).where(
        _n.incident_id == incident_id,
        _n.level.in_(("escalation", "repeat")),
        _n.state.in_(UNSENT),
        _n.attempts == 0,
    )
    call_off(connection, list(connection.execute(wanted).scalars()), because=because)


def call_off(connection: Connection, notification_ids: Sequence[str], *, because: str) -> None:
    """Cancels these rows."""
    if not notification_ids:
        return
    values: dict[str, Any] = {"state": NotificationState.GIVEN_UP, "last_error": f"not needed any more: {because}"}
    connection.execute(
        update(notifications).where(_n.notification_id.in_(notification_ids)).values(**values, **leases.NO_LEASE)
    )
    note_change(connection, "notification", *notification_ids)


def end_leases(connection: Connection, now: datetime) -> int:
    """Ends every lease: for a scheduler that starts, and knows from the home's lock that the holder died.

    The rows can be claimed at once, and are marked as perhaps sent twice.
    """
    held = update(notifications).where(_n.state.in_(UNSENT), _n.lease_until > now).values(lease_until=now)
    return connection.execute(held).rowcount


def move_plans(connection: Connection, *, by: timedelta, now: datetime) -> int:
    """After the wall clock was set forward from `now`: rows that are not due yet keep their remaining delay,
    those that are due have waited no longer than before, and leases keep their remaining time. Rows planned since the
    step stay unchanged. Returns the number of rows."""
    wanted = select(notifications).where(_n.state.in_(UNSENT), _n.planned_at <= now + leases.CLOCK_SLACK)
    moved = 0
    for row in connection.execute(wanted).all():
        values: dict[str, Any] = {"due_at": row.due_at + by}
        values |= {"next_attempt_at": row.next_attempt_at + by} if (row.next_attempt_at or now) > now else {}
        if row.leased_at is not None and row.lease_until > now and row.leased_at <= now + leases.CLOCK_SLACK:
            values |= {"leased_at": row.leased_at + by, "lease_until": row.lease_until + by}
        values["planned_at"] = row.planned_at + by
        connection.execute(update(notifications).where(_n.notification_id == row.notification_id).values(**values))
        moved += 1
    return moved


def next_due_at(connection: Connection, now: datetime) -> datetime | None:
    """When the next row can be claimed: its plan, or the end of its lease. None if nothing waits."""
    owed = _n.state.in_(UNSENT), _n.silence_id.is_(None)
    is_due = _n.due_at <= now, or_(_n.next_attempt_at.is_(None), _n.next_attempt_at <= now)
    first = select(_n.due_at).where(*owed, *is_due, or_(_n.lease_until.is_(None), _n.lease_until <= now)).limit(1)
    due_at: datetime | None = connection.execute(first).scalar()
    if due_at is not None:
        return due_at  # in a storm there are hundreds
    wanted = select(_n.due_at, _n.next_attempt_at, _n.lease_until).where(*owed)
    times = [max(row.due_at, row.next_attempt_at or now, row.lease_until or now) for row in connection.execute(wanted)]
    return min(times, default=None)


def list_waiting(connection: Connection, now: datetime) -> list[Waiting]:
    """Due rows that no target has accepted, by target, longest wait first. Silenced rows don't count."""
    wanted = select(_n.target, _n.due_at, _n.last_error).where(
        _n.state.in_(UNSENT),
        _n.kind == "target",
        _n.silence_id.is_(None),
        _n.due_at <= now,
        ~waits_for_others(notifications),
    )
    found: dict[str, Waiting] = {}
    for row in connection.execute(wanted.order_by(_n.due_at)):
        known = found.get(row.target)
        found[row.target] = Waiting(
            target=row.target,
            pages=known.pages + 1 if known else 1,
            since=known.since if known else row.due_at,
            last_error=row.last_error or (known.last_error if known else None),
        )
    return list(found.values())


def count_due(connection: Connection, transition: TransitionKind, now: datetime) -> dict[str, int]:
    """How many openings or ends each target would be sent now, one message each."""
    wanted = (
        select(_n.target, func.count(_n.incident_id.distinct()))
        .where(
            _n.state.in_(UNSENT),
            _n.kind == "target",
            _n.transition == transition.value,
            _n.level.in_(("first", "escalation")),
            _n.silence_id.is_(None),
            _n.due_at <= now,
            ~waits_for_others(notifications),
        )
        .group_by(_n.target)
    )
    return {target: int(count) for target, count in connection.execute(wanted)}


def oldest_unsent_at(connection: Connection, now: datetime) -> datetime | None:
    """The due time of the oldest row that is not accepted, given up or silenced."""
    wanted = select(func.min(_n.due_at)).where(
        _n.state.in_(UNSENT), _n.silence_id.is_(None), _n.due_at <= now, ~waits_for_others(notifications)
    )
    found: datetime | None = connection.execute(wanted).scalar()
    return found
