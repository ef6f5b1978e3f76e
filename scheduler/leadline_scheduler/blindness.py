"""Opens an incident for each blind monitor, and resolves it when a run has judged the site again.

It remembers only what it has written to the records; at the start it reads the open ones. It never resolves
an incident that no run has judged.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime

from leadline.clock import monotonic_s
from leadline.errors import StorageUnavailable
from leadline.incidents import Observed, Sight, find_blindness
from leadline.model import Finding, Place, Subject
from leadline_scheduler.incident_desk import IncidentDesk
from leadline_scheduler.state import Overview, Seen

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0


class BlindnessWatch:
    """Runs until it is cancelled."""

    def __init__(self, *, desk: IncidentDesk, overview: Overview, wall: Callable[[], datetime]) -> None:
        self._desk = desk
        self._overview = overview
        self._wall = wall
        self._blind: set[tuple[Subject, Place]] | None = None

    async def run(self) -> None:
        while True:
            try:
                await self.look()
            except StorageUnavailable as error:
                log.error("blind monitors can't be recorded now: %s", error.message)
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """One look at every monitor, and at incidents that came and went and may be over."""
        await self._desk.end_quiet(self._wall())
        if self._blind is None:
            found = [one for one in await self._desk.list_unresolved() if one.kind == "blindness"]
            self._blind = {(one.subject, finding.place) for one in found for finding in one.findings}
        for seen in list(self._overview.seen.values()):
            subject, place = _subject_of(seen), _place_of(seen)
            if seen.monitor.maintenance_at(self._wall()) is not None:
                finding = None  # planned work: nobody expects results
            else:
                finding = find_blindness(_sight_of(seen, monotonic_s=monotonic_s()))
            if finding is not None and (subject, place) not in self._blind:
                await self._open(seen, subject, finding)
                self._blind.add((subject, place))
            elif finding is None and (subject, place) in self._blind and seen.judged_run_id is not None:
                await self._commit(subject, Observed(well={place: seen.judged_run_id}))
                self._blind.discard((subject, place))
        # monitor_plan.py closes removed monitors; configured again, they can be blind again.
        planned = {(_subject_of(one), _place_of(one)) for one in self._overview.seen.values()}
        self._blind &= planned

    async def _open(self, seen: Seen, subject: Subject, finding: Finding) -> None:
        await self._commit(subject, Observed(findings=(finding,), well={}))
        seen.judged_run_id = None
        log.warning("%s can't be seen: %s", seen.monitor.key, finding.error_message)

    async def _commit(self, subject: Subject, observed: Observed) -> None:
        await self._desk.commit(subject, observed, now=self._wall(), kind="blindness")


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
