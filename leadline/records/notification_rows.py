"""Rows of the delivery ledger, to nouns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from leadline.model import Notification, NotificationState, TransitionKind
from leadline.records.tables import notifications

__all__ = [
    "UNSENT",
    "as_notification",
    "read_earlier_turns",
    "read_lane",
    "read_notifications",
    "read_notifications_by_id",
]

_n = notifications.c
UNSENT = (NotificationState.PENDING.value, NotificationState.FAILING.value)


def read_notifications(connection: Connection, *, incident_id: str | None, limit: int) -> list[Notification]:
    """The newest first; within an incident's transition in the order of the targets' names."""
    wanted = select(notifications).order_by(
        notifications.c.created_at.desc(), notifications.c.incident_id, notifications.c.target
    )
    if incident_id is not None:
        wanted = wanted.where(notifications.c.incident_id == incident_id)
    return [as_notification(row) for row in connection.execute(wanted.limit(limit))]


def read_notifications_by_id(connection: Connection, notification_ids: Sequence[str]) -> dict[str, Notification]:
    found = connection.execute(select(notifications).where(notifications.c.notification_id.in_(notification_ids)))
    return {row.notification_id: as_notification(row) for row in found}


def as_notification(row: Row[Any]) -> Notification:
    """A row that has every column of `notifications`."""
    return Notification(
        notification_id=row.notification_id,
        incident_id=row.incident_id,
        transition_id=row.transition_id,
        transition=TransitionKind(row.transition),
        kind=row.kind,
        target=row.target,
        recipient=row.recipient,
        level=row.level,
        state=NotificationState(row.state),
        attempts=row.attempts,
        created_at=row.created_at,
        due_at=row.due_at,
        first_attempt_at=row.first_attempt_at,
        accepted_at=row.accepted_at,
        next_attempt_at=row.next_attempt_at,
        last_error=row.last_error,
        is_maybe_duplicate=row.is_maybe_duplicate,
        combined_into=row.combined_into,
        instead_of=row.instead_of,
        because=row.because,
        turn=row.turn,
    )


def read_lane(connection: Connection, row: Row[Any], *, but: Sequence[str] = ()) -> Sequence[Row[Any]]:
    """The other rows of this turn of the incident to the same recipient of the same target, oldest first, without
    the transitions in `but`."""
    wanted = select(notifications).where(
        _n.incident_id == row.incident_id,
        _n.kind == row.kind,
        _n.target == row.target,
        _n.recipient == row.recipient,
        _n.turn == row.turn,
        _n.notification_id != row.notification_id,
        _n.transition.not_in(but),
    )
    return connection.execute(wanted.order_by(_n.created_at, _n.notification_id)).all()


def read_earlier_turns(connection: Connection, row: Row[Any]) -> Sequence[Row[Any]]:
    """Rows for the same recipient from before the incident came back."""
    if not row.turn:
        return []
    wanted = select(notifications).where(
        _n.incident_id == row.incident_id,
        _n.kind == row.kind,
        _n.target == row.target,
        _n.recipient == row.recipient,
        _n.turn < row.turn,
    )
    return connection.execute(wanted).all()
