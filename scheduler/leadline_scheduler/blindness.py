"""Opens an incident for each monitor that nobody can see, and resolves it when a run has judged the site again.

Remembers only what it has told the records already; what is open is read from them at the start. Refuses to resolve
anything that no run has judged.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial

from leadline.clock import monotonic_s
from leadline.errors import StorageUnavailable
from leadline.incidents import Judgement, Observed, Routing, Sight, find_blindness
from leadline.model import Finding, IncidentState, Place, Subject
from leadline.records import Records
from leadline_scheduler.records_thread import RecordsThread
from leadline_scheduler.state import Overview, Seen

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
_MOST_INCIDENTS = 100_000
_UNRESOLVED = [state for state in IncidentState if state is not IncidentState.RESOLVED]


class BlindnessWatch:
    """Runs until it is cancelled. `routing` says who hears of it; `on_transition` is called after each commit that
    owes a page."""

    def __init__(
        self,
        *,
        records: Records,
        thread: RecordsThread,
        overview: Overview,
        routing: Routing,
        wall: Callable[[], datetime],
        on_transition: Callable[[], None],
    ) -> None:
        self.routing = routing
        self._records = records
        self._thread = thread
        self._overview = overview
        self._wall = wall
        self._on_transition = on_transition
        self._blind: set[tuple[Subject, Place]] | None = None

    async def run(self) -> None:
        while True:
            try:
                await self.look()
            except StorageUnavailable as error:
                log.error("who is blind can't be recorded now: %s", error.message)
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """One look at every monitor, and at what came and went and may be over."""
        if await self._thread.do(self._records.has_quiet_incidents):
            ended = await self._thread.do(partial(self._records.end_quiet_incidents, self._wall()))
            if ended:
                self._on_transition()
        if self._blind is None:
            self._blind = await self._thread.do(self._read_blind)
        for seen in list(self._overview.seen.values()):
            subject, place = _subject_of(seen), _place_of(seen)
            if seen.monitor.maintenance_at(self._wall()) is not None:
                finding = None  # planned work: nobody expects to see it
            else:
                finding = find_blindness(_sight_of(seen, monotonic_s=monotonic_s()))
            if finding is not None and (subject, place) not in self._blind:
                await self._open(seen, subject, finding)
                self._blind.add((subject, place))
            elif finding is None and (subject, place) in self._blind and seen.judged_run_id is not None:
                await self._commit(subject, Observed(well={place: seen.judged_run_id}))
                self._blind.discard((subject, place))
        # What is no longer configured is closed by planning.py; configured again, it can be blind anew.
        planned = {(_subject_of(one), _place_of(one)) for one in self._overview.seen.values()}
        self._blind &= planned

    async def _open(self, seen: Seen, subject: Subject, finding: Finding) -> None:
        await self._commit(subject, Observed(findings=(finding,), well={}))
        seen.judged_run_id = None
        log.warning("%s can't be seen: %s", seen.monitor.key, finding.error_message)

    async def _commit(self, subject: Subject, observed: Observed) -> Judgement:
        commit = partial(
            self._records.commit_findings,
            subject,
            observed,
            kind="blindness",
            routing=self.routing,
            now=self._wall(),
        )
        judgement = await self._thread.do(commit)
        if judgement.is_news:
            self._on_transition()
        return judgement

    def _read_blind(self) -> set[tuple[Subject, Place]]:
        found = self._records.incidents(states=_UNRESOLVED, limit=_MOST_INCIDENTS)
        return {(one.subject, finding.place) for one in found if one.kind == "blindness" for finding in one.findings}


def _subject_of(seen: Seen) -> Subject:
    monitor = seen.monitor
    return Subject(kind=monitor.kind, name=monitor.name, app=monitor.app, environment=monitor.environment)


def _place_of(seen: Seen) -> Place:
    return "", seen.monitor.cohort.name, seen.monitor.location


def _sight_of(seen: Seen, *, monotonic_s: float) -> Sight:
    last = seen.last if seen.unjudged else None
    return Sight(
        cohort=seen.monitor.cohort.name,
        location=seen.monitor.location,
        severity=seen.monitor.severity,
        every_s=seen.monitor.every_s,
        deadline_s=seen.monitor.deadline_s,
        since=seen.looked_at,
        age_s=monotonic_s - seen.looked_s,
        unjudged=seen.unjudged,
        aborted=seen.aborted,
        cause=last.cause if last else None,
        message=last.error_message if last else None,
    )
