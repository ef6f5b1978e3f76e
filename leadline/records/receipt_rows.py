"""Receipts: what each attempt at a target came to."""

from __future__ import annotations

from sqlalchemy import Connection, select

from leadline.model import Receipt
from leadline.records.tables import receipts

__all__ = ["read_receipts"]


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
