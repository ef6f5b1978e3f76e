"""Notes that persons add to incidents. They page nobody and are never changed."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select

from leadline.records import feed
from leadline.records.nouns import Note
from leadline.records.tables import incidents, notes

__all__ = ["insert_note", "read_notes"]


def insert_note(connection: Connection, note: Note) -> bool:
    """Idempotent by note; False if there is no such incident."""
    known = select(incidents.c.incident_id).where(incidents.c.incident_id == note.incident_id)
    if connection.execute(known).first() is None:
        return False
    held = select(notes.c.note_id).where(notes.c.note_id == note.note_id)
    if connection.execute(held).first() is None:
        values = {"note_id": note.note_id, "incident_id": note.incident_id, "at": note.at, "by": note.by}
        connection.execute(insert(notes).values(**values, text=note.text))
        feed.note_change(connection, "incident", note.incident_id)
    return True


def read_notes(connection: Connection, incident_id: str) -> list[Note]:
    """The oldest first."""
    wanted = select(notes).where(notes.c.incident_id == incident_id).order_by(notes.c.at, notes.c.note_id)
    return [
        Note(note_id=row.note_id, incident_id=row.incident_id, at=row.at, by=row.by, text=row.text)
        for row in connection.execute(wanted)
    ]
