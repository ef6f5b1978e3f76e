"""Asks the store each minute whether a synthetic view counts among real users' figures; if one does, that is an
incident. incident.

A view is ours if it is marked, names the trace of a run, or shares its session with a marked one; it must be
marked. It concludes nothing while the store does not answer or has not read everything yet.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from leadline.errors import LeadlineError, StorageUnavailable
from leadline.incidents import Observed
from leadline.model import Finding, Subject
from leadline.settings import Settings
from leadline.storeclient.isolation import AppIsolation, IsolationAsked
from leadline.storeclient.questions import ISOLATION
from leadline_scheduler.asks_store import AsksStoreAndItsStatus
from leadline_scheduler.incident_desk import IncidentDesk

log = logging.getLogger(__name__)

NAME = "isolation"
LOOK_EVERY_S = 60.0
LOOKED_BACK = timedelta(hours=1)
# Without a marked view in the last hour, nothing shows that the cause is fixed. A day without a hit is enough.
LONGEST_UNPROVEN = timedelta(days=1)


class IsolationWatch:
    """Runs until it is cancelled. `follow` takes over what was saved."""

    def __init__(
        self,
        settings: Settings,
        *,
        store: AsksStoreAndItsStatus,
        desk: IncidentDesk,
        wall: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._store = store
        self._desk = desk
        self._wall = wall
        self._broken: set[Subject] | None = None

    def follow(self, settings: Settings) -> None:
        self._settings = settings

    async def run(self) -> None:
        while True:
            try:
                await self.look()
            except StorageUnavailable as error:
                log.error("whether synthetic traffic is kept apart can't be recorded now: %s", error.message)
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """One look at every app."""
        now = self._wall()
        if self._broken is None:
            found = await self._desk.list_unresolved()
            self._broken = {one.subject for one in found if (one.subject.kind, one.subject.name) == ("leadline", NAME)}
        subjects = {
            app.name: Subject(kind="leadline", name=NAME, app=app.name, environment=app.environment)
            for app in self._settings.apps
            if app.is_on
        }
        for gone in self._broken - set(subjects.values()):
            await self._commit(gone, None, now)
        if not subjects:
            return
        seen = await self._ask(list(subjects), now, LOOKED_BACK)
        unproven = [one.app for one in seen if subjects[one.app] in self._broken and not one.views_marked]
        in_a_day = {one.app: one for one in await self._ask(unproven, now, LONGEST_UNPROVEN)} if unproven else {}
        for one in seen:
            subject, is_broken = subjects[one.app], subjects[one.app] in self._broken
            longest = in_a_day.get(one.app)
            if one.views_unmarked and not is_broken:
                await self._commit(subject, _as_finding(one, now), now)
            elif (
                is_broken and not one.views_unmarked and (one.views_marked or (longest and not longest.views_unmarked))
            ):
                await self._commit(subject, None, now)

    async def _ask(self, apps: list[str], now: datetime, back: timedelta) -> list[AppIsolation]:
        """None if the store can't know."""
        try:
            if not (await self._store.status()).is_caught_up:
                return []
            return await self._store.ask(ISOLATION, IsolationAsked(apps=apps, since=now - back, at=now))
        except LeadlineError:
            return []  # own_health.py says so to the operator

    async def _commit(self, subject: Subject, finding: Finding | None, now: datetime) -> None:
        observed = Observed(findings=() if finding is None else (finding,))
        await self._desk.commit(subject, observed, now=now)
        assert self._broken is not None, "read before the first commit"
        (self._broken.discard if finding is None else self._broken.add)(subject)
        said = "well again" if finding is None else finding.error_message
        log.log(logging.INFO if finding is None else logging.ERROR, "isolation of %s: %s", subject.app, said)


def _as_finding(seen: AppIsolation, now: datetime) -> Finding:
    views = "1 page view" if seen.views_unmarked == 1 else f"{seen.views_unmarked:,} page views"
    by = "its session has marked views"
    if seen.unmarked_run_id is not None:
        by = f"it names the trace of run {seen.unmarked_run_id} ({seen.unmarked_monitor})"
    where = seen.unmarked_url_path or "no path"
    return Finding(
        since=seen.first_unmarked_at or now,
        summary="is broken",
        error_message=f"{views} of our own runs count as real users'. The last is {seen.unmarked_page_view_id} "
        f"({where}): {by}, and it has no mark",
        remedy="Something takes the mark away. Does a proxy change the user agent, does the journey set one without "
        "LeadlineSynthetic/1, or does the site's server send the beacon? Send its `synthetic` too. "
        "A cache must not keep Server-Timing: traceparent.",
    )
