"""Asks the store each minute for each app's last beacon; missing beacons are a blindness.

It learns from the last seven days how long a silence is usual. It concludes nothing while the store does not
answer or has not read everything yet, and ends an incident only when a beacon arrives.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from leadline.errors import LeadlineError, StorageUnavailable
from leadline.incidents import Observed
from leadline.incidents.spans import write_span
from leadline.model import Finding, Subject
from leadline.settings import Settings
from leadline.storeclient.questions import (
    BEACONS_HEARD,
    BeaconsAsked,
    BeaconsHeard,
)
from leadline_scheduler.asks_store import AsksStoreAndItsStatus
from leadline_scheduler.incident_desk import IncidentDesk

log = logging.getLogger(__name__)

NAME = "beacons"
LOOK_EVERY_S = 60.0
LEARNT_FROM = timedelta(days=7)
LEARN_EVERY = timedelta(hours=1)
TIMES_THE_LONGEST = 3
AT_LEAST = timedelta(minutes=15)
# A stopped process, or a laptop that slept, received nothing meanwhile: the silence is counted from the end of that.
STOOD_STILL = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class _Usual:
    """What an app's last seven days were like."""

    last_at: datetime
    longest_gap: timedelta
    is_traffic: bool  # more than a single try

    @property
    def limit(self) -> timedelta:
        return max(TIMES_THE_LONGEST * self.longest_gap, AT_LEAST)


class BeaconWatch:
    """Runs until it is cancelled. `follow` applies a saved file."""

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
        self._usual: dict[str, _Usual] = {}
        self._learnt_at: datetime | None = None
        self._looking_since = self._looked_at = wall()
        self._silent: set[Subject] | None = None

    def follow(self, settings: Settings) -> None:
        self._settings, self._learnt_at = settings, None

    async def run(self) -> None:
        while True:
            try:
                await self.look()
            except StorageUnavailable as error:
                log.error("missing beacons can't be recorded now: %s", error.message)
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """One look at every app."""
        now = self._wall()
        if not timedelta() <= now - self._looked_at <= STOOD_STILL:
            self._looking_since = now
        self._looked_at = now
        if self._silent is None:
            found = await self._desk.list_unresolved()
            self._silent = {one.subject for one in found if (one.subject.kind, one.subject.name) == ("leadline", NAME)}
        subjects = {
            app.name: Subject(kind="leadline", name=NAME, app=app.name, environment=app.environment)
            for app in self._settings.apps
            if app.is_on
        }
        for gone in self._silent - set(subjects.values()):
            await self._commit(gone, None, now)
        if not subjects or not await self._ask(list(subjects), now):
            return
        for name, subject in subjects.items():
            usual = self._usual.get(name)
            if usual is None:
                continue
            is_unusual = now - max(usual.last_at, self._looking_since) > usual.limit
            if usual.is_traffic and is_unusual and subject not in self._silent:
                await self._commit(subject, _as_finding(usual, now), now)
            elif now - usual.last_at <= usual.limit and subject in self._silent:
                await self._commit(subject, None, now)

    async def _ask(self, apps: list[str], now: datetime) -> bool:
        """Whether the store answered. Reads all seven days once an hour, otherwise only newer data."""
        is_learning = self._learnt_at is None or not timedelta() <= now - self._learnt_at < LEARN_EVERY
        week_ago = now - LEARNT_FROM
        known = [self._usual[name].last_at for name in apps if name in self._usual]
        since = week_ago if is_learning else max(week_ago, min(known, default=self._learnt_at or week_ago))
        try:
            if not (await self._store.status()).is_caught_up:
                return False
            heard = await self._store.ask(BEACONS_HEARD, BeaconsAsked(apps=apps, since=since, at=now))
        except LeadlineError:
            return False  # own_health.py reports that to the operator
        for one in heard:
            self._note(one, is_learning=is_learning)
        self._learnt_at = now if is_learning else self._learnt_at
        return True

    def _note(self, heard: BeaconsHeard, *, is_learning: bool) -> None:
        known = self._usual.get(heard.app)
        gap = timedelta(seconds=heard.longest_gap_s)
        is_traffic = heard.last_at - heard.first_at >= AT_LEAST
        if known is not None and not is_learning:
            gap, is_traffic = max(gap, known.longest_gap), is_traffic or known.is_traffic
        self._usual[heard.app] = _Usual(heard.last_at, gap, is_traffic)

    async def _commit(self, subject: Subject, finding: Finding | None, now: datetime) -> None:
        observed = Observed(findings=() if finding is None else (finding,))
        await self._desk.commit(subject, observed, now=now, kind="blindness")
        assert self._silent is not None, "read before the first commit"
        (self._silent.discard if finding is None else self._silent.add)(subject)
        said = "well again" if finding is None else finding.error_message
        log.log(logging.INFO if finding is None else logging.ERROR, "beacons of %s: %s", subject.app, said)


def _as_finding(usual: _Usual, now: datetime) -> Finding:
    before = f"the longest silence of the seven days before was {write_span(usual.longest_gap)}"
    if usual.longest_gap < timedelta(minutes=1):
        before = "in the seven days before they were never silent for a minute"
    return Finding(
        since=usual.last_at,
        summary="have stopped",
        error_message=f"no beacon of a real user for {write_span(now - usual.last_at)}; {before}. "
        "What users experience is unknown",
        remedy="Open a page of the app: does it still load the script, and does the collector answer it with 204? "
        "leadline status says whether the collector runs.",
    )
