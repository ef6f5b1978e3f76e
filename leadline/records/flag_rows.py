"""Values that commands, hooks and releases set over the flags of the file, and the history of all changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, insert, select, update

from leadline.clock import new_id
from leadline.flags import FlagState
from leadline.model import FlagChange
from leadline.records.guard_tables import flag_changes, flags
from leadline.records.tables import audit

__all__ = ["list_flag_changes", "read_flag_changes", "read_flag_state", "read_flag_states", "write_flag_state"]

_decoder = msgspec.json.Decoder(FlagState)


def read_flag_states(connection: Connection) -> list[FlagState]:
    """By key."""
    found = connection.execute(select(flags.c.value).order_by(flags.c.flag)).scalars()
    return [_decoder.decode(value) for value in found]


def read_flag_state(connection: Connection, key: str) -> FlagState | None:
    found = connection.execute(select(flags.c.value).where(flags.c.flag == key)).scalar()
    return None if found is None else _decoder.decode(found)


def write_flag_state(connection: Connection, state: FlagState, change: FlagChange) -> None:
    """Writes the new state, and the change that led to it in the history and in the audit.

    The caller notes the change in the feed.
    """
    values = {
        "value": msgspec.json.encode(state).decode(),
        "changed_at": state.changed_at,
        "changed_by": state.changed_by,
    }
    if connection.execute(update(flags).where(flags.c.flag == state.key).values(**values)).rowcount == 0:
        connection.execute(insert(flags).values(flag=state.key, **values))
    connection.execute(
        insert(flag_changes).values(**{name: getattr(change, name) for name in FlagChange.__dataclass_fields__})
    )
    if change.action != "configured":
        connection.execute(
            insert(audit).values(
                audit_id=new_id(),
                at=change.changed_at,
                by=change.changed_by,
                action=f"flag {change.action}",
                noun=f"flag {change.flag}",
                detail=f"{change.reach}: {change.reason}" if change.reason else change.reach,
            )
        )


def list_flag_changes(connection: Connection, *, flag: str | None, limit: int) -> list[FlagChange]:
    """The newest first."""
    wanted = select(flag_changes).order_by(flag_changes.c.changed_at.desc(), flag_changes.c.change_id.desc())
    if flag is not None:
        wanted = wanted.where(flag_changes.c.flag == flag)
    return [_as_change(row) for row in connection.execute(wanted.limit(limit))]


def read_flag_changes(connection: Connection, change_ids: Sequence[str]) -> dict[str, FlagChange]:
    found = connection.execute(select(flag_changes).where(flag_changes.c.change_id.in_(change_ids)))
    return {row.change_id: _as_change(row) for row in found}


def _as_change(row: Row[Any]) -> FlagChange:
    return FlagChange(**{column.name: getattr(row, column.name) for column in flag_changes.c})
