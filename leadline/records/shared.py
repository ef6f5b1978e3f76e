"""Incidents that share one cause: when somebody was told of them last, and whether any of them is still open."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, FromClause, and_, exists, func, or_, select

from leadline.model import Incident, IncidentState, NotificationState, TransitionKind
from leadline.records.tables import incidents, notifications

__all__ = ["find_group", "last_told_of", "waits_for_others"]

_n = notifications.c
_mine, _theirs, _told = incidents.alias("mine"), incidents.alias("theirs"), notifications.alias("told")
_end = notifications.alias("ending")


def find_group(connection: Connection, incident: Incident) -> str:
    """The group that an incident opens in: that of the others which its cause breaks now, else one of its own."""
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


def waits_for_others(rows: FromClause) -> ColumnElement[bool]:
    """An end of an incident whose cause still breaks another one of which the same target knows: they end in one
    message when all are well. What that end tells too (an opening that came too late) waits with it."""
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
