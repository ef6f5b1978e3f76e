"""Watches report findings here: an incident opens, changes or ends, and the dispatcher is woken.

There is one for all watches. `routing` is the one in force: a saved file replaces it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from leadline.incidents import Judgement, Observed, Routing
from leadline.model import Incident, IncidentKind, IncidentState, Subject
from leadline.records import Records
from leadline_scheduler.records_thread import RecordsThread

_UNRESOLVED = [state for state in IncidentState if state is not IncidentState.RESOLVED]
_MOST_INCIDENTS = 100_000


class IncidentDesk:
    """`on_transition` is called after each commit that queues a page."""

    def __init__(
        self, *, records: Records, thread: RecordsThread, routing: Routing, on_transition: Callable[[], None]
    ) -> None:
        self.routing = routing
        self._records = records
        self._thread = thread
        self._on_transition = on_transition

    async def commit(
        self, subject: Subject, observed: Observed, *, now: datetime, kind: IncidentKind = "failure"
    ) -> Judgement:
        """Commits all current findings of `subject`. Raises StorageUnavailable; then nothing was stored."""
        commit = partial(self._records.commit_findings, subject, observed, kind=kind, routing=self.routing, now=now)
        judgement = await self._thread.do(commit)
        if judgement.is_news:
            self._on_transition()
        return judgement

    async def end_quiet(self, now: datetime) -> None:
        """Ends incidents that came and went and have been healthy for long enough."""
        if not await self._thread.do(self._records.has_quiet_incidents):
            return
        if await self._thread.do(partial(self._records.end_quiet_incidents, now)):
            self._on_transition()

    async def list_unresolved(self) -> list[Incident]:
        return await self._thread.do(partial(self._records.incidents, states=_UNRESOLVED, limit=_MOST_INCIDENTS))
