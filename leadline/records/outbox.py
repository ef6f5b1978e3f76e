"""Who may send what now: claims with a lease. Safe under any number of claimers and under kill -9.

A row is pending or failing until its target accepted it, or until it was given up: nothing in between is kept anywhere
but in its lease. A lease that ran out without a receipt means that nobody knows whether the target accepted, so the
next attempt carries the same idempotency key and the row is marked `is_maybe_duplicate`. Receipts: receiving.py.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, exists, func, or_, select, update

from leadline.model import Incident, NotificationState, TransitionKind
from leadline.records.feed import note_change
from leadline.records.incident_rows import read_incidents_by_id
from leadline.records.notification_rows import UNSENT, as_notification, find_opening
from leadline.records.nouns import Claimed, Silence
from leadline.records.silence_rows import read_active_silences
from leadline.records.tables import notifications

__all__ = ["claim_due", "end_leases", "next_due_at", "oldest_unsent_at"]

# Two clocks of one machine differ by less; a lease or a plan from further ahead was written before the wall clock was
# set back, and counts as run out (FACTS.md B.7: re-base on a jump of more than 2 s).
_CLOCK_SLACK = timedelta(seconds=2)
# Nobody plans an attempt further ahead (backoff ends at 60 s, Retry-After is heard up to 10 min).
_FURTHEST_PLAN = timedelta(minutes=15)

_n = notifications.c
_open = notifications.alias("opening")
_resolve = notifications.alias("ending")


def claim_due(
    connection: Connection,
    *,
    owner: str,
    now: datetime,
    lease_s: float,
    limit: int,
    exclude_targets: Collection[str],
) -> list[Claimed]:
    """Takes up to `limit` due rows for `lease_s`, the oldest first; an incident's opening before its end."""
    wanted = (
        select(notifications)
        .where(_n.state.in_(UNSENT), _is_due(now), _is_free(now), ~_is_superseded(), ~_waits_for_opening(now))
        .order_by(_n.created_at, _n.notification_id)
        .with_for_update(skip_locked=True)
    )
    if exclude_targets:
        wanted = wanted.where(_n.target.not_in(list(exclude_targets)))
    silences = read_active_silences(connection, now)
    rows = connection.execute(wanted if silences else wanted.limit(limit)).all()
    incidents = read_incidents_by_id(connection, list({row.incident_id for row in rows}))
    claimed: list[Claimed] = []
    for row in rows:
        if len(claimed) == limit:
            break
        opening = find_opening(connection, row)
        muting = _muting(silences, incidents[row.incident_id], opening, row, now)
        if muting is not None:
            _mute(connection, row, opening, muting)
        else:
            is_combined = opening is not None and opening.state != NotificationState.ACCEPTED
            claimed.append(_claim(connection, row, opening, incidents, owner, now, lease_s, is_combined=is_combined))
    return claimed


def end_leases(connection: Connection, now: datetime) -> int:
    """Ends every lease that is held: for a scheduler that starts, and knows by the home's lock that its holder died.

    Their rows can be claimed at once, and are marked as perhaps sent twice, because nobody knows.
    """
    held = update(notifications).where(_n.state.in_(UNSENT), _n.lease_until > now).values(lease_until=now)
    return connection.execute(held).rowcount


def next_due_at(connection: Connection, now: datetime) -> datetime | None:
    """When the next row can be claimed: its plan, or the end of its lease. None where nothing waits."""
    wanted = select(_n.next_attempt_at, _n.lease_until).where(_n.state.in_(UNSENT), _n.silence_id.is_(None))
    times = [max(row.next_attempt_at or now, row.lease_until or now) for row in connection.execute(wanted)]
    return min(times, default=None)


def oldest_unsent_at(connection: Connection) -> datetime | None:
    """When the oldest row was made that no target accepted, nobody gave up and no silence mutes."""
    wanted = select(func.min(_n.created_at)).where(_n.state.in_(UNSENT), _n.silence_id.is_(None))
    found: datetime | None = connection.execute(wanted).scalar()
    return found


