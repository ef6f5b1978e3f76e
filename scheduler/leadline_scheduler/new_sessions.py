"""Asks the store how many new sessions are on the rolled-back version, or in its cohort. If the store does not answer,
that is no error.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from leadline.errors import LeadlineError
from leadline.guard.hooks.seam import Act
from leadline.guard.shares import cohort_of
from leadline.guard.verification import Share
from leadline.storeclient.asynchronous import AsyncStoreClient
from leadline.storeclient.questions import NEW_SESSIONS, NewSessions


class SessionCounter:
    """Use from one event loop; `close` it."""

    def __init__(self, run: Path) -> None:
        self._store = AsyncStoreClient(run)

    async def ask(self, act: Act, flag: str | None, off_variant: str | None, since: datetime) -> Share | None:
        if act.app is None:
            return None
        cohort = cohort_of(act.canary) if flag is None else None
        version = act.canary if cohort is None else None
        asked = NewSessions(
            since=since, app=act.app, version=version, cohort=cohort, flag=flag, off_variant=off_variant
        )
        try:
            row = await self._store.ask(NEW_SESSIONS, asked)
        except LeadlineError:
            return None
        return Share(sessions=int(row["sessions"]), bad=int(row["bad"]))

    async def close(self) -> None:
        await self._store.close()
