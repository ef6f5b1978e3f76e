"""Acting on a verdict: the first hook is queued in the verdict's transaction, and the pages wait for its result.

Hook first, pages after: pages about the rollback are due when the hook is verified or has failed, and at the latest
when `hold` has passed, even if a process dies meanwhile.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, and_, or_, select, update

from leadline.clock import new_id
from leadline.incidents import Owed
from leadline.incidents.acts import ActPlan, ActRules, plan_acts
from leadline.model import Action, IncidentState, TransitionKind
from leadline.model.verdicts import RecordedVerdict
from leadline.records.action_rows import list_actions, write_action
from leadline.records.feed import note_change
from leadline.records.follow_ups import tell_follow_up
from leadline.records.incident_rows import read_incident
from leadline.records.notification_rows import UNSENT
from leadline.records.outbox import queue
from leadline.records.release_causes import name_joined
from leadline.records.release_moves import end_release
from leadline.records.tables import notifications, transitions

__all__ = ["act_on_verdict", "owe_fallback", "release_pages", "tell_fallback"]

_n = notifications.c


def act_on_verdict(
    connection: Connection, recorded: RecordedVerdict, incident_id: str, rules: ActRules, *, now: datetime
) -> Action | None:
    """Queues the first hook, or records what would have been done. None if there is nothing to do."""
    known = list_actions(connection, incident_id=incident_id, hook=None, states=None, limit=100)
    plan = plan_acts(recorded.verdict, rules, known)
    if plan is None:
        return None
    if plan.how == "would_have":
        action = _make_action(new_id(), recorded, incident_id, plan, key="", now=now)
        _write(connection, action, is_new=True)
        return action
    by = f"verdict {recorded.verdict_id}"
    verdict = recorded.verdict
    end_release(connection, verdict.app, by=by, reason=plan.reason, at=now, canary=verdict.canary)
    transition_id = _newest_transition(connection, incident_id)
    [action_id] = queue(
        connection,
        [Owed(name=plan.hook, kind="hook")],
        incident_id=incident_id,
        transition_id=transition_id,
        transition=TransitionKind.OPEN,
        now=now,
    )
    key = f"{incident_id}/rollback/{plan.hook}"
    action = _make_action(action_id, recorded, incident_id, plan, key=key, now=now)
    _write(connection, action, is_new=True)
    waiting = update(notifications).where(
        _n.transition_id == transition_id, _n.kind == "target", _n.attempts == 0, _n.state.in_(UNSENT), _n.due_at <= now
    )
    connection.execute(waiting.values(due_at=now + rules.hold))
    # The release as a change of a journey's page waits as well; the journey's page itself does not.
    joined = update(notifications).where(
        _n.incident_id.in_(name_joined(connection, incident_id)),
        _n.transition == TransitionKind.CHANGE.value,
        _n.created_at == now,
        _n.attempts == 0,
        _n.state.in_(UNSENT),
        _n.due_at <= now,
    )
    connection.execute(joined.values(due_at=now + rules.hold))
    return action


def owe_fallback(connection: Connection, failed: Action, *, hook: str, kind: str, now: datetime) -> Action:
    """Queues the next hook after a failed one, under the same verdict."""
    assert failed.incident_id is not None
    [action_id] = queue(
        connection,
        [Owed(name=hook, kind="hook", level="fallback")],
        incident_id=failed.incident_id,
        transition_id=_newest_transition(connection, failed.incident_id),
        transition=TransitionKind.OPEN,
        now=now,
    )
    action = Action(
        action_id=action_id,
        hook=hook,
        kind=kind,
        state="executing",
        cause="fallback",
        requested_at=now,
        requested_by=failed.requested_by,
        idempotency_key=f"{failed.incident_id}/rollback/{hook}",
        app=failed.app,
        environment=failed.environment,
        canary=failed.canary,
        baseline=failed.baseline,
        incident_id=failed.incident_id,
        verdict_id=failed.verdict_id,
        instead_of=failed.action_id,
        reason=f"{failed.hook} failed: {failed.error}",
    )
    _write(connection, action, is_new=True)
    return action


def tell_fallback(connection: Connection, verified: Action, *, now: datetime) -> None:
    """The page that said that a hook failed is not the last word: it is followed by a change. A page that was not sent
    yet says it itself.
    """
    assert verified.incident_id is not None
    incident = read_incident(connection, verified.incident_id)
    if verified.cause != "fallback" or incident is None or incident.state is IncidentState.RESOLVED:
        return
    sent = select(_n.notification_id).where(
        _n.incident_id == verified.incident_id, _n.kind == "target", _n.accepted_at.is_not(None)
    )
    if connection.execute(sent.limit(1)).first() is not None:
        tell_follow_up(connection, incident, TransitionKind.CHANGE, now=now)


def release_pages(connection: Connection, incident_id: str, *, now: datetime) -> None:
    """Makes pages that waited for a hook due now."""
    joined = name_joined(connection, incident_id)
    waiting = update(notifications).where(
        or_(_n.incident_id == incident_id, and_(_n.incident_id.in_(joined), _n.transition == TransitionKind.CHANGE)),
        _n.kind == "target",
        _n.level != "escalation",
        _n.attempts == 0,
        _n.state.in_(UNSENT),
        _n.due_at > now,
    )
    connection.execute(waiting.values(due_at=now))


def _make_action(
    action_id: str, recorded: RecordedVerdict, incident_id: str, plan: ActPlan, *, key: str, now: datetime
) -> Action:
    verdict = recorded.verdict
    return Action(
        action_id=action_id,
        hook=plan.hook,
        kind=plan.kind,
        state="executing" if plan.how == "act" else "would_have",
        cause="verdict",
        requested_at=now,
        requested_by=f"verdict {recorded.verdict_id}",
        idempotency_key=key,
        app=verdict.app,
        environment=recorded.environment,
        canary=verdict.canary,
        baseline=verdict.baseline,
        incident_id=incident_id,
        verdict_id=recorded.verdict_id,
        reason=plan.reason,
    )


def _write(connection: Connection, action: Action, *, is_new: bool) -> None:
    write_action(connection, action)
    note_change(connection, "action", action.action_id, is_new=is_new)


def _newest_transition(connection: Connection, incident_id: str) -> str:
    newest = select(transitions.c.transition_id).where(transitions.c.incident_id == incident_id)
    found: str = connection.execute(newest.order_by(transitions.c.transition_id.desc()).limit(1)).scalar_one()
    return found
