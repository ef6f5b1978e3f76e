"""Every incident begins here: findings become a transition, and the transition becomes outbox rows, in one transaction.

Runs come here from result_commit.py; a burn rate, a verdict, a silent location, a failed hook or Leadline's own
health call `commit_findings` directly. Nothing is sent from here, but everything that is sent passes here.
leadline/incidents decides what findings do to an incident.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from leadline.clock import new_id
from leadline.incidents import NOBODY, Judgement, Observed, Owed, Routing, end_quiet, is_told, judge_findings
from leadline.model import Incident, IncidentKind, Subject, TransitionKind
from leadline.records.feed import note_change
from leadline.records.incident_rows import (
    add_transition,
    find_recently_resolved,
    find_unresolved_incident,
    insert_incident,
    read_quiet_incidents,
    read_transitions,
    read_unresolved,
    update_incident,
)
from leadline.records.outbox import call_off_escalations, has_unsent_opening, list_told, queue
from leadline.records.release_causes import NOTHING_JOINED, Joined, follow_journey
from leadline.records.shared import find_group, last_told_of

__all__ = ["commit_findings", "end_quiet_incidents", "tell_new_targets", "write_transition"]

# Monitors that join others of the same cause are reported with them, once a minute.
_JOINING = timedelta(minutes=1)


def commit_findings(
    connection: Connection,
    subject: Subject,
    observed: Observed,
    *,
    kind: IncidentKind = "failure",
    routing: Routing,
    now: datetime,
    run_id: str | None = None,
    also: Sequence[Owed] = (),
    quiet: timedelta | None = None,
    hold: timedelta = timedelta(),
    joined: Joined = NOTHING_JOINED,
    heard: Joined = NOTHING_JOINED,
) -> Judgement:
    """Opens, changes or resolves the subject's incident of that kind, and queues its outbox rows.

    `also` is queued with an opening in addition to the pages: hooks, in the same transaction. The same findings again
    change
    nothing. With `quiet`, a finding that comes back within it opens the same incident. `hold` delays the pages of an
    opening, for others of the same cause that are about to be known. `joined`: open incidents whose pages include an
    opening; `heard`: those whose pages have already reported a change.
    """
    incident = find_unresolved_incident(connection, subject, kind=kind)
    recent = None
    if incident is None and quiet is not None and observed.findings:
        recent = find_recently_resolved(connection, subject, kind=kind, since=now - quiet)
    judgement = judge_findings(
        incident,
        observed,
        subject=subject,
        kind=kind,
        now=now,
        new_incident_id=new_id(),
        recent=recent,
        quiet=quiet,
    )
    if judgement.transition is TransitionKind.OPEN and judgement.incident is not None:
        opened = replace(judgement.incident, group_id=find_group(connection, judgement.incident))
        judgement = replace(judgement, incident=opened)
    write_transition(
        connection,
        judgement,
        routing=routing,
        now=now,
        run_id=run_id,
        also=also,
        hold=hold,
        joined=joined,
        heard=heard,
    )
    return judgement


def end_quiet_incidents(connection: Connection, now: datetime) -> list[Incident]:
    """Resolves incidents that came and went and have been healthy for long enough; returns them."""
    ended = []
    for incident in read_quiet_incidents(connection):
        judgement = end_quiet(incident, now=now)
        if judgement.transition is not None:
            write_transition(connection, judgement, routing=NOBODY, now=now)
            follow_journey(connection, judgement.incident or incident, now=now, run_id=None)
            ended.append(incident)
    return ended


def tell_new_targets(connection: Connection, *, routing: Routing, now: datetime, moved: Collection[str] = ()) -> int:
    """If a target that was sent an open incident is gone (renamed, replaced), pages the current targets of the routes;
    returns the number of rows. A second call adds none. Targets in `moved` have another address now: what was delivered
    to the old one is sent again."""
    owed = 0
    for incident in read_unresolved(connection):
        told = list_told(connection, incident.incident_id)
        again = [
            one
            for one in told
            if one.name in moved and routing.has(one) and not has_unsent_opening(connection, incident.incident_id, one)
        ]
        owed += len(
            queue(
                connection,
                again,
                incident_id=incident.incident_id,
                transition_id=None,  # which has a row for this target already
                transition=TransitionKind.OPEN,
                now=now,
            )
        )
        if all(routing.has(one) for one in told):
            continue
        known = {(one.name, one.recipient) for one in told}
        new = [one for one in routing.list_owed(incident) if one.level == "first" and not is_told(one, known)]
        if new:
            transition_id = read_transitions(connection, incident.incident_id)[-1].transition_id
            owed += len(
                queue(
                    connection,
                    new,
                    incident_id=incident.incident_id,
                    transition_id=transition_id,
                    transition=TransitionKind.OPEN,
                    now=now,
                )
            )
    return owed


def write_transition(
    connection: Connection,
    judgement: Judgement,
    *,
    routing: Routing,
    now: datetime,
    run_id: str | None = None,
    also: Sequence[Owed] = (),
    hold: timedelta = timedelta(),
    joined: Joined = NOTHING_JOINED,
    heard: Joined = NOTHING_JOINED,
) -> None:
    """Writes the incident, its history, and one outbox row for each thing to send; nothing if nothing
    changed."""
    incident, transition = judgement.incident, judgement.transition
    if transition is None or incident is None:
        return
    is_new = transition is TransitionKind.OPEN and not incident.reopened
    if is_new:
        insert_incident(connection, incident)
    else:
        update_incident(connection, incident)
    transition_id = add_transition(connection, incident, transition, at=now, run_id=run_id)
    note_change(connection, "incident", incident.incident_id, is_new=is_new)
    if transition is TransitionKind.RESOLVE:
        call_off_escalations(connection, incident.incident_id, because="the incident is over")
    if judgement.is_news:
        owed = _list_owed(connection, incident, transition, routing, hold=hold, now=now, joined=joined, heard=heard)
        for as_transition, rows in owed.items():
            queue(
                connection,
                (*rows, *(also if transition is TransitionKind.OPEN else ())),
                incident_id=incident.incident_id,
                transition_id=transition_id,
                transition=as_transition,
                now=now,
            )


def _list_owed(
    connection: Connection,
    incident: Incident,
    transition: TransitionKind,
    routing: Routing,
    *,
    hold: timedelta,
    now: datetime,
    joined: Joined,
    heard: Joined,
) -> dict[TransitionKind, Sequence[Owed]]:
    """What to send, with the transition that the recipient sees. Everybody who was sent the opening is sent changes and
    the end, whatever the routes say now; targets added by a change (a worse severity) get an opening."""
    if transition is TransitionKind.OPEN:
        owed = joined.tell(connection, routing.list_owed(incident, now=now), now=now)
        return {transition: [_put_off(connection, one, incident, hold, now) for one in owed]}
    told = list_told(connection, incident.incident_id)
    if transition is TransitionKind.RESOLVE:
        return {transition: told}
    known = {(one.name, one.recipient) for one in told}
    told = [one for one in told if not heard.have_told(connection, one)]
    brought_in = [one for one in routing.list_owed(incident) if one.level == "first" and not is_told(one, known)]
    return {transition: told, TransitionKind.OPEN: brought_in}


def _put_off(connection: Connection, owed: Owed, incident: Incident, hold: timedelta, now: datetime) -> Owed:
    """Delays the page of an incident that shares its cause with others, so that one message includes all."""
    if owed.level != "first" or incident.shared_cause is None:
        return owed
    last = last_told_of(connection, incident, target=owed.name)
    pause = max(hold, last + _JOINING - now) if last is not None and last <= now else hold
    return replace(owed, after=max(owed.after, pause))
