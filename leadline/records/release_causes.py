"""A release on which journeys fail shares its cause with them: everybody who was paged about a journey gets the release
as a change of that page, and everybody else gets a separate page.

This applies only if nothing but the journeys speaks against the release: harm to real users is news to everybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from leadline.incidents import Observed, Owed, is_told
from leadline.incidents.shared_causes import name_release_cause
from leadline.incidents.verdict_findings import HARD_FAILURES, note_findings, note_journeys
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
    "find_heard",
    "find_joined",
    "find_release",
    "find_together",
    "follow_journey",
    "join_of",
    "name_joined",
    "note_passing",
    "share_cause",
]

_ALONE = {HARD_FAILURES}
# A journey that recovered longer ago has nothing to do with it.
_HEALED_LATELY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Joined:
    """The open incidents of journeys whose pages include a release."""

    incidents: Sequence[Incident] = ()

    def tell(self, connection: Connection, owed: Sequence[Owed], *, now: datetime) -> list[Owed]:
        """Queues a change of the journey's page for each of `owed` who was paged about a journey; returns the
        others.
        """
        rest = list(owed)
        for incident in self.incidents:
            known = list_told(connection, incident.incident_id)
            told = [one for one in known if one.level != "escalation"]
            # An escalation of the journey's page counts for this page too.
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
            rest = [one for one in rest if one.level != "escalation"]  # already acknowledged
        return rest

    def have_told(self, connection: Connection, owed: Owed) -> bool:
        """Whether a page about one of the journeys was sent there."""
        known = (each for one in self.incidents for each in list_told(connection, one.incident_id))
        return is_told(owed, {(each.name, each.recipient) for each in known})


NOTHING_JOINED = Joined()


def find_joined(connection: Connection, observed: Observed, release: Subject, *, now: datetime) -> Joined:
    """The journeys that fail on this version, if there are no other findings. A journey that is silenced, or less
    severe than the release, does not include the release in its page."""
    if {one.part for one in observed.findings} != _ALONE:
        return NOTHING_JOINED
    return _find_failing(connection, release, now=now)


def find_heard(connection: Connection, observed: Observed, release: Subject, *, now: datetime) -> Joined:
    """The journeys whose pages already include a change: the release's incident was open for another reason, and the
    only new finding is that they fail."""
    incident = find_unresolved_incident(connection, release, kind="failure")
    if incident is None:
        return NOTHING_JOINED
    known = {one.part: one.severity for one in incident.findings}
    new = {one.part for one in observed.findings if known.get(one.part) != one.severity}
    return _find_failing(connection, release, now=now) if new == _ALONE else NOTHING_JOINED


def _find_failing(connection: Connection, release: Subject, *, now: datetime) -> Joined:
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


def note_passing(connection: Connection, observed: Observed, release: Subject, *, now: datetime) -> Observed:
    """The findings, with the time since when the journeys that failed on this version pass again, if they do."""
    if HARD_FAILURES not in {one.part for one in observed.findings}:
        return observed
    c = incidents.c
    wanted = select(incidents).where(
        c.subject_kind == "journey",
        c.kind == "failure",
        c.app == (release.app or ""),
        c.environment == (release.environment or ""),
        (c.state != IncidentState.RESOLVED.value) | (c.resolved_at > now - _HEALED_LATELY),
    )
    found = [as_incident(row) for row in connection.execute(wanted.order_by(c.opened_at.desc()).limit(100))]
    of_version = [
        one for one in found if any(each.service_version == release.name for each in (*one.findings, *one.healed))
    ]
    ends = [one.resolved_at for one in of_version if one.resolved_at is not None]
    is_over = len(ends) == len(of_version)
    return note_findings(observed, max(ends) if ends and is_over else None)


def follow_journey(connection: Connection, journey: Incident, *, now: datetime, run_id: str | None) -> None:
    """Updates the releases that share this journey's page: whether journeys pass on them again. It is not news: the
    journey's own end reports it."""
    for release in find_together(connection, journey):
        after = note_journeys(release, None if find_together(connection, release) else now)
        if after != release:
            update_incident(connection, after)
            add_transition(connection, after, TransitionKind.CHANGE, at=now, run_id=run_id)
            note_change(connection, "incident", after.incident_id)


def share_cause(connection: Connection, joined: Joined, observed: Observed, release: Subject) -> Observed:
    """Gives the release's findings and the journeys' incidents the same cause."""
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
    """The cause of a journey that fails on a version whose release was already failed by journeys."""
    if version is None:
        return None
    subject = Subject(kind="release", name=version, app=app, environment=environment)
    release = find_unresolved_incident(connection, subject, kind="failure")
    return release.shared_cause if release is not None else None


def find_release(connection: Connection, incident: Incident) -> Incident | None:
    """The release that shares a journey's page: the newest with its cause since it opened."""
    return next((one for one in _of_cause(connection, incident, "release") if _overlap(one, incident)), None)


def find_together(connection: Connection, incident: Incident) -> list[Incident]:
    """The unresolved incidents that share this page: a journey's releases, a release's journeys."""
    other = {"journey": "release", "release": "journey"}.get(incident.subject.kind)
    found = _of_cause(connection, incident, other) if other else []
    return [one for one in found if one.state is not IncidentState.RESOLVED]


def name_joined(connection: Connection, release_id: str) -> list[str]:
    """The ids of the unresolved journey incidents whose pages include this release."""
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
    """The recipient, and the whole target, which includes it."""
    return {(owed.name, owed.recipient), (owed.name, "")}


def _overlap(one: Incident, other: Incident) -> bool:
    """Whether both were open at the same time."""
    return (one.resolved_at is None or one.resolved_at >= other.opened_at) and (
        other.resolved_at is None or other.resolved_at >= one.opened_at
    )
