"""A release that our own journeys fail on has one cause with them: who was paged about a journey hears of the release
as a change of that page, and everybody else gets a page of its own.

Only where the journeys are all that speaks against the release: harm to real users is news to everybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, select

from leadline.incidents import Observed, Owed, is_told
from leadline.incidents.shared_causes import name_release_cause
from leadline.model import Incident, IncidentState, Subject, TransitionKind
from leadline.records.feed import note_change
from leadline.records.incident_rows import (
    add_transition,
    as_incident,
    find_unresolved_incident,
    read_unresolved,
    update_incident,
)
from leadline.records.outbox import list_told, queue
from leadline.records.silence_rows import read_active_silences
from leadline.records.tables import incidents

__all__ = [
    "NOTHING_JOINED",
    "Joined",
    "find_joined",
    "find_release",
    "find_together",
    "join_of",
    "name_joined",
    "share_cause",
]

_ALONE = {"hard_failures"}


@dataclass(frozen=True, slots=True)
class Joined:
    """The open incidents of journeys whose pages tell of a release too."""

    incidents: Sequence[Incident] = ()

    def tell(self, connection: Connection, owed: Sequence[Owed], *, now: datetime) -> list[Owed]:
        """Queues a change of the journey's page for each of `owed` who was told of a journey; the others."""
        rest = list(owed)
        for incident in self.incidents:
            known = list_told(connection, incident.incident_id)
            told = [one for one in known if one.level != "escalation"]
            # An escalation of the journey's page is one of this page too.
            called = {(one.name, one.recipient) for one in known}
            rest = [one for one in rest if one.level == "first" or not is_told(one, called)]
            heard = [one for one in rest if is_told(one, {(each.name, each.recipient) for each in told})]
            rest = [one for one in rest if one not in heard]
            changed = [one for one in told if any((one.name, one.recipient) in _names(each) for each in heard)]
            if changed:
                transition_id = add_transition(connection, incident, TransitionKind.CHANGE, at=now)
                note_change(connection, "incident", incident.incident_id)
                queue(
                    connection,
                    changed,
                    incident_id=incident.incident_id,
                    transition_id=transition_id,
                    transition=TransitionKind.CHANGE,
                    now=now,
                )
        if any(one.state is IncidentState.ACKNOWLEDGED for one in self.incidents):
            rest = [one for one in rest if one.level != "escalation"]  # somebody is on it already
        return rest


NOTHING_JOINED = Joined()


def find_joined(connection: Connection, observed: Observed, release: Subject, *, now: datetime) -> Joined:
    """The journeys that fail on this version, where they are all that is found. One that is silenced, or less severe
    than the release, carries no news to anybody."""
    if {one.part for one in observed.findings} != _ALONE:
        return NOTHING_JOINED
    silences = read_active_silences(connection, now)
    found = [
        one
        for one in read_unresolved(connection)
        if one.kind == "failure"
        and one.subject.kind == "journey"
        and (one.subject.app, one.subject.environment) == (release.app, release.environment)
        and one.severity == "critical"
        and any(finding.service_version == release.name for finding in one.findings)
        and not any(silence.mutes(one, now) for silence in silences)
    ]
    return Joined(sorted(found, key=lambda one: (one.opened_at, one.incident_id)))


def share_cause(connection: Connection, joined: Joined, observed: Observed, release: Subject) -> Observed:
    """The findings of the release with the cause of its journeys, which their incidents get too."""
    if {one.part for one in observed.findings} != _ALONE:
        return observed
    known = next((one.shared_cause for one in joined.incidents if one.shared_cause is not None), None)
    cause = known or name_release_cause(release)
    for incident in joined.incidents:
        if incident.shared_cause is None:
            update_incident(connection, replace(incident, shared_cause=cause))
            note_change(connection, "incident", incident.incident_id)
    return replace(observed, findings=tuple(replace(one, shared_cause=cause) for one in observed.findings))


def join_of(connection: Connection, *, app: str, environment: str, version: str | None) -> str | None:
    """The cause that a journey shares which fails on a version whose release our journeys have failed already."""
    if version is None:
        return None
    subject = Subject(kind="release", name=version, app=app, environment=environment)
    release = find_unresolved_incident(connection, subject, kind="failure")
    return release.shared_cause if release is not None else None


def find_release(connection: Connection, incident: Incident) -> Incident | None:
    """The release that a journey's incident tells of too: the newest of its cause since it opened."""
    return next((one for one in _of_cause(connection, incident, "release") if _overlap(one, incident)), None)


def find_together(connection: Connection, incident: Incident) -> list[Incident]:
    """The unresolved incidents that are one page with this: a journey's releases, a release's journeys."""
    other = {"journey": "release", "release": "journey"}.get(incident.subject.kind)
    found = _of_cause(connection, incident, other) if other else []
    return [one for one in found if one.state is not IncidentState.RESOLVED]


def name_joined(connection: Connection, release_id: str) -> list[str]:
    """The ids of the unresolved journey incidents that tell of this release."""
    row = connection.execute(select(incidents).where(incidents.c.incident_id == release_id)).first()
    return [] if row is None else [one.incident_id for one in find_together(connection, as_incident(row))]


def _of_cause(connection: Connection, incident: Incident, kind: str) -> list[Incident]:
    if incident.shared_cause is None:
        return []
    c = incidents.c
    wanted = select(incidents).where(
        c.shared_cause == incident.shared_cause,
        c.subject_kind == kind,
        c.kind == "failure",
        c.app == (incident.subject.app or ""),
        c.environment == (incident.subject.environment or ""),
    )
    return [as_incident(row) for row in connection.execute(wanted.order_by(c.opened_at.desc()).limit(100))]


def _names(owed: Owed) -> set[tuple[str, str]]:
    """The recipient, and the whole target, which reaches it too."""
    return {(owed.name, owed.recipient), (owed.name, "")}


def _overlap(one: Incident, other: Incident) -> bool:
    """Whether both were open at some time."""
    return (one.resolved_at is None or one.resolved_at >= other.opened_at) and (
        other.resolved_at is None or other.resolved_at >= one.opened_at
    )
