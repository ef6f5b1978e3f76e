"""Asks the store for each app's verdict within 2 s of every closed minute, and commits it.

Verdict and transition are one transaction of the records; its pages are sent as for any other incident. If the
store does not answer, nobody can judge, and own_health.py pages the operator. It watches
only registered versions: anybody can invent a version, because a page's key is public.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

from msgspec.structs import replace

from leadline.errors import LeadlineError, QueryRefused, StoreUnavailable
from leadline.guard.drills import MOST_ACTIONS, drill_problems
from leadline.guard.promotion import Budget, budgets_of, hold_promotion
from leadline.guard.releases import Release, release_of
from leadline.guard.sides import rules_of
from leadline.incidents import Owed, Routing
from leadline.model import RecordedVerdict, Verdict
from leadline.records import Records
from leadline.settings import Settings, exposing_flag, gate_rules
from leadline.settings.gate_hooks import act_order
from leadline.storeclient.bundles import keep_bundle
from leadline.storeclient.objectives import ObjectiveAnswer
from leadline.storeclient.questions import VERDICT, VerdictAsked
from leadline_scheduler.asks_store import AsksStore
from leadline_scheduler.records_thread import RecordsThread
from leadline_scheduler.stage_upkeep import StageKeeping

log = logging.getLogger(__name__)

# The store has loaded what came in a minute within a second of its end (docs/verdicts.md: closed minutes).
AFTER_MINUTE_S = 1.5
# After a start, a canary must not stay unjudged for a whole minute; by then the store has started too.
FIRST_AFTER_S = 5.0
# An older release no longer changes within a minute.
WATCHED_CLOSELY = timedelta(days=2)
SELDOM = timedelta(hours=1)


class VerdictWatch:
    """`follow` it with the settings in force; runs until it is cancelled. `silent_since` is when the store stopped
    answering; None while it answers, or has never been needed."""

    def __init__(
        self,
        settings: Settings,
        *,
        store: AsksStore,
        records: Records,
        thread: RecordsThread,
        routing: Routing,
        wall: Callable[[], datetime],
        on_transition: Callable[[], None],
        owed_for: Callable[[Verdict], Sequence[Owed]] = lambda _: (),
        objectives: Callable[[], Sequence[ObjectiveAnswer]] = lambda: (),
    ) -> None:
        self.routing = routing
        self.silent_since: datetime | None = None
        self._store = store
        self._records = records
        self._thread = thread
        self._wall = wall
        self._on_transition = on_transition
        self._owed_for = owed_for
        self._objectives = objectives
        self._stages = StageKeeping(records, budgets=self._budgets_of)
        self._has_answered = False
        self._not_before: dict[str, datetime] = {}
        self._said: dict[str, str] = {}
        self._to_keep: list[tuple[str, VerdictAsked]] = []
        self.follow(settings)

    def follow(self, settings: Settings) -> None:
        """Applies the apps and gates of a saved file."""
        self._settings = settings
        self._not_before.clear()

    async def run(self) -> None:
        await asyncio.sleep(FIRST_AFTER_S)
        await self.look()
        while True:
            now = self._wall()
            await asyncio.sleep(60 - now.timestamp() % 60 + AFTER_MINUTE_S)
            await self.look()

    async def look(self) -> None:
        """One look at every app. A problem with one app does not delay others."""
        for app in self._settings.apps:
            now = self._wall()
            if app.is_on and self._not_before.get(app.name, now) <= now:
                await self._look_at(app.name, now)
        while self._to_keep:
            await self._keep_bundle(*self._to_keep.pop())

    async def _look_at(self, app: str, now: datetime) -> None:
        gate = self._settings.gate_of(app)
        try:
            release = await self._thread.do(partial(self._find_release, app))
        except LeadlineError as error:
            self._complain(app, error.message)
            return
        asked = VerdictAsked(
            app=app,
            rules=gate_rules(gate, self._settings.app_named(app).kpis),
            kept_s=self._settings.retention.raw,
            canary=gate.canary or (release.canary if release is not None else None),
            baseline=gate.baseline or (release.baseline if release is not None else None),
            released_at=release.started_at if release is not None else None,
            stages=release.stages if release is not None else (),
            is_registered_only=True,
        )
        try:
            answer = await self._store.ask(VERDICT, asked)
        except QueryRefused:  # nothing to compare: no release is under way
            self._note_answer()
            return
        except StoreUnavailable as error:
            if self.silent_since is None and (self._has_answered or self._settings.gates):
                self.silent_since = now
            self._complain(app, error.message)
            return
        except LeadlineError as error:
            self._complain(app, error.message)
            return
        self._note_answer()
        self._said.pop(app, None)
        verdict = answer.verdicts[-1]
        moved_at = verdict.since if release is None else max(verdict.since, release.moved_at)
        if now - moved_at > WATCHED_CLOSELY:
            self._not_before[app] = now + SELDOM
        recorded = await self._commit(verdict, now)
        if recorded is not None:
            # The same minute of the same arms again: later arrivals don't change it.
            again = replace(
                asked, canary=verdict.canary, baseline=verdict.baseline, until=verdict.decided_at, with_bundle=True
            )
            self._to_keep.append((recorded.verdict_id, again))

    async def _keep_bundle(self, verdict_id: str, asked: VerdictAsked) -> None:
        """Stores the evidence of a recorded verdict, after all apps were judged: nobody waits for it."""
        try:
            bundle = (await self._store.ask(VERDICT, asked)).bundle
            if bundle is not None and asked.until is not None:
                keep = partial(keep_bundle, self._settings.paths.evidence, verdict_id, bundle)
                await asyncio.to_thread(keep, decided_at=asked.until)
        except (LeadlineError, ValueError, OSError) as error:
            log.warning("the evidence of verdict %s on %s could not be kept: %s", verdict_id, asked.app, error)

    def _find_release(self, app: str) -> Release | None:
        """The one under way, by what exposes it; a deploy mark anchors where there is none."""
        return release_of(self._records, self._settings.gate_of(app), exposing_flag(self._settings, app))

    def _hold(self, verdict: Verdict, now: datetime) -> Verdict:
        """What holds back a promotion by Leadline: rehearsals and error budgets."""
        if verdict.verdict != "promote":
            return verdict
        hooks = self._settings.gate_of(verdict.app).on_rollback
        drills = drill_problems(self._records.actions(limit=MOST_ACTIONS), hooks, now=now) if hooks else []
        budgets = budgets_of([one for one in self._objectives() if one.app == verdict.app])
        return hold_promotion(verdict, drills=drills, budgets=budgets)

    async def _commit(self, verdict: Verdict, now: datetime) -> RecordedVerdict | None:
        """The recorded verdict; None if it says nothing new, or could not be recorded."""
        app = self._settings.app_named(verdict.app)
        commit = partial(
            self._records.commit_verdict,
            environment=app.environment,
            routing=self.routing,
            now=now,
            also=self._owed_for(verdict),
            acts=rules_of(act_order(self._settings, verdict.app), is_armed=self._settings.gate_of(verdict.app).armed),
        )
        try:
            verdict = await self._thread.do(partial(self._hold, verdict, now))
            recorded, judgement = await self._thread.do(partial(commit, verdict))
        except LeadlineError as error:
            self._complain(verdict.app, error.message)
            return None
        if recorded is not None:
            log.info("%s: %s: %s", verdict.app, verdict.verdict, verdict.sentence)
        if judgement is not None and judgement.is_news:
            self._on_transition()
        await self._go_on(verdict, now)
        return recorded

    async def _go_on(self, verdict: Verdict, now: datetime) -> None:
        """Begins the next stage if it is time."""
        try:
            await self._thread.do(partial(self._stages.go_on, self._settings, verdict, now=now))
        except LeadlineError as error:
            self._complain(verdict.app, error.message)

    def _budgets_of(self, app: str) -> list[Budget] | None:
        """None while an objective of the app is unknown: then no risk is taken."""
        known = [one for one in self._objectives() if one.app == app]
        wanted = {one.name for one in self._settings.slos if one.app == app}
        return budgets_of(known) if wanted <= {one.name for one in known} else None

    def _note_answer(self) -> None:
        self._has_answered, self.silent_since = True, None

    def _complain(self, app: str, message: str) -> None:
        """Logs a problem once, not every minute."""
        if self._said.get(app) != message:
            log.error("%s can't be judged now: %s", app, message)
        self._said[app] = message
