"""Stages that a hook or a person exposes: runs the hook that is asked for, and looks whether new sessions show it.

A stage begins to bake when its share was seen. One that is not seen in time is told: of a hook as an incident, because
the machine could not; of a person in *Releases*, because they know. A later look may still see it. A share that falls
back later, because somebody set it to 0 or deployed over it, is told of both.
"""

from __future__ import annotations

import asyncio
import logging
import math
import os
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from leadline import clock
from leadline.errors import LeadlineError
from leadline.guard.engine import SLACK_S
from leadline.guard.exposure import (
    awaited,
    fallen_back_at,
    look_at_share,
    look_whether_it_stays,
    windows,
    windows_since,
)
from leadline.guard.release_state import last_verdict
from leadline.guard.shares import cohort_of
from leadline.guard.stage_desk import LEASE_SLACK_S, StageDesk, version_to_release
from leadline.model import Action, Move
from leadline.notify import next_attempt
from leadline.records import Records
from leadline.settings import GateSettings, Settings, exposing_flag
from leadline_scheduler.asks_store import AsksStore
from leadline_scheduler.incident_desk import IncidentDesk
from leadline_scheduler.records_thread import RecordsThread
from leadline_scheduler.stage_incident import find_stage_problem
from leadline_scheduler.stage_sessions import count_new_sessions

log = logging.getLogger(__name__)

# A stage that is asked for waits at most so long; a hook under way ends as soon once its release is taken back.
RUN_EVERY_S = 1.0
LOOK_EVERY_S = 20.0
# A share that was seen is looked at again this often.
LOOK_AGAIN = timedelta(minutes=1)
# Nobody opens a stage wider while these stand.
_AGAINST = {"rollback", "pause"}


