"""Incidents that share one cause: when somebody was last paged about them, and whether any is still open."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Row, and_, exists, func, or_, select, update

from leadline.model import Incident, IncidentState, NotificationState, TransitionKind
from leadline.records.incident_rows import as_incident
from leadline.records.nouns import Claimed
from leadline.records.tables import incidents, notifications

__all__ = ["find_group", "find_told_with", "last_told_of", "wait_for_more", "waits_for_others"]

# How long a page waits for others of its cause at a time, and how long at most: with the second that it takes to be
# sent, 500 monitors of one host are one page within five (bench/pages).
_A_LITTLE, _LONGEST_WAIT = timedelta(seconds=0.5), timedelta(seconds=3)

_n = notifications.c
_mine, _theirs, _told = incidents.alias("mine"), incidents.alias("theirs"), notifications.alias("told")
_end = notifications.alias("ending")


def find_group(connection: Connection, incident: Incident) -> str:
    """The group of a new incident: that of others with the same cause, else a new one."""
    if incident.shared_cause is None:
        return incident.incident_id
    c = incidents.c
    wanted = select(func.coalesce(c.group_id, c.incident_id)).where(
        c.shared_cause == incident.shared_cause,
        c.state != IncidentState.RESOLVED.value,
        c.incident_id != incident.incident_id,
    )
    found = connection.execute(wanted.order_by(c.opened_at, c.incident_id).limit(1)).scalar()
    return str(found) if found is not None else incident.incident_id


def last_told_of(connection: Connection, incident: Incident, *, target: str) -> datetime | None:
    """When this target was last sent an opening of another open incident of the same cause."""
    wanted = (
        select(func.max(_n.first_attempt_at))
        .join(incidents, incidents.c.incident_id == _n.incident_id)
        .where(
            incidents.c.shared_cause == incident.shared_cause,
            incidents.c.state != IncidentState.RESOLVED.value,
            incidents.c.incident_id != incident.incident_id,
            _n.target == target,
            _n.transition == TransitionKind.OPEN.value,
        )
    )
    found: datetime | None = connection.execute(wanted).scalar()
    return found


def find_told_with(connection: Connection, incident_id: str) -> list[Incident]:
    """The unresolved incidents that one message reported with this one as its first; not this one."""
    first = select(_n.notification_id).where(
        _n.incident_id == incident_id, _n.transition == TransitionKind.OPEN.value, _n.combined_into.is_(None)
    )
    told = select(_n.incident_id).where(_n.combined_into.in_(first), _n.transition == TransitionKind.OPEN.value)
    c = incidents.c
    wanted = select(incidents).where(
        c.incident_id.in_(told), c.incident_id != incident_id, c.state != IncidentState.RESOLVED.value
    )
    return [as_incident(row) for row in connection.execute(wanted.order_by(c.opened_at, c.incident_id))]


def wait_for_more(
    connection: Connection,
    rows: Sequence[Row[Any]],
    known: Mapping[str, Incident],
    unsettled: Collection[str],
    *,
    now: datetime,
) -> list[Row[Any]]:
    """`rows` that may be sent now. Openings that wait for others of their cause wait a little longer if
    it is `unsettled`, so that one message includes all; `known` are the incidents of the rows."""
    waiting: defaultdict[tuple[str, str], list[Row[Any]]] = defaultdict(list)
    for row in rows:
        cause = known[row.incident_id].shared_cause
        is_held = row.due_at > row.created_at and row.attempts == 0
        if cause in unsettled and is_held and (row.transition, row.level) == (TransitionKind.OPEN.value, "first"):
            waiting[cause or "", row.target].append(row)
    put_off: set[str] = set()
    for held in waiting.values():
        first_at = min(row.created_at for row in held)
        until = min(now + _A_LITTLE, first_at + _LONGEST_WAIT)
        if first_at <= now < until:
            ids = [row.notification_id for row in held]
            connection.execute(update(notifications).where(_n.notification_id.in_(ids)).values(due_at=until))
            put_off.update(ids)
    return [row for row in rows if row.notification_id not in put_off]


def name_alert(connection: Connection, claimed: Claimed) -> str | None:
    """The group's id; a message about several groups (a storm) has its own key, so that the end of the first does
    not close the alert about all. The end after which all of them are healthy has that key too."""
    incident, row = claimed.incident, claimed.notification
    if claimed.transition is TransitionKind.OPEN:
        groups = {one.incident.group_id or one.incident.incident_id for one in (claimed, *claimed.others)}
        return f"storm-{row.notification_id}" if len(groups) > 1 else incident.group_id
    if claimed.transition is not TransitionKind.RESOLVE:
        return incident.group_id
    message = func.coalesce(_n.combined_into, _n.notification_id)
    opening = select(message).where(
        _n.incident_id == incident.incident_id,
        _n.target == row.target,
        _n.recipient == row.recipient,
        _n.transition == TransitionKind.OPEN.value,
        _n.state == NotificationState.ACCEPTED.value,
    )
    told_in = connection.execute(opening.order_by(_n.created_at.desc()).limit(1)).scalar()
    group = func.coalesce(incidents.c.group_id, incidents.c.incident_id)
    told = select(group, incidents.c.state).join(notifications, incidents.c.incident_id == _n.incident_id)
    told = told.where(or_(_n.notification_id == told_in, _n.combined_into == told_in))
    found = connection.execute(told.where(_n.transition == TransitionKind.OPEN.value).distinct()).all()
    is_storm = len({name for name, _ in found}) > 1
    if is_storm and all(state == IncidentState.RESOLVED.value for _, state in found):
        return f"storm-{told_in}"
    return incident.group_id


def waits_for_others(rows: FromClause) -> ColumnElement[bool]:
    """An end waits if its cause still breaks another incident that the same target was sent: they end in one
    message when all are healthy. Rows included in that end (an opening that came too late) wait with it."""
    r, e = rows.c, _end.c
    has_ended = exists().where(
        e.incident_id == r.incident_id,
        e.kind == r.kind,
        e.target == r.target,
        e.recipient == r.recipient,
        e.turn == r.turn,
        e.transition == TransitionKind.RESOLVE.value,
    )
    return and_(
        or_(r.transition == TransitionKind.RESOLVE.value, has_ended),
        exists().where(
            _mine.c.incident_id == r.incident_id,
            _mine.c.shared_cause.is_not(None),
            _theirs.c.shared_cause == _mine.c.shared_cause,
            _theirs.c.incident_id != _mine.c.incident_id,
            _theirs.c.state != IncidentState.RESOLVED.value,
            _told.c.incident_id == _theirs.c.incident_id,
            _told.c.target == r.target,
            _told.c.transition == TransitionKind.OPEN.value,
            _told.c.state != NotificationState.GIVEN_UP.value,
        ),
    )
