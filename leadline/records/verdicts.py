"""Records a verdict if it differs from the previous one, with the incident of its release, in one transaction.

The rows are the audit of decisions; they are never changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from leadline.clock import new_id
from leadline.incidents import Judgement, Owed, Routing, find_in_verdict
from leadline.incidents.acts import NO_ACTS, ActRules
from leadline.model import RecordedVerdict, Subject, Verdict
from leadline.records.feed import note_change
from leadline.records.findings import commit_findings
from leadline.records.owed_hooks import act_on_verdict
from leadline.records.release_causes import find_heard, find_joined, note_passing, share_cause
from leadline.records.verdict_rows import insert_verdict, read_last_verdict

__all__ = ["commit_verdict"]


def commit_verdict(
    connection: Connection,
    verdict: Verdict,
    *,
    environment: str,
    routing: Routing,
    now: datetime,
    also: Sequence[Owed] = (),
    acts: ActRules = NO_ACTS,
) -> tuple[RecordedVerdict | None, Judgement | None]:
    """Appends the verdict if it says something new about its canary, and opens, changes or ends its incident.

    `acts` says which hook to queue with a rollback; `also` is queued with an opening. Both parts of the answer are None
    where nothing changed.
    """
    recorded = None
    before = read_last_verdict(connection, verdict)
    if before is None or _as_said(before.verdict) != _as_said(verdict):
        recorded = RecordedVerdict(verdict_id=new_id(), environment=environment, verdict=verdict)
        insert_verdict(connection, recorded)
        note_change(connection, "verdict", recorded.verdict_id, is_new=True)
    observed = find_in_verdict(verdict)
    if observed is None:
        return recorded, None
    subject = Subject(kind="release", name=verdict.canary, app=verdict.app, environment=environment)
    joined = find_joined(connection, observed, subject, now=now)
    heard = find_heard(connection, observed, subject, now=now)
    observed = share_cause(connection, joined, note_passing(connection, observed, subject, now=now), subject)
    judgement = commit_findings(
        connection, subject, observed, routing=routing, now=now, also=also, joined=joined, heard=heard
    )
    latest = recorded or before
    if latest is not None and judgement.incident is not None:
        latest = RecordedVerdict(verdict_id=latest.verdict_id, environment=environment, verdict=verdict)
        act_on_verdict(connection, latest, judgement.incident.incident_id, acts, now=now)
    return recorded, judgement if judgement.transition is not None else None


def _as_said(verdict: Verdict) -> tuple[object, ...]:
    """The content of a verdict without its numbers, because figures change every minute."""
    states = tuple((metric.name, metric.state) for metric in verdict.metrics if metric.state in {"worse", "suspect"})
    return verdict.verdict, verdict.codes, states, verdict.stage, verdict.baseline, verdict.may_act, verdict.is_exposed