def _is_due(now: datetime) -> ColumnElement[bool]:
    planned = _n.next_attempt_at
    return or_(planned.is_(None), planned <= now, planned > now + _FURTHEST_PLAN)


def _is_free(now: datetime) -> ColumnElement[bool]:
    return or_(_n.lease_until.is_(None), _n.lease_until <= now, _n.leased_at > now + _CLOCK_SLACK)


def _is_superseded() -> ColumnElement[bool]:
    """An opening whose end is known is not sent any more: the end tells both."""
    return and_(
        _n.transition == TransitionKind.OPEN.value,
        exists().where(
            _resolve.c.incident_id == _n.incident_id,
            _resolve.c.target == _n.target,
            _resolve.c.transition == TransitionKind.RESOLVE.value,
        ),
    )


def _waits_for_opening(now: datetime) -> ColumnElement[bool]:
    """An end whose opening is being sent at this moment waits for its receipt."""
    return and_(
        _n.transition == TransitionKind.RESOLVE.value,
        exists().where(
            _open.c.incident_id == _n.incident_id,
            _open.c.target == _n.target,
            _open.c.transition == TransitionKind.OPEN.value,
            _open.c.state.in_(UNSENT),
            _open.c.lease_until > now,
            _open.c.leased_at <= now + _CLOCK_SLACK,
        ),
    )


def _claim(
    connection: Connection,
    row: Row[Any],
    opening: Row[Any] | None,
    incidents: dict[str, Incident],
    owner: str,
    now: datetime,
    lease_s: float,
    *,
    is_combined: bool,
) -> Claimed:
    # A lease without a receipt: its holder died, perhaps after the target said yes. The same holds for an opening
    # that this message now tells too.
    is_maybe_duplicate = bool(
        row.is_maybe_duplicate
        or row.lease_owner is not None
        or (is_combined and opening is not None and (opening.is_maybe_duplicate or opening.lease_owner is not None))
    )
    values: dict[str, Any] = {
        "attempts": row.attempts + 1,
        "first_attempt_at": row.first_attempt_at or now,
        "is_maybe_duplicate": is_maybe_duplicate,
        "silence_id": None,
        "lease_owner": owner,
        "leased_at": now,
        "lease_until": now + timedelta(seconds=lease_s),
    }
    connection.execute(update(notifications).where(_n.notification_id == row.notification_id).values(**values))
    note_change(connection, "notification", row.notification_id)
    notification = replace(
        as_notification(row),
        attempts=values["attempts"],
        first_attempt_at=values["first_attempt_at"],
        is_maybe_duplicate=is_maybe_duplicate,
    )
    return Claimed(
        notification=notification,
        incident=incidents[row.incident_id],
        transition=notification.transition,
        is_combined=is_combined,
    )


def _muting(
    silences: list[Silence], incident: Incident, opening: Row[Any] | None, row: Row[Any], now: datetime
) -> Silence | None:
    """The silence that mutes this row. The end of something that was told is told: nobody waits for it in vain."""
    if row.transition == TransitionKind.RESOLVE and (opening is None or opening.state == NotificationState.ACCEPTED):
        return None
    return next((silence for silence in silences if silence.mutes(incident, now)), None)


def _mute(connection: Connection, row: Row[Any], opening: Row[Any] | None, silence: Silence) -> None:
    """An opening is held until the silence ends; where the incident ended too, nobody needs to hear of it any more."""
    is_over = row.transition == TransitionKind.RESOLVE
    for one in (row, opening):
        if one is None or one.state not in UNSENT or (one.silence_id == silence.silence_id and not is_over):
            continue
        values: dict[str, Any] = {"silence_id": silence.silence_id}
        if is_over:
            said = f"silenced by {silence.created_by}: {silence.reason}"
            values |= {"state": NotificationState.GIVEN_UP, "last_error": said}
        connection.execute(update(notifications).where(_n.notification_id == one.notification_id).values(**values))
        note_change(connection, "notification", one.notification_id)
