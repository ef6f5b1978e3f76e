"""Whether new users get a version: sessions since a hook ran or a stage was requested, and how many are on it."""

from __future__ import annotations

from datetime import UTC

from leadline.store import Store
from leadline.store.questions import ask
from leadline.storeclient.questions import NewSessions, Row


def count_new_sessions(store: Store, asked: NewSessions) -> Row:
    """One row: `sessions` and `bad`."""
    since = asked.since.astimezone(UTC).replace(tzinfo=None)
    answer = ask(
        store,
        "new_sessions_on",
        since=since,
        app=asked.app,
        version=asked.version,
        cohort=asked.cohort,
        flag=asked.flag,
        off=asked.off_variant,
    )
    row: Row = answer.to_pylist()[0]
    return row
