"""Counts how many new sessions are on the canary of a stage, as the store knows them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from leadline.errors import LeadlineError
from leadline.guard.shares import Share, cohort_of
from leadline.model import Move
from leadline.storeclient.questions import NEW_SESSIONS, NewSessions
from leadline_scheduler.asks_store import AsksStore


async def count_new_sessions(store: AsksStore, move: Move, since: Sequence[datetime]) -> list[Share]:
    """One for each time; none where the version is not known, or the store does not answer."""
    if move.canary is None:
        return []
    cohort = cohort_of(move.canary)
    version = None if cohort is not None else move.canary
    found = []
    for one in since:
        asked = NewSessions(since=one, app=move.app, version=version, cohort=cohort)
        try:
            row = await store.ask(NEW_SESSIONS, asked)
        except LeadlineError:
            return []
        found.append(Share(sessions=int(row["sessions"]), bad=int(row["bad"])))
    return found
