"""Where every incident begins: findings become a transition, and the transition what is owed, in one transaction.

Runs come here from committing.py; a burn rate, a verdict, a silent location, a hook that failed or Leadline's own
health call `commit_findings` themselves. Nothing is sent from here and nothing is sent that did not pass here. What
findings come to, leadline/incidents decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from leadline.clock import new_id
from leadline.incidents import Judgement, Observed, Owed, Routing, judge_findings
from leadline.model import Incident, IncidentKind, Subject, TransitionKind
from leadline.records.feed import note_change
from leadline.records.incident_rows import add_transition, find_unresolved_incident, insert_incident, update_incident
from leadline.records.outbox import call_off_escalations, list_told, queue

__all__ = ["commit_findings", "write_transition"]


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
) -> Judgement:
    """Opens, changes or resolves the subject's incident of that kind, and queues what is owed for it.

    `also` is queued with an opening besides the pages: hooks, in the same transaction. The same findings again change
    nothing.
    """
    incident = find_unresolved_incident(connection, subject, kind=kind)
    judgement = judge_findings(incident, observed, subject=subject, kind=kind, now=now, new_incident_id=new_id())
    write_transition(connection, judgement, routing=routing, now=now, run_id=run_id, also=also)
    return judgement


def write_transition(
    connection: Connection,
    judgement: Judgement,
    *,
    routing: Routing,
    now: datetime,
    run_id: str | None = None,
    also: Sequence[Owed] = (),
) -> None:
    """The incident as it is now, its history, and one outbox row for everything that is owed; nothing where nothing
    changed."""
    incident, transition = judgement.incident, judgement.transition
    if transition is None or incident is None:
        return
    if transition is TransitionKind.OPEN:
        insert_incident(connection, incident)
    else:
        update_incident(connection, incident)
    transition_id = add_transition(connection, incident, transition, at=now, run_id=run_id)
    note_change(connection, "incident", incident.incident_id, is_new=transition is TransitionKind.OPEN)
    if transition is TransitionKind.RESOLVE:
        call_off_escalations(connection, incident.incident_id, because="the incident is over")
    if judgement.is_news:
        owed = _list_owed(connection, incident, transition, routing)
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
    connection: Connection, incident: Incident, transition: TransitionKind, routing: Routing
) -> dict[TransitionKind, Sequence[Owed]]:
    """What is owed, by the transition that the recipient sees. Whoever was told of the beginning hears of changes and
    of the end, whatever the routes say by now; whom a change brings in (a worse severity) gets an opening."""
    if transition is TransitionKind.OPEN:
        return {transition: routing.list_owed(incident)}
    told = list_told(connection, incident.incident_id)
    if transition is TransitionKind.RESOLVE:
        return {transition: told}
    known = {(one.name, one.recipient) for one in told}
    brought_in = [
        one for one in routing.list_owed(incident) if one.level == "first" and (one.name, one.recipient) not in known
    ]
    return {transition: told, TransitionKind.OPEN: brought_in}
