"""Opens a stage that no flag of ours exposes: asks the hook or a person for it. Command and scheduler come here.

It knows the records by what it asks of them, so that this room stands without a database.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from leadline.clock import new_id
from leadline.errors import ConfigurationError
from leadline.guard.engine import SLACK_S, attempt_stage, conclude
from leadline.guard.exposure import Ask, begin_stage, exposing_way
from leadline.guard.hooks.kinds import make_exposer
from leadline.guard.risk import Cap
from leadline.guard.stages import Stage
from leadline.model import Action, Move
from leadline.model.hooks import HookSpec

__all__ = ["StageDesk", "version_to_release"]

# Beyond the hook's own time: whoever holds a lease that ran out died.
LEASE_SLACK_S = 10.0


class _Gate(Protocol):
    @property
    def app(self) -> str: ...
    @property
    def stages(self) -> Sequence[Stage]: ...
    @property
    def exposure(self) -> str | None: ...
    @property
    def baseline(self) -> str | None: ...
    @property
    def canary(self) -> str | None: ...


class _Records(Protocol):
    def moves(self, *, app: str | None = None, limit: int = 100) -> list[Move]: ...
    def begin_move(
        self, move: Move, action: Action, *, over: str | None, owner: str | None = None, lease_s: float = 0.0
    ) -> bool: ...


class StageDesk:
    """`hooks`: as the file has them, by name. `environment`: of the gate's app."""

    def __init__(self, records: _Records, gate: _Gate, *, hooks: Mapping[str, HookSpec], environment: str) -> None:
        self._records = records
        self._gate = gate
        is_by_hook = exposing_way(gate, flags=(), hooks=hooks) == "hook"
        self.spec = hooks[gate.exposure or ""] if is_by_hook else None
        self._environment = environment

    def newest(self) -> Move | None:
        return next(iter(self._records.moves(app=self._gate.app, limit=1)), None)

    def open(
        self,
        number: int,
        *,
        over: Move | None,
        canary: str | None,
        baseline: str | None,
        cap: Cap | None,
        by: str,
        reason: str,
        now: datetime,
        owner: str | None = None,
    ) -> tuple[Move, Action]:
        """Stage `number` begins in the place of `over`, the newest. It is of the same release, unless that has ended or
        its canary is another one. Raises ConfigurationError where somebody was faster."""
        stage = self._gate.stages[number]
        ask = Ask(
            app=self._gate.app,
            environment=self._environment,
            stage=stage.name,
            share=stage.share if cap is None else cap.share,
            canary=canary,
            baseline=baseline,
            by=by,
            reason=reason,
        )
        goes_on = over is not None and over.ended_at is None and number > 0
        release_id = over.release_id if over is not None and goes_on else None
        move, action = begin_stage(ask, self.spec, move_id=new_id(), release_id=release_id, now=now)
        lease_s = 0.0 if self.spec is None else self.spec.timeout_s + SLACK_S + LEASE_SLACK_S
        is_begun = self._records.begin_move(
            move, action, over=over.move_id if over is not None else None, owner=owner, lease_s=lease_s
        )
        if not is_begun:
            raise ConfigurationError(
                f"somebody moved the release of {ask.app} meanwhile", hint="leadline release status shows where it is"
            )
        return move, action

    async def attempt(self, move: Move, action: Action, *, wall: Callable[[], datetime]) -> Action:
        """One attempt of the hook, and what is known from then on; every attempt carries the key of its action. Nothing
        is written: whoever calls keeps it."""
        assert self.spec is not None
        exposer = make_exposer(self.spec)
        assert exposer is not None
        taken = await attempt_stage(exposer, action, move)
        return replace(conclude(action, self.spec, taken, now=wall()), verify_until=None)


def version_to_release(
    gate: _Gate, registered: Sequence[str], *, taken_back: Collection[str] = ()
) -> tuple[str | None, str | None]:
    """Canary and baseline: as the gate names them, else the two versions that were registered last. None where one is
    not known: a single version is what users have. A version that was rolled back is no baseline while there is
    another."""
    known = [one for one in reversed(registered) if one != gate.baseline]
    canary = gate.canary or (known[0] if len(registered) > 1 and known else None)
    others = [one for one in reversed(registered) if one != canary]
    if canary is None or not others:
        return canary, gate.baseline
    return canary, gate.baseline or next((one for one in others if one not in taken_back), others[0])
