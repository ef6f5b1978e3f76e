"""Silences: they mute pages while they are in force, and stay as a record of who muted what and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from leadline.model import IncidentState, TransitionKind
from leadline.records.follow_ups import tell_follow_up
from leadline.records.incident_rows import read_incidents
from leadline.records.nouns import Silence
from leadline.records.tables import silences

__all__ = ["end_silence", "insert_silence", "keep_maintenance", "read_active_silences"]

UNRESOLVED = (IncidentState.OPEN, IncidentState.ACKNOWLEDGED, IncidentState.UNKNOWN)
# Prefix of the ids of silences made by [[maintenance]].
MAINTENANCE = "maintenance-"
# For a silence over everything in a storm: beyond this, people see the list of silences instead of one page each.
_MOST_TOLD = 200


def insert_silence(connection: Connection, silence: Silence, *, now: datetime) -> None:
    """Stores it, and sends it to everybody who was paged about an incident that it mutes now."""
    connection.execute(insert(silences).values(**asdict(silence)))
    for incident in read_incidents(connection, states=UNRESOLVED, limit=_MOST_TOLD):
        if not silence.mutes(incident, now):
            continue
        tell_follow_up(connection, incident, TransitionKind.SILENCE, now=now, by=silence.created_by)


def keep_maintenance(connection: Connection, wanted: Sequence[Silence], *, now: datetime) -> bool:
    """Stores new ones, and ends those that are not wanted any more; returns whether anything changed. One
    that a person has ended stays ended. It is not sent to anybody: it was planned."""
    c = silences.c
    ids = [one.silence_id for one in wanted]
    known = set(connection.execute(select(c.silence_id).where(c.silence_id.in_(ids))).scalars())
    new = [asdict(one) for one in wanted if one.silence_id not in known]
    if new:
        connection.execute(insert(silences).values(new))
    gone = update(silences).where(c.silence_id.startswith(MAINTENANCE), c.silence_id.not_in(ids), c.ends_at > now)
    return bool(connection.execute(gone.values(ends_at=now)).rowcount) or bool(new)


def end_silence(connection: Connection, silence_id: str, *, now: datetime) -> bool:
    """Ends a current or future silence; False if there is none."""
    wanted = update(silences).where(silences.c.silence_id == silence_id, silences.c.ends_at > now)
    return connection.execute(wanted.values(ends_at=now)).rowcount > 0


def read_active_silences(connection: Connection, now: datetime) -> list[Silence]:
    """Those in force, the one that ends last first."""
    wanted = select(silences).where(silences.c.starts_at <= now, silences.c.ends_at > now)
    found = connection.execute(wanted.order_by(silences.c.ends_at.desc()))
    return [Silence(**{column.name: getattr(row, column.name) for column in silences.c}) for row in found]
