"""What an attempt at a target came to. It ends the attempt's lease; what was accepted stays accepted."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from leadline.model import NotificationState, Receipt, TransitionKind
from leadline.records.feed import note_change
from leadline.records.notification_rows import UNSENT, find_opening
from leadline.records.tables import notifications, receipts

__all__ = ["read_receipts", "record_receipt"]

_n = notifications.c


def record_receipt(
    connection: Connection,
    notification_id: str,
    receipt: Receipt,
    *,
    now: datetime,
    next_attempt_at: datetime | None,
    give_up: bool,
    attempt: int | None,
) -> None:
    """Writes what an attempt came to and ends the lease. What was accepted stays accepted, whatever comes later.

    A refusal of an earlier `attempt` than the one that is underway does not end that one's lease.
    """
    row = connection.execute(select(notifications).where(_n.notification_id == notification_id)).first()
    if row is None:
        return  # deleted by retention while it was sent
    _insert_receipt(connection, row, receipt, now)
    is_settled = row.state in (NotificationState.ACCEPTED, NotificationState.GIVEN_UP)
    is_late = attempt is not None and attempt != row.attempts
    if not receipt.is_accepted and (is_settled or is_late):
        return
    values: dict[str, Any] = {"lease_owner": None, "leased_at": None, "lease_until": None, "next_attempt_at": None}
    if receipt.is_accepted:
        values |= {"state": NotificationState.ACCEPTED, "accepted_at": row.accepted_at or now, "last_error": None}
    elif give_up:
        values |= {"state": NotificationState.GIVEN_UP, "last_error": receipt.reason}
    else:
        values |= {
            "state": NotificationState.FAILING,
            "last_error": receipt.reason,
            "next_attempt_at": next_attempt_at or now,
        }
    if receipt.may_have_arrived:
        values["is_maybe_duplicate"] = True
    connection.execute(update(notifications).where(_n.notification_id == notification_id).values(**values))
    note_change(connection, "notification", notification_id)
    if row.transition == TransitionKind.RESOLVE and (receipt.is_accepted or give_up):
        _settle_opening(connection, row, values["state"], values.get("accepted_at"))


def read_receipts(connection: Connection, notification_id: str) -> list[Receipt]:
    wanted = select(receipts).where(receipts.c.notification_id == notification_id).order_by(receipts.c.attempt)
    return [
        Receipt(
            is_accepted=row.is_accepted,
            duration_ms=row.duration_ms,
            reason=row.reason,
            retry_after_s=row.retry_after_s,
        )
        for row in connection.execute(wanted)
    ]


def _settle_opening(
    connection: Connection, row: Row[Any], state: NotificationState, accepted_at: datetime | None
) -> None:
    """The opening that was told together with its end shares the end's fate."""
    opening = find_opening(connection, row)
    if opening is None or opening.state not in UNSENT:
        return
    values = {"state": state, "accepted_at": accepted_at, "combined_into": row.notification_id, "next_attempt_at": None}
    lease = {"lease_owner": None, "leased_at": None, "lease_until": None}
    connection.execute(
        update(notifications).where(_n.notification_id == opening.notification_id).values(**values, **lease)
    )
    note_change(connection, "notification", opening.notification_id)


def _insert_receipt(connection: Connection, row: Row[Any], receipt: Receipt, now: datetime) -> None:
    last = select(func.max(receipts.c.attempt)).where(receipts.c.notification_id == row.notification_id)
    attempt = max(row.attempts, (connection.execute(last).scalar() or 0) + 1)
    connection.execute(
        insert(receipts).values(
            notification_id=row.notification_id,
            attempt=attempt,
            at=now,
            is_accepted=receipt.is_accepted,
            duration_ms=receipt.duration_ms,
            reason=receipt.reason,
            retry_after_s=receipt.retry_after_s,
        )
    )
