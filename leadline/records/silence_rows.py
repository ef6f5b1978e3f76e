"""Silences: they mute pages while they are in force, and stay as a record of who muted what and why."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from leadline.records.nouns import Silence
from leadline.records.tables import silences

__all__ = ["end_silence", "insert_silence", "read_active_silences"]


def insert_silence(connection: Connection, silence: Silence) -> None:
    connection.execute(insert(silences).values(**asdict(silence)))


def end_silence(connection: Connection, silence_id: str, *, now: datetime) -> bool:
    """Ends one that is in force or to come; False where there is none."""
    wanted = update(silences).where(silences.c.silence_id == silence_id, silences.c.ends_at > now)
    return connection.execute(wanted.values(ends_at=now)).rowcount > 0


def read_active_silences(connection: Connection, now: datetime) -> list[Silence]:
    """Those in force, the one that ends last first."""
    wanted = select(silences).where(silences.c.starts_at <= now, silences.c.ends_at > now)
    found = connection.execute(wanted.order_by(silences.c.ends_at.desc()))
    return [Silence(**{column.name: getattr(row, column.name) for column in silences.c}) for row in found]
