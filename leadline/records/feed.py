"""The change feed: what changed, in commit order, for readers that follow the records into another store.

There is one row per object, moved to the end with each change: the feed has as many rows as objects, and a reader that
was away for a week reads each once. It is written in the transaction that changes the object. Positions grow and have
gaps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import Connection, delete, func, insert, select

from leadline.model import Action, Deployment, FlagChange, Incident, Notification, RecordedVerdict, RunResult
from leadline.records.action_rows import read_actions
from leadline.records.deployment_rows import read_deployments
from leadline.records.flag_rows import read_flag_changes
from leadline.records.incident_rows import read_incidents_by_id
from leadline.records.notification_rows import read_notifications_by_id
from leadline.records.nouns import Change, ChangeKind
from leadline.records.run_rows import read_runs_by_id
from leadline.records.tables import changes
from leadline.records.verdict_rows import read_verdicts

__all__ = ["note_change", "read_changes", "read_newest_position"]

_Noun = RunResult | Incident | Notification | Deployment | FlagChange | RecordedVerdict | Action


def note_change(connection: Connection, kind: ChangeKind, *noun_ids: str, is_new: bool = False) -> None:
    """Notes that these objects changed, in the same transaction. `is_new`: they were never in the feed."""
    if not noun_ids:
        return
    if not is_new:
        connection.execute(delete(changes).where(changes.c.kind == kind, changes.c.noun_id.in_(noun_ids)))
    connection.execute(insert(changes), [{"kind": kind, "noun_id": noun_id} for noun_id in noun_ids])


def read_changes(connection: Connection, *, after: int, limit: int) -> list[Change]:
    """The first `limit` changes after position `after`, each object in its current state."""
    found = connection.execute(
        select(changes).where(changes.c.position > after).order_by(changes.c.position).limit(limit)
    ).all()
    nouns: dict[tuple[str, str], _Noun] = {}
    for kind, read in _READERS.items():
        ids = [row.noun_id for row in found if row.kind == kind]
        nouns.update({(kind, noun_id): noun for noun_id, noun in read(connection, ids).items()})
    return [
        Change(position=row.position, kind=row.kind, noun=nouns[row.kind, row.noun_id])
        for row in found
        if (row.kind, row.noun_id) in nouns
    ]


def read_newest_position(connection: Connection) -> int:
    """The last position of the feed; 0 if nothing has changed yet. Cheap: the dashboard asks twice a second."""
    return int(connection.execute(select(func.coalesce(func.max(changes.c.position), 0))).scalar_one())


_READERS: dict[ChangeKind, Callable[[Connection, Sequence[str]], Mapping[str, _Noun]]] = {
    "run": read_runs_by_id,
    "incident": read_incidents_by_id,
    "notification": read_notifications_by_id,
    "deployment": read_deployments,
    "flag_change": read_flag_changes,
    "verdict": read_verdicts,
    "action": read_actions,
}
