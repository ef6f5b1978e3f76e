"""Notices that a person killed the flag that exposes a release, with `leadline flag kill` or in *Flags*.

After a verdict *rollback* that kill is the rollback: it gets an action, users are checked, and *recovered* follows. An
abort and a hook write an action of their own, so a kill waits a moment before it is looked at.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

from leadline.clock import new_id
from leadline.errors import LeadlineError
from leadline.flags import Override
from leadline.guard.by_hand import kill_spec
from leadline.guard.release_state import override_of
from leadline.model import Action, RecordedVerdict
from leadline.records import Records
from leadline.settings import Settings
from leadline_scheduler.records_thread import RecordsThread

log = logging.getLogger(__name__)

LOOK_EVERY_S = 5.0
# An abort writes its action within a second of its kill.
AFTER = timedelta(seconds=10)
# An older one is history: the figures of another day are not compared with that of the release.
OLDEST = timedelta(hours=24)
# A collector may be starting; the kill is in force all the same.
VERIFY_WITHIN = timedelta(minutes=5)
_MOST = 1000


class KillWatch:
    """Runs until it is cancelled; `begin` gets each action that it has written, to be verified."""

    def __init__(
        self,
        *,
        settings: Callable[[], Settings],
        records: Records,
        thread: RecordsThread,
        wall: Callable[[], datetime],
        begin: Callable[[Action], None],
    ) -> None:
        self._settings = settings
        self._records = records
        self._thread = thread
        self._wall = wall
        self._begin = begin

    async def run(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            await self.look()

    async def look(self) -> None:
        """One look at every gate that a flag exposes; an error is tried again."""
        try:
            noticed = await self._thread.do(partial(self._notice, self._settings(), self._wall()))
        except LeadlineError as error:
            log.warning("whether a flag was killed by hand can't be checked now: %s", error.message)
            return
        for action in noticed:
            log.info("%s: %s by %s takes %s back", action.app, action.hook, action.requested_by, action.canary)
            self._begin(action)

    def _notice(self, settings: Settings, now: datetime) -> list[Action]:
        flags = {flag.key for flag in settings.flags}
        noticed = []
        for gate in settings.gates:
            if gate.exposure is None or gate.exposure not in flags:
                continue
            killed = override_of(self._records, gate.exposure)
            if killed is None or killed.action != "killed" or not AFTER <= now - killed.at <= OLDEST:
                continue
            judged = self._records.verdicts(app=gate.app, limit=_MOST)
            recorded = next((one for one in judged if one.verdict.decided_at <= killed.at), None)
            if recorded is None or recorded.verdict.verdict != "rollback":
                continue
            acted = [one for one in self._records.actions(limit=_MOST) if one.app == gate.app]
            if not _is_known(killed, recorded, acted):
                action = _action(gate.exposure, killed, recorded, now=now)
                self._records.write_action(action)
                noticed.append(action)
        return noticed


def _is_known(killed: Override, recorded: RecordedVerdict, acted: Sequence[Action]) -> bool:
    """Whether a hook, an abort or an earlier look has an action for it, or for the same verdict."""
    return any(
        action.cause in ("verdict", "fallback", "hand")
        and action.state != "would_have"
        and (
            action.requested_at >= killed.at
            or action.finished_at is None
            or action.finished_at >= killed.at
            or (action.verdict_id == recorded.verdict_id and action.state == "verified")
        )
        for action in acted
    )


def _action(flag: str, killed: Override, recorded: RecordedVerdict, *, now: datetime) -> Action:
    verdict, action_id = recorded.verdict, new_id()
    spec = kill_spec(flag, verdict.app)
    return Action(
        action_id=action_id,
        hook=spec.name,
        kind=spec.kind,
        state="executed",
        cause="hand",
        requested_at=killed.at,
        requested_by=killed.by,
        idempotency_key=f"hand/{action_id}",
        app=verdict.app,
        canary=verdict.canary,
        baseline=verdict.baseline,
        environment=recorded.environment,
        verdict_id=recorded.verdict_id,
        attempts=1,
        executed_at=killed.at,
        verify_until=now + VERIFY_WITHIN,
        reason=killed.reason,
    )
