"""Asks the store each minute whether the figures are back after a rollback, and reports it once: *recovered*.

It begins when users are verified to be off the canary and ends when the figures are back, or after a day. It claims
nothing from few sessions, and never delays a page or an incident's end: its message comes after them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from leadline.errors import LeadlineError
from leadline.incidents.spans import write_span
from leadline.model import Action
from leadline.model.verdicts import Verdict
from leadline.records import Records
from leadline.settings import Settings, gate_rules
from leadline.storeclient.questions import RECOVERY, RecoveryAnswered, RecoveryAsked
from leadline_scheduler.asks_store import AsksStore
from leadline_scheduler.records_thread import RecordsThread

log = logging.getLogger(__name__)

# The verdicts of a minute come first.
AFTER_MINUTE_S = 10.0
# After longer, another day would be compared with that of the release.
LONGEST = timedelta(hours=24)
# A scheduler that was down when the day ended still writes the end.
_LATEST = LONGEST + timedelta(hours=24)
_MOST_ACTIONS = 1000


class RecoveryWatch:
    """Runs until it is cancelled. `follow` takes over what was saved."""

    def __init__(
        self,
        settings: Settings,
        *,
        store: AsksStore,
        records: Records,
        thread: RecordsThread,
        wall: Callable[[], datetime],
        on_transition: Callable[[], None],
    ) -> None:
        self._settings = settings
        self._store = store
        self._records = records
        self._thread = thread
        self._wall = wall
        self._on_transition = on_transition

    def follow(self, settings: Settings) -> None:
        self._settings = settings

    async def run(self) -> None:
        while True:
            await asyncio.sleep(60 - self._wall().timestamp() % 60 + AFTER_MINUTE_S)
            await self.look()

    async def look(self) -> None:
        """One look at every rollback that has not recovered yet."""
        now = self._wall()
        try:
            for action, verdict in await self._thread.do(partial(self._list_open, now)):
                await self._look_at(action, verdict, now)
        except LeadlineError as error:
            log.warning("whether a rollback recovered can't be checked now: %s", error.message)

    def _list_open(self, now: datetime) -> list[tuple[Action, Verdict]]:
        """One action for each verdict: of several that took the same canary back, the first that was verified."""
        found: list[tuple[Action, Verdict]] = []
        verified = self._records.actions(states=["verified"], limit=_MOST_ACTIONS)
        firsts = {one.verdict_id: one.action_id for one in verified}
        for action in verified:
            if (
                firsts[action.verdict_id] != action.action_id
                or action.recovery
                or action.verified_at is None
                or now - action.verified_at > _LATEST
            ):
                continue
            recorded = self._records.verdict(action.verdict_id) if action.verdict_id is not None else None
            if recorded is not None and recorded.verdict.app in {app.name for app in self._settings.apps}:
                found.append((action, recorded.verdict))
        return found

    async def _look_at(self, action: Action, verdict: Verdict, now: datetime) -> None:
        assert action.verified_at is not None, "listed by it"
        rules = gate_rules(self._settings.gate_of(verdict.app), self._settings.app_named(verdict.app).kpis)
        asked = RecoveryAsked(verdict=verdict, rules=rules, since=action.verified_at)
        after = _conclude(action, await self._store.ask(RECOVERY, asked), now=now)
        if after is None:
            return
        await self._thread.do(partial(self._records.note_recovery, after, now=now))
        log.info("%s after the rollback of %s: %s", verdict.app, verdict.canary, after.recovery)
        if after.recovered_at is not None:
            self._on_transition()


def _conclude(action: Action, found: RecoveryAnswered, *, now: datetime) -> Action | None:
    """The action with its final result; None if it must be checked again."""
    if found.state == "recovered":
        return replace(action, recovered_at=now, recovery=found.text)
    if found.state == "not_judged":
        return replace(action, recovery=f"not judged: {found.text}")
    if action.verified_at is not None and now - action.verified_at > LONGEST:
        return replace(action, recovery=f"not back within {write_span(LONGEST)}: {found.text}")
    return None
