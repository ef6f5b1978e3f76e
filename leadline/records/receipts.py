"""Records the result of an attempt at a target and ends its lease; an accepted row stays accepted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from leadline.incidents import Owed, split_owed
from leadline.model import IncidentState, Notification, NotificationState, Receipt, TransitionKind
from leadline.records import leases
from leadline.records.feed import note_change
from leadline.records.notification_rows import UNSENT, read_earlier_turns, read_lane
from leadline.records.outbox import queue
from leadline.records.shared import waits_for_others
from leadline.records.tables import incidents, notifications, receipts

__all__ = ["ATTEMPTS_UNTIL_FALLBACK", "read_receipts", "record_receipt", "record_told_too"]

# After this many failures in a row (about half a minute) another target gets the page.
ATTEMPTS_UNTIL_FALLBACK = 5
# A target that has accepted nothing for this long is dead, for all its rows, even those tried once or never.
DEAD_AFTER = timedelta(seconds=60)

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
    fallback: str | None = None,
    fallback_recipients: Sequence[str] = (),
    combined_into: str | None = None,
) -> None:
    """Writes the result of an attempt and ends the lease. An accepted row stays accepted, whatever comes later.

    A failure of an earlier `attempt` than the current one does not end the current lease. After
    `ATTEMPTS_UNTIL_FALLBACK` failures the page is queued for the `fallback` too, and all waiting rows of the target if
    it has accepted nothing for `DEAD_AFTER`. `combined_into`: another row's message included this one.
    """
    row = connection.execute(select(notifications).where(_n.notification_id == notification_id)).first()
    if row is None:
        return  # deleted by retention while it was sent
    _insert_receipt(connection, row, receipt, now)
    is_settled = row.state in (NotificationState.ACCEPTED, NotificationState.GIVEN_UP)
    is_late = attempt is not None and attempt != row.attempts
    if not receipt.is_accepted and (is_settled or is_late):
        return
    values: dict[str, Any] = {**leases.NO_LEASE, "next_attempt_at": None}
    if receipt.is_accepted:
        values |= {"state": NotificationState.ACCEPTED, "accepted_at": row.accepted_at or now, "last_error": None}
        values |= {"combined_into": combined_into} if combined_into else {}
    elif give_up:
        values |= {"state": NotificationState.GIVEN_UP, "last_error": receipt.reason}
    else:
        values |= {
            "state": NotificationState.FAILING,
            "last_error": receipt.reason,
            "next_attempt_at": next_attempt_at or now,
            "planned_at": now,
        }
    if receipt.may_have_arrived:
        values["is_maybe_duplicate"] = True
    connection.execute(update(notifications).where(_n.notification_id == notification_id).values(**values))
    note_change(connection, "notification", notification_id)
    if row.kind == "target" and (receipt.is_accepted or (give_up and row.transition == TransitionKind.RESOLVE)):
        _settle_told(connection, row, values["state"], values.get("accepted_at"))
    if receipt.is_accepted and row.accepted_at is None:
        _owe_again(connection, row, now=now)
    if receipt.is_accepted and row.kind == "target":
        _try_next(connection, row, now=now)
    if not receipt.is_accepted and not give_up and fallback is not None:
        because = f"{row.attempts} times: {receipt.reason}"
        instead = split_owed(Owed(name=fallback, level="fallback"), fallback_recipients)
        if row.attempts >= ATTEMPTS_UNTIL_FALLBACK:
            _call_fallback(connection, row, because, instead=instead, now=now)
        if _is_dead(connection, row, now=now):
            for waiting in _read_waiting(connection, row.target, now=now):
                _call_fallback(connection, waiting, because, instead=instead, now=now)


def _try_next(connection: Connection, row: Row[Any], *, now: datetime) -> None:
    """A target that accepts is back: one page that waits there is tried at once, and if it is accepted, the next one.
    Only one, so that a target that is still weak gets no burst; the one with the fewest attempts, so that a page which
    it always rejects holds up no other."""
    wanted = select(_n.notification_id).where(
        _n.kind == row.kind,
        _n.target == row.target,
        _n.recipient == row.recipient,
        _n.state == NotificationState.FAILING,
        _n.next_attempt_at > now,
    )
    waiting = connection.execute(wanted.order_by(_n.attempts, _n.created_at, _n.notification_id).limit(1)).scalar()
    if waiting is not None:
        soon = update(notifications).where(_n.notification_id == waiting)
        connection.execute(soon.values(next_attempt_at=now, planned_at=now))
        note_change(connection, "notification", waiting)


def record_told_too(
    connection: Connection, told: Sequence[Notification], receipt: Receipt, *, now: datetime, combined_into: str
) -> None:
    """As `record_receipt` for each of `told`, which the accepted message of another row told too: all in a few
    statements, because a storm's message tells of hundreds."""
    ids = [one.notification_id for one in told]
    rows = connection.execute(select(notifications).where(_n.notification_id.in_(ids))).all()
    if not rows:
        return
    last = select(receipts.c.notification_id, func.max(receipts.c.attempt).label("attempt"))
    last = last.where(receipts.c.notification_id.in_(ids)).group_by(receipts.c.notification_id)
    attempts = {one.notification_id: one.attempt for one in connection.execute(last)}
    connection.execute(
        insert(receipts),
        [
            _receipt_values(row, receipt, now, attempt=max(row.attempts, attempts.get(row.notification_id, 0) + 1))
            for row in rows
        ],
    )
    values = {**leases.NO_LEASE, "next_attempt_at": None, "last_error": None, "combined_into": combined_into}
    accepted = {"state": NotificationState.ACCEPTED, "accepted_at": func.coalesce(_n.accepted_at, now)}
    connection.execute(update(notifications).where(_n.notification_id.in_(ids)).values(**values, **accepted))
    note_change(connection, "notification", *(row.notification_id for row in rows))
    wanted = select(_n.incident_id).where(
        _n.incident_id.in_({row.incident_id for row in rows}), _n.state.in_(UNSENT), _n.kind == "target"
    )
    with_more = set(connection.execute(wanted).scalars())
    for row in rows:
        if row.kind == "target" and row.incident_id in with_more:
            _settle_told(connection, row, NotificationState.ACCEPTED, row.accepted_at or now)
        if row.accepted_at is None:
            _owe_again(connection, row, now=now)


