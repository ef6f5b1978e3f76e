"""The stages of releases that a hook or a person exposes. Each hook's attempt has a lease here and a receipt in its
action; what was taken back is never exposed again.

An attempt whose holder died is repeated with the key of its action.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, or_, select, update

from leadline.clock import new_id
from leadline.model import Action, Move
from leadline.records import leases
from leadline.records.action_rows import read_action, write_action
from leadline.records.feed import note_change
from leadline.records.guard_tables import actions, release_moves
from leadline.records.tables import audit

__all__ = ["begin_move", "claim_move", "end_release", "list_moves", "write_move"]

_m = release_moves.c
_NOUN = tuple(Move.__dataclass_fields__)
# What a later look may change; a stage is never another one, or asked for by somebody else.
_CHANGES = ("canary", "baseline", "seen_at", "seen", "missed_at")


def list_moves(connection: Connection, *, app: str | None, limit: int) -> list[Move]:
    """The newest first."""
    wanted = select(release_moves).order_by(_m.asked_at.desc(), _m.move_id.desc())
    if app is not None:
        wanted = wanted.where(_m.app == app)
    return [_as_move(row) for row in connection.execute(wanted.limit(limit))]


def begin_move(
    connection: Connection, move: Move, action: Action, *, over: str | None, owner: str | None, lease_s: float
) -> bool:
    """False where another stage than `over` is the newest of the app by now. `owner` does it itself, at once."""
    newest = list_moves(connection, app=move.app, limit=1)
    if over != (newest[0].move_id if newest else None):
        return False
    lease = leases.take(owner, move.asked_at, lease_s=lease_s) if owner is not None else leases.NO_LEASE
    connection.execute(insert(release_moves).values(**asdict(move), next_attempt_at=None, **lease))
    write_action(connection, action)
    note_change(connection, "action", action.action_id, is_new=True)
    return True


def claim_move(connection: Connection, *, owner: str, now: datetime, lease_s: float) -> tuple[Move, Action] | None:
    """The next stage whose hook is to be run now, and its action."""
    wanted = (
        select(release_moves)
        .join(actions, actions.c.action_id == _m.move_id)
        .where(
            _m.way == "hook",
            _m.ended_at.is_(None),
            actions.c.state == "executing",
            or_(_m.next_attempt_at.is_(None), _m.next_attempt_at <= now),
            leases.is_free(release_moves, now),
        )
        .order_by(_m.asked_at, _m.move_id)
        .limit(1)
        .with_for_update(of=release_moves, skip_locked=True)
    )
    row = connection.execute(wanted).first()
    if row is None:
        return None
    connection.execute(
        update(release_moves).where(_m.move_id == row.move_id).values(**leases.take(owner, now, lease_s=lease_s))
    )
    action = read_action(connection, row.move_id)
    assert action is not None
    return _as_move(row), action


def write_move(connection: Connection, move: Move, action: Action | None, *, next_attempt_at: datetime | None) -> bool:
    """What is known of it now. With `action`, what the attempt or the look came to: its lease ends. False where the
    release was taken back meanwhile; the action is kept all the same."""
    values: dict[str, Any] = {name: getattr(move, name) for name in _CHANGES}
    if action is not None:
        values |= {"next_attempt_at": next_attempt_at, **leases.NO_LEASE}
        write_action(connection, action)
        note_change(connection, "action", action.action_id)
    done = update(release_moves).where(_m.move_id == move.move_id, _m.ended_at.is_(None)).values(**values)
    return connection.execute(done).rowcount == 1


def end_release(
    connection: Connection, app: str, *, by: str, reason: str, at: datetime, canary: str | None = None
) -> Move | None:
    """Its stages expose nothing any more. The newest stage; None where no release is under way, or where it is one of
    another version than `canary`."""
    newest = next(iter(list_moves(connection, app=app, limit=1)), None)
    if newest is None or newest.ended_at is not None:
        return None
    if canary is not None and newest.canary not in (None, canary):
        return None
    ended = {"ended_at": at, "ended_by": by, "ended_reason": reason}
    connection.execute(update(release_moves).where(_m.release_id == newest.release_id).values(**ended))
    connection.execute(
        insert(audit).values(
            audit_id=new_id(), at=at, by=by, action="release taken back", noun=f"release of {app}", detail=reason
        )
    )
    return newest


def _as_move(row: Row[Any]) -> Move:
    return Move(**{name: getattr(row, name) for name in _NOUN})