class ExposureWatch:
    """`follow` it with the settings in force; runs until it is cancelled."""

    def __init__(
        self,
        settings: Settings,
        *,
        store: AsksStore,
        records: Records,
        thread: RecordsThread,
        desk: IncidentDesk,
        wall: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._records = records
        self._thread = thread
        self._desk = desk
        self._wall = wall
        self._owner = f"scheduler-{os.getpid()}-{clock.new_id()}"
        self._trouble = ""
        self._over: set[str] = set()
        self._again_at: dict[str, datetime] = {}
        self.follow(settings)

    def follow(self, settings: Settings) -> None:
        """Takes the gates and hooks of a saved file."""
        self._settings = settings
        self._gates = [gate for gate in settings.gates if gate.stages and exposing_flag(settings, gate.app) is None]

    async def run(self) -> None:
        looked_s = clock.monotonic_s()
        while True:
            await self._guarded(self.run_due)
            if clock.monotonic_s() - looked_s >= LOOK_EVERY_S:
                looked_s = clock.monotonic_s()
                await self._guarded(self.look)
            await asyncio.sleep(RUN_EVERY_S)

    async def run_due(self) -> None:
        """Runs the hooks of stages that were asked for, one attempt each."""
        while self._gates and await self._is_due():
            longest_s = max((spec.timeout_s for spec in self._settings.hook_specs().values()), default=0.0)
            lease_s = longest_s + SLACK_S + LEASE_SLACK_S
            claim = partial(self._records.claim_move, owner=self._owner, now=self._wall(), lease_s=lease_s)
            claimed = await self._thread.do(claim)
            if claimed is None:
                return
            await self._run_hook(*claimed)

    async def look(self) -> None:
        """One look at each stage: whether its share is seen, and whether it stays."""
        for gate in self._gates:
            newest = await self._thread.do(partial(self._records.moves, app=gate.app, limit=1))
            if not newest:
                continue
            if newest[0].ended_at is not None:
                await self._tell_once(newest[0])
            elif newest[0].seen_at is None:
                await self._look_at(gate, newest[0])
            else:
                await self._look_again(gate, newest[0])

    async def _tell_once(self, move: Move) -> None:
        """What was taken back needs to reach no stage any more."""
        if move.move_id not in self._over:
            await self._tell(move, None)
            self._over.add(move.move_id)

    async def _is_due(self) -> bool:
        """Cheap: most of the time no stage is asked for."""
        found = await self._thread.do(partial(self._records.actions, states=["executing"], limit=100))
        return any(one.cause == "release" for one in found)

    async def _run_hook(self, move: Move, action: Action) -> None:
        gate = self._settings.gate_of(move.app)
        desk = StageDesk(self._records, gate, hooks=self._settings.hook_specs(), environment=move.environment)
        if desk.spec is None or desk.spec.name != action.hook:
            error = f"the gate of {move.app} is not exposed by hook {action.hook} any more"
            gone = replace(action, state="failed", finished_at=self._wall(), error=error)
            await self._thread.do(partial(self._records.write_move, move, gone))
            return
        log.info("%s: hook %s is asked for %s", move.app, action.hook, move.stage)
        attempt = asyncio.create_task(desk.attempt(move, action, wall=self._wall))
        try:
            while not attempt.done():
                await asyncio.wait([attempt], timeout=RUN_EVERY_S)
                if not attempt.done() and await self._is_over(move):
                    error = "the release was taken back meanwhile"
                    over = replace(action, state="failed", finished_at=self._wall(), error=error)
                    await self._thread.do(partial(self._records.write_move, move, over))
                    return
            after = attempt.result()
        finally:
            attempt.cancel()
            await asyncio.gather(attempt, return_exceptions=True)
        again_at = next_attempt(after.attempts, self._wall(), jitter_ratio=random.uniform(-1, 1))
        write = partial(self._records.write_move, move, after, next_attempt_at=again_at)
        await self._thread.do(write, patience_s=math.inf)
        log.log(
            logging.WARNING if after.error else logging.INFO,
            "%s: hook %s for %s: %s: %s",
            move.app,
            action.hook,
            move.stage,
            after.state,
            after.error or after.detail,
        )
        if after.state == "failed":
            await self._tell(move, f"hook {action.hook}: {after.error}")

    async def _is_over(self, move: Move) -> bool:
        newest = await self._thread.do(partial(self._records.moves, app=move.app, limit=1))
        return not newest or newest[0].move_id != move.move_id or newest[0].ended_at is not None

    async def _look_at(self, gate: GateSettings, move: Move) -> None:
        action = await self._thread.do(partial(self._records.action, move.move_id))
        if action is None or action.executed_at is None:
            return  # the hook has not taken it, or failed: that was said
        now = self._wall()
        move = await self._named(gate, move)
        found = look_at_share(move, await count_new_sessions(self._store, move, windows(move, now=now)))
        verdict = await self._thread.do(partial(last_verdict, self._records, move.app))
        is_against = verdict is not None and verdict.verdict in _AGAINST and verdict.canary == move.canary
        if found.is_reached and not is_against:
            seen = replace(move, seen_at=now, seen=found.said)
            verified = replace(
                action, state="verified", verified_at=now, finished_at=now, evidence=found.said, error=""
            )
            if await self._thread.do(partial(self._records.write_move, seen, verified)):
                log.info("%s: %s has begun: %s", move.app, move.stage, found.said)
            await self._tell(move, None)
            return
        said = f"{found.said}; the verdict is {verdict.verdict}" if is_against and verdict is not None else found.said
        after = replace(move, seen=said)
        within = timedelta(seconds=gate.exposed_within)
        if move.missed_at is None and now - action.executed_at >= within:
            error = f"{awaited(move)} not seen within {gate.exposed_within / 60:g} minutes: {said}"
            missed = replace(action, state="failed", finished_at=now, evidence=said, error=error)
            await self._thread.do(partial(self._records.write_move, replace(after, missed_at=now), missed))
            log.warning("%s: %s: %s", move.app, move.stage, error)
            if move.way == "hook":
                await self._tell(move, error)
        elif after != move:
            await self._thread.do(partial(self._records.write_move, after))

    async def _look_again(self, gate: GateSettings, move: Move) -> None:
        """Whether users still have what they had: somebody may have set it to 0, or deployed over it."""
        now = self._wall()
        if now < self._again_at.get(move.move_id, now) or await self._is_replaced(gate, move):
            return
        self._again_at[move.move_id] = now + LOOK_AGAIN
        assert move.seen_at is not None, "it was seen"
        fallen_at = fallen_back_at(move)
        shares = await count_new_sessions(self._store, move, windows_since(fallen_at or move.seen_at, now=now))
        if fallen_at is not None:
            if (found := look_at_share(move, shares)).is_reached:
                back = replace(move, missed_at=None, seen=found.said)
                await self._thread.do(partial(self._records.write_move, back))
                log.info("%s: %s is seen again: %s", move.app, move.stage, found.said)
                await self._tell(back, None)
            return
        if (found := look_whether_it_stays(move, shares)).is_reached:
            return
        fallen = replace(move, missed_at=now, seen=found.said)
        await self._thread.do(partial(self._records.write_move, fallen))
        log.warning("%s: %s fell back: %s", move.app, move.stage, found.said)
        verdict = await self._thread.do(partial(last_verdict, self._records, move.app))
        if verdict is None or verdict.verdict != "rollback" or verdict.canary != move.canary:
            await self._tell(fallen, f"{awaited(move)} were seen, now {found.said}")

    async def _is_replaced(self, gate: GateSettings, move: Move) -> bool:
        """The last stage ends silently where a newer version follows."""
        if move.stage != gate.stages[-1].name or cohort_of(move.canary) is not None:
            return False
        registered = await self._thread.do(partial(self._records.registered_versions, move.app))
        return bool(registered) and registered[-1] != move.canary

    async def _named(self, gate: GateSettings, move: Move) -> Move:
        """With its version, once that is registered."""
        if move.canary is not None:
            return move
        registered = await self._thread.do(partial(self._records.registered_versions, move.app))
        bad = await self._thread.do(partial(self._records.taken_back_versions, move.app))
        canary, baseline = version_to_release(gate, registered, taken_back=bad)
        return replace(move, canary=canary, baseline=baseline)

    async def _tell(self, move: Move, problem: str | None) -> None:
        """An incident of its own while users don't have the stage; over once it is seen. Whoever did not set it yet
        knows that."""
        if move.way == "hand" and problem is not None and fallen_back_at(move) is None:
            return
        subject, observed = find_stage_problem(move, problem)
        await self._desk.commit(subject, observed, now=self._wall())

    async def _guarded(self, part: Callable[[], Awaitable[None]]) -> None:
        """What hinders is said once, and tried again."""
        try:
            await part()
            self._trouble = ""
        except LeadlineError as error:
            if error.message != self._trouble:
                log.error("stages can't be minded now: %s", error.message)
            self._trouble = error.message