def _owe_again(connection: Connection, row: Row[Any], *, now: datetime) -> None:
    """Queues the next repetition of a page that repeats until somebody acknowledges."""
    if row.repeat_s is None or row.transition != TransitionKind.OPEN:
        return
    wanted = select(incidents.c.state).where(incidents.c.incident_id == row.incident_id)
    if connection.execute(wanted).scalar() not in (IncidentState.OPEN.value, IncidentState.UNKNOWN.value):
        return
    pause = timedelta(seconds=row.repeat_s)
    owed = Owed(name=row.target, recipient=row.recipient, level="repeat", after=pause, repeat_every=pause)
    queue(
        connection,
        [owed],
        incident_id=row.incident_id,
        transition_id=None,
        transition=TransitionKind.OPEN,
        now=now,
    )


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


def _settle_told(connection: Connection, row: Row[Any], state: NotificationState, accepted_at: datetime | None) -> None:
    """Rows included in this message share its result: with an end, everything before it; with an opening or a change,
    the changes that were known and due when it was written; a recovery with any of them that was written after it was
    known. Later rows include rows from before it came back."""
    is_end = row.transition == TransitionKind.RESOLVE
    told = [
        one.notification_id
        for one in read_lane(connection, row, but=(TransitionKind.RESOLVE.value,))
        if one.state in UNSENT
        and (
            (is_end and one.transition != TransitionKind.RECOVER)
            or (
                one.transition in (TransitionKind.CHANGE, TransitionKind.RECOVER)
                and max(one.created_at, one.due_at) <= (row.leased_at or row.created_at)
            )
        )
    ]
    told += [one.notification_id for one in read_earlier_turns(connection, row) if one.state in UNSENT]
    if not told:
        return
    values = {"state": state, "accepted_at": accepted_at, "combined_into": row.notification_id, "next_attempt_at": None}
    connection.execute(update(notifications).where(_n.notification_id.in_(told)).values(**values, **leases.NO_LEASE))
    note_change(connection, "notification", *told)


def _is_dead(connection: Connection, row: Row[Any], *, now: datetime) -> bool:
    """Whether the target of a failed row has failed or hung for a minute, and accepted nothing in that time."""
    since = now - DEAD_AFTER
    if row.first_attempt_at is None or row.first_attempt_at > since:
        first = select(func.min(_n.first_attempt_at)).where(_n.target == row.target, _n.state.in_(UNSENT))
        began_at = connection.execute(first).scalar()
        if began_at is None or began_at > since:
            return False
    taken = select(_n.notification_id).where(_n.target == row.target, _n.accepted_at > since).limit(1)
    return connection.execute(taken).first() is None


def _read_waiting(connection: Connection, target: str, *, now: datetime) -> Sequence[Row[Any]]:
    wanted = select(notifications).where(
        _n.state.in_(UNSENT),
        _n.target == target,
        _n.kind == "target",
        _n.due_at <= now,
        _n.silence_id.is_(None),
        ~waits_for_others(notifications),
    )
    return connection.execute(wanted.order_by(_n.due_at, _n.notification_id)).all()


def _call_fallback(
    connection: Connection, row: Row[Any], because: str, *, instead: Sequence[Owed], now: datetime
) -> None:
    """Queues the page for the fallback too if the target fails again and again, once per transition."""
    fallback = instead[0].name
    if row.kind != "target" or row.level == "fallback" or row.target == fallback or row.transition_id is None:
        return
    lane = select(_n.level).where(_n.transition_id == row.transition_id, _n.target == fallback)
    known = list(connection.execute(lane).scalars())
    # It does not need an end twice, but it gets an opening again, to learn which target is dead.
    if "fallback" in known or (known and row.transition != TransitionKind.OPEN):
        return
    queue(
        connection,
        instead,
        incident_id=row.incident_id,
        transition_id=row.transition_id,
        transition=TransitionKind(row.transition),
        now=now,
        instead_of=row.target,
        because=because,
    )


def _insert_receipt(connection: Connection, row: Row[Any], receipt: Receipt, now: datetime) -> None:
    last = select(func.max(receipts.c.attempt)).where(receipts.c.notification_id == row.notification_id)
    attempt = max(row.attempts, (connection.execute(last).scalar() or 0) + 1)
    connection.execute(insert(receipts).values(**_receipt_values(row, receipt, now, attempt=attempt)))


def _receipt_values(row: Row[Any], receipt: Receipt, now: datetime, *, attempt: int) -> dict[str, Any]:
    return {
        "notification_id": row.notification_id,
        "attempt": attempt,
        "at": now,
        "is_accepted": receipt.is_accepted,
        "duration_ms": receipt.duration_ms,
        "reason": receipt.reason,
        "retry_after_s": receipt.retry_after_s,
    }
