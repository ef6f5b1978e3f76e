"""Whether a due row may be sent now: not if a later row includes it, and not before rows that must come first.

These are the conditions of claims.py. All but the last are parts of its SQL query; the last is for one row.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Row, and_, exists, or_, select

from leadline.model import Incident, IncidentState, NotificationState, TransitionKind
from leadline.records import leases
from leadline.records.notification_rows import UNSENT, read_lane
from leadline.records.tables import notifications

__all__ = ["DONE", "is_superseded", "waits_for_earlier", "why_needless"]

_n = notifications.c
_other = notifications.alias("other")
_OPEN, _CHANGE, _RESOLVE, _RECOVER = (
    TransitionKind.OPEN.value,
    TransitionKind.CHANGE.value,
    TransitionKind.RESOLVE.value,
    TransitionKind.RECOVER.value,
)
# Actions of a person: sent to everybody who was paged, even while pages are silenced.
DONE = (TransitionKind.ACKNOWLEDGE.value, TransitionKind.SILENCE.value)
_AFTER_OPENING = (_CHANGE, *DONE)


def _same_recipient(other: FromClause) -> ColumnElement[bool]:
    """Of the same incident, to the same recipient."""
    c = other.c
    return and_(c.incident_id == _n.incident_id, c.kind == _n.kind, c.target == _n.target, c.recipient == _n.recipient)


def _same_lane(other: FromClause) -> ColumnElement[bool]:
    return and_(_same_recipient(other), other.c.turn == _n.turn, other.c.notification_id != _n.notification_id)


def _came_back(other: FromClause) -> ColumnElement[bool]:
    """The incident came back since, and the same recipient is sent that."""
    return and_(_same_recipient(other), other.c.turn > _n.turn)


def is_superseded(now: datetime) -> ColumnElement[bool]:
    """An opening or change is not sent any more if the end is known, nor a change that a later one includes."""
    later_change = and_(
        _n.transition == _CHANGE,
        _other.c.transition == _CHANGE,
        _other.c.state.in_(UNSENT),
        _other.c.due_at <= now,
        or_(
            _other.c.created_at > _n.created_at,
            and_(_other.c.created_at == _n.created_at, _other.c.notification_id > _n.notification_id),
        ),
    )
    end = and_(_n.transition.in_((_OPEN, *_AFTER_OPENING)), _other.c.transition == _RESOLVE)
    told_by = or_(and_(_same_lane(_other), or_(end, later_change)), _came_back(_other))
    return and_(_n.kind == "target", exists().where(told_by))


def waits_for_earlier(now: datetime) -> ColumnElement[bool]:
    """An end waits while something earlier is being sent; a change waits until the opening is settled, a recovery until
    everything before it is."""
    underway = and_(
        _n.transition.in_((*_AFTER_OPENING, _RESOLVE)),
        _other.c.transition.in_((_OPEN, *_AFTER_OPENING)),
        leases.is_held(_other, now),
    )
    unopened = and_(_n.transition.in_(_AFTER_OPENING), _other.c.transition == _OPEN, _other.c.level != "repeat")
    unsettled = and_(_n.transition == _RECOVER, _other.c.level.not_in(("escalation", "repeat")))
    waits = or_(underway, unopened, unsettled)
    return and_(_n.kind == "target", exists().where(_same_lane(_other), _other.c.state.in_(UNSENT), waits))


def why_needless(connection: Connection, row: Row[Any], incident: Incident) -> str | None:
    """Checked right before sending: the reason why the row is not needed any more."""
    is_for_nobody_yet = row.level in ("escalation", "repeat")
    if is_for_nobody_yet and row.transition == _OPEN and incident.state is IncidentState.ACKNOWLEDGED:
        return f"{incident.acknowledged_by} is on it"
    if row.transition in DONE and row.attempts == 0:
        lane = read_lane(connection, row)
        openings = [one for one in lane if one.transition == _OPEN]
        if any(one.transition == _CHANGE and one.state in UNSENT for one in lane):
            return "a change that goes out after it tells it too"
        if not any(one.accepted_at is not None and one.accepted_at <= row.created_at for one in openings):
            return "the opening told it"
    if row.transition == _RECOVER and row.attempts == 0:
        lane = read_lane(connection, row)
        if not any(one.transition in (_OPEN, _RESOLVE) and one.accepted_at is not None for one in lane):
            return "nobody there was told of the rollback"
    if row.level == "fallback" and row.instead_of is not None and row.attempts == 0:
        wanted = select(_n.state).where(_n.transition_id == row.transition_id, _n.target == row.instead_of)
        states = set(connection.execute(wanted).scalars())
        if states == {NotificationState.ACCEPTED.value}:  # each of its recipients
            return f"{row.instead_of} took it after all"
    return None
