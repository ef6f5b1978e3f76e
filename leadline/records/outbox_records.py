"""The outbox as the services use it: claims, receipts and the delivery ledger. One method, one transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from leadline.model import Notification, OwedKind, Receipt, TransitionKind
from leadline.records import claims, notification_rows, outbox, receipts
from leadline.records.database import Database
from leadline.records.ended_together import EndPace
from leadline.records.nouns import Claimed, Waiting

__all__ = ["OutboxRecords"]


class OutboxRecords:
    """A part of Records. Every method raises RecordsUnavailable if the database can't be used."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim_due(
        self,
        *,
        owner: str,
        now: datetime,
        lease_s: float,
        limit: int,
        exclude_targets: Collection[str] = (),
        kind: OwedKind = "target",
        storm: Collection[str] = (),
        unsettled: Collection[str] = (),
        ends: EndPace = claims.EACH_BY_ITSELF,
    ) -> list[Claimed]:
        """Takes due rows of the outbox for `lease_s`; nobody else gets them until then. A target in `storm` gets all
        waiting openings in one message. Pages of a cause in `unsettled` wait a little longer for others of that cause.
        `ends`: which ends are combined."""
        with self._database.writing() as connection:
            return claims.claim_due(
                connection,
                owner=owner,
                now=now,
                lease_s=lease_s,
                limit=limit,
                exclude_targets=exclude_targets,
                kind=kind,
                storm=storm,
                unsettled=unsettled,
                ends=ends,
            )

    def record_receipt(
        self,
        notification_id: str,
        receipt: Receipt,
        *,
        now: datetime,
        next_attempt_at: datetime | None,
        give_up: bool = False,
        attempt: int | None = None,
        fallback: str | None = None,
        fallback_recipients: Sequence[str] = (),
        others: Sequence[Notification] = (),
    ) -> None:
        """Writes the result of an attempt (`notification.attempts` as claimed) and ends its lease. If a target fails
        again and again, the page is queued for the `fallback` too. `others` were part of the same message."""
        with self._database.writing() as connection:
            if others and receipt.is_accepted:
                receipts.record_told_too(connection, others, receipt, now=now, combined_into=notification_id)
                others = ()
            for other in others:
                receipts.record_receipt(
                    connection,
                    other.notification_id,
                    receipt,
                    now=now,
                    next_attempt_at=next_attempt_at,
                    give_up=give_up,
                    attempt=other.attempts,
                    fallback=fallback,
                    fallback_recipients=fallback_recipients,
                    combined_into=notification_id,
                )
            receipts.record_receipt(
                connection,
                notification_id,
                receipt,
                now=now,
                next_attempt_at=next_attempt_at,
                give_up=give_up,
                attempt=attempt,
                fallback=fallback,
                fallback_recipients=fallback_recipients,
            )

    def end_leases(self, now: datetime) -> int:
        """Ends the leases of a scheduler that died; its rows can be claimed at once. Returns how many."""
        with self._database.writing() as connection:
            return outbox.end_leases(connection, now)

    def move_plans(self, *, by: timedelta, now: datetime) -> int:
        """After the wall clock was set forward from `now` by that much: nothing is due earlier than it was
        planned."""
        with self._database.writing() as connection:
            return outbox.move_plans(connection, by=by, now=now)

    def next_due_at(self, now: datetime) -> datetime | None:
        with self._database.reading() as connection:
            return outbox.next_due_at(connection, now)

    def due_openings(self, now: datetime) -> dict[str, int]:
        """How many openings wait for each target."""
        with self._database.reading() as connection:
            return outbox.count_due(connection, TransitionKind.OPEN, now)

    def due_ends(self, now: datetime) -> dict[str, int]:
        """How many ends wait for each target."""
        with self._database.reading() as connection:
            return outbox.count_due(connection, TransitionKind.RESOLVE, now)

    def waiting(self, now: datetime) -> list[Waiting]:
        """Due rows that are not accepted, by target, longest wait first."""
        with self._database.reading() as connection:
            return outbox.list_waiting(connection, now)

    def oldest_unsent_at(self, now: datetime) -> datetime | None:
        """Since when the oldest page is due that no target has accepted."""
        with self._database.reading() as connection:
            return outbox.oldest_unsent_at(connection, now)

    def notifications(self, *, incident_id: str | None = None, limit: int = 1000) -> list[Notification]:
        """The delivery ledger, the newest first."""
        with self._database.reading() as connection:
            return notification_rows.read_notifications(connection, incident_id=incident_id, limit=limit)

    def receipts(self, notification_id: str) -> list[Receipt]:
        """The result of each attempt, oldest first."""
        with self._database.reading() as connection:
            return receipts.read_receipts(connection, notification_id)
