"""The rows of actions: what hooks did, would have done, and failed to do."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from leadline.clock import new_id
from leadline.model import Action
from leadline.model.actions import ActionState
from leadline.records.guard_tables import actions
from leadline.records.tables import audit

__all__ = ["list_actions", "read_action", "read_actions", "write_action"]

_SAID = {"would_have": "would have run", "executing": "begins", "executed": "was taken", "verified": "is verified"}


def write_action(connection: Connection, action: Action) -> None:
    """Inserts or updates the action, and records a new state in the audit. The caller notes the change."""
    before = connection.execute(select(actions.c.state).where(actions.c.action_id == action.action_id)).scalar()
    values = asdict(action)
    if before is None:
        connection.execute(insert(actions).values(**values))
    else:
        connection.execute(update(actions).where(actions.c.action_id == action.action_id).values(**values))
    if before != action.state:
        said = action.error if action.state == "failed" else (action.evidence or action.detail or action.reason)
        connection.execute(
            insert(audit).values(
                audit_id=new_id(),
                at=action.finished_at or action.executed_at or action.requested_at,
                by=action.requested_by,
                action=f"hook {_SAID.get(action.state, 'failed')}",
                noun=f"hook {action.hook}",
                detail=said,
            )
        )


def read_action(connection: Connection, action_id: str) -> Action | None:
    return read_actions(connection, [action_id]).get(action_id)


def read_actions(connection: Connection, action_ids: Sequence[str]) -> dict[str, Action]:
    found = connection.execute(select(actions).where(actions.c.action_id.in_(action_ids)))
    return {row.action_id: _as_action(row) for row in found}


def list_actions(
    connection: Connection,
    *,
    incident_id: str | None,
    hook: str | None,
    states: Collection[ActionState] | None,
    limit: int,
) -> list[Action]:
    """The newest first."""
    wanted = select(actions).order_by(actions.c.requested_at.desc(), actions.c.action_id.desc())
    if incident_id is not None:
        wanted = wanted.where(actions.c.incident_id == incident_id)
    if hook is not None:
        wanted = wanted.where(actions.c.hook == hook)
    if states is not None:
        wanted = wanted.where(actions.c.state.in_(list(states)))
    return [_as_action(row) for row in connection.execute(wanted.limit(limit))]


def _as_action(row: Row[Any]) -> Action:
    known = {column.name: getattr(row, column.name) for column in actions.c}
    return Action(**known | {"recovery": row.recovery or ""})  # null in rows from before
