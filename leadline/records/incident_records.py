"""Incidents in the records, and what persons add to them: the on-call's part of `Records`."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from leadline.model import Incident, IncidentState
from leadline.records import acknowledgement, incident_rows, marks, note_rows, release_causes, shared
from leadline.records.database import Database
from leadline.records.nouns import Note, Transition

__all__ = ["IncidentRecords"]


class IncidentRecords:
    """Each method is one transaction, as in `Records`."""

    _database: Database

    def incidents(self, *, states: Collection[IncidentState] | None = None, limit: int = 100) -> list[Incident]:
        """The newest first."""
        with self._database.reading() as connection:
            return incident_rows.read_incidents(connection, states=states, limit=limit)

    def incident(self, incident_id: str) -> Incident | None:
        with self._database.reading() as connection:
            return incident_rows.read_incident(connection, incident_id)

    def release_of(self, incident: Incident) -> Incident | None:
        """The release that shares the page of a journey's incident, open or over; None if there is none."""
        with self._database.reading() as connection:
            return release_causes.find_release(connection, incident)

    def transitions(self, incident_id: str) -> list[Transition]:
        """An incident's history, the oldest first."""
        with self._database.reading() as connection:
            return incident_rows.read_transitions(connection, incident_id)

    def told_with(self, incident_id: str) -> list[Incident]:
        """The unresolved incidents that one message (one cause, a storm) reported with this one as its first."""
        with self._database.reading() as connection:
            return shared.find_told_with(connection, incident_id)

    def monitor_names(self) -> set[tuple[str, str, str]]:
        """Kind, app and name of each journey and check that has a result or an unresolved incident."""
        with self._database.reading() as connection:
            seen = {(one.monitor, one.app, one.name) for one in marks.read_last_results(connection)}
            subjects = [one.subject for one in incident_rows.read_unresolved(connection)]
        return {*seen, *((one.kind, one.app or "", one.name) for one in subjects if one.kind in ("journey", "check"))}

    def acknowledge(self, incident_id: str, *, by: str, now: datetime, with_message: bool = False) -> Incident | None:
        """Acknowledges; `with_message`: also all that its message reported. A resolved or acknowledged incident stays
        unchanged; None if there is none."""
        with self._database.writing() as connection:
            return acknowledgement.acknowledge(connection, incident_id, by=by, now=now, with_message=with_message)

    def add_note(self, note: Note) -> bool:
        """Adds a person's note to an incident, also to one that is over; False if there is no such incident."""
        with self._database.writing() as connection:
            return note_rows.insert_note(connection, note)

    def notes(self, incident_id: str) -> list[Note]:
        """The oldest first."""
        with self._database.reading() as connection:
            return note_rows.read_notes(connection, incident_id)
