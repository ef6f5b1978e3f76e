"""Incidents and their transitions, to rows and back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, text, update

from leadline.clock import new_id
from leadline.model import Incident, IncidentKind, IncidentState, Subject, TransitionKind
from leadline.records.nouns import Transition
from leadline.records.tables import incidents, transitions

__all__ = [
    "add_transition",
    "find_recently_resolved",
    "find_unresolved_incident",
    "insert_incident",
    "read_incident",
    "read_incidents",
    "read_incidents_by_id",
    "read_quiet_incidents",
    "read_transitions",
    "read_unresolved",
    "update_incident",
]

# Made once: building a statement costs as much as running it. The state is a literal for the partial index.
_UNRESOLVED = select(incidents).where(
    incidents.c.app == bindparam("of_app"),
    incidents.c.environment == bindparam("of_environment"),
    incidents.c.subject_kind == bindparam("of_subject_kind"),
    incidents.c.subject == bindparam("of_subject"),
    incidents.c.kind == bindparam("of_kind"),
    text("incidents.state != 'resolved'"),
)
_PLAIN = [column.name for column in incidents.c if column.name not in ("subject_kind", "subject", "app", "environment")]


def find_unresolved_incident(connection: Connection, subject: Subject, *, kind: IncidentKind) -> Incident | None:
    """The subject's unresolved incident of that kind."""
    wanted = {f"of_{name}": value for name, value in _subject_values(subject).items()}
    row = connection.execute(_UNRESOLVED, wanted | {"of_kind": kind}).first()
    return as_incident(row) if row is not None else None


def find_recently_resolved(
    connection: Connection, subject: Subject, *, kind: IncidentKind, since: datetime
) -> Incident | None:
    """The subject's most recently ended incident of that kind, if it ended after `since`."""
    values = _subject_values(subject)
    wanted = select(incidents).where(
        incidents.c.subject == subject.name,
        incidents.c.resolved_at > since,
        incidents.c.subject_kind == values["subject_kind"],
        incidents.c.app == values["app"],
        incidents.c.environment == values["environment"],
        incidents.c.kind == kind,
        incidents.c.state == IncidentState.RESOLVED.value,
    )
    row = connection.execute(wanted.order_by(incidents.c.resolved_at.desc()).limit(1)).first()
    return as_incident(row) if row is not None else None


def read_unresolved(connection: Connection) -> list[Incident]:
    """All unresolved incidents."""
    wanted = select(incidents).where(text("incidents.state != 'resolved'"))
    return [as_incident(row) for row in connection.execute(wanted)]


def read_quiet_incidents(connection: Connection) -> list[Incident]:
    """Incidents that came and went, are healthy now, and have not ended yet."""
    wanted = select(incidents).where(text("incidents.state != 'resolved'"), incidents.c.quiet_since.is_not(None))
    return [as_incident(row) for row in connection.execute(wanted)]


def insert_incident(connection: Connection, incident: Incident) -> None:
    connection.execute(insert(incidents).values(**_values(incident)))


def update_incident(connection: Connection, incident: Incident) -> None:
    wanted = update(incidents).where(incidents.c.incident_id == incident.incident_id)
    connection.execute(wanted.values(**_values(incident)))


def add_transition(
    connection: Connection,
    incident: Incident,
    kind: TransitionKind,
    *,
    at: datetime,
    run_id: str | None = None,
    by: str | None = None,
) -> str:
    """A row of the incident's history, with the title it had then; its id."""
    transition_id = new_id()
    connection.execute(
        insert(transitions).values(
            transition_id=transition_id,
            incident_id=incident.incident_id,
            kind=kind,
            at=at,
            run_id=run_id,
            by=by,
            title=incident.title,
        )
    )
    return transition_id


def read_incident(connection: Connection, incident_id: str) -> Incident | None:
    return read_incidents_by_id(connection, [incident_id]).get(incident_id)


def read_incidents(connection: Connection, *, states: Collection[IncidentState] | None, limit: int) -> list[Incident]:
    """The newest first."""
    wanted = select(incidents).order_by(incidents.c.opened_at.desc(), incidents.c.incident_id.desc()).limit(limit)
    if states is not None:
        wanted = wanted.where(incidents.c.state.in_([str(state) for state in states]))
    return [as_incident(row) for row in connection.execute(wanted)]


def read_incidents_by_id(connection: Connection, incident_ids: Sequence[str]) -> dict[str, Incident]:
    found = connection.execute(select(incidents).where(incidents.c.incident_id.in_(incident_ids)))
    return {row.incident_id: as_incident(row) for row in found}


def read_transitions(connection: Connection, incident_id: str) -> list[Transition]:
    """An incident's history, the oldest first."""
    wanted = select(transitions).where(transitions.c.incident_id == incident_id)
    return [
        Transition(
            transition_id=row.transition_id,
            incident_id=row.incident_id,
            kind=TransitionKind(row.kind),
            at=row.at,
            run_id=row.run_id,
            by=row.by,
            title=row.title,
        )
        for row in connection.execute(wanted.order_by(transitions.c.at, transitions.c.transition_id))
    ]


def as_incident(row: Row[Any]) -> Incident:
    """A row that has every column of `incidents`."""
    values = {name: getattr(row, name) for name in _PLAIN}
    subject = Subject(kind=row.subject_kind, name=row.subject, app=row.app or None, environment=row.environment or None)
    return Incident(**{**values, "subject": subject, "state": IncidentState(values["state"])})


def _values(incident: Incident) -> dict[str, Any]:
    return {name: getattr(incident, name) for name in _PLAIN} | _subject_values(incident.subject)


def _subject_values(subject: Subject) -> dict[str, str]:
    return {
        "subject_kind": subject.kind,
        "subject": subject.name,
        "app": subject.app or "",
        "environment": subject.environment or "",
    }
