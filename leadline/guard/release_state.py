"""What is known of a release: where it stands by what exposes it, the newest verdict, and what hooks did."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from leadline.flags import FlagState, Override
from leadline.guard.drills import drill_problem, last_good_drill, oldest_good_drill
from leadline.guard.exposure import exposing_way
from leadline.guard.releases import find_release
from leadline.guard.stages import Stage, why_not_advance
from leadline.guard.standing import Standing, standing_of_flag, standing_of_moves
from leadline.model import Action, FlagChange, Move, RecordedVerdict, Verdict
from leadline.model.hooks import HookSpec
from leadline.model.readiness import AppEvidence, climb

__all__ = [
    "Gate",
    "ReleaseRecords",
    "describe_release",
    "last_recorded",
    "last_verdict",
    "override_of",
    "standing_of",
    "why_not_by_itself",
]

Row = dict[str, Any]
# How far back hooks are looked up, and how many acts of a release are shown.
_KNOWN = 10_000
_SHOWN = 20


class Gate(Protocol):
    """One `[[gate]]`."""

    @property
    def app(self) -> str: ...
    @property
    def stages(self) -> Sequence[Stage]: ...
    @property
    def exposure(self) -> str | None: ...
    @property
    def bake(self) -> float: ...
    @property
    def armed(self) -> bool: ...
    @property
    def on_rollback(self) -> Sequence[str]: ...


class ReleaseRecords(Protocol):
    """The part of the records used here."""

    def flag_states(self) -> list[FlagState]: ...
    def flag_changes(self, *, flag: str | None = None, limit: int = 100) -> list[FlagChange]: ...
    def verdicts(self, *, app: str | None = None, limit: int = 100) -> list[RecordedVerdict]: ...
    def actions(self, *, limit: int = 100) -> list[Action]: ...
    def action(self, action_id: str) -> Action | None: ...
    def moves(self, *, app: str | None = None, limit: int = 100) -> list[Move]: ...


def override_of(records: ReleaseRecords, flag: str | None) -> Override | None:
    """What was set over the flag of the file."""
    return next((state.override for state in records.flag_states() if state.key == flag), None)


def last_verdict(records: ReleaseRecords, app: str) -> Verdict | None:
    """The newest that was recorded of the app."""
    newest = last_recorded(records, app)
    return newest.verdict if newest is not None else None


def last_recorded(records: ReleaseRecords, app: str) -> RecordedVerdict | None:
    """The same, with its id."""
    return next(iter(records.verdicts(app=app, limit=1)), None)


def standing_of(gate: Gate, records: ReleaseRecords, *, flags: Collection[str]) -> Standing:
    """`flags`: the keys of ours; where the gate's exposure is none of them, a hook or a person sets it."""
    if gate.exposure is not None and gate.exposure in flags:
        return standing_of_flag(gate.exposure, override_of(records, gate.exposure), gate.stages)
    moves = records.moves(app=gate.app, limit=1)
    return standing_of_moves(moves, records.action(moves[0].move_id) if moves else None, gate.stages)


def describe_release(
    gate: Gate, records: ReleaseRecords, *, flags: Collection[str], hooks: Mapping[str, HookSpec], now: datetime
) -> Row:
    """Where it stands, what was said of it last, why it does not go on, and what was done or would have been."""
    verdict = last_verdict(records, gate.app)
    way = exposing_way(gate, flags=flags, hooks=hooks)
    standing = standing_of(gate, records, flags=flags)
    number = standing.number
    move = next(iter(records.moves(app=gate.app, limit=1)), None) if way != "flag" else None
    is_on = move is not None and move.ended_at is None
    acted = records.actions(limit=_KNOWN)
    own = [action for action in acted if action.app == gate.app and action.cause != "drill"]
    return {
        "app": gate.app,
        "state": standing.state,
        "stage": gate.stages[number].name if number is not None else None,
        "stage_number": None if number is None else number + 1,
        "stages": len(gate.stages),
        "exposure": gate.exposure,
        "exposed_by": way,
        "started_at": _started_at(records, gate, way) if number is not None else None,
        "since": standing.since,
        "to_do": _take_back(gate, move) if move is not None and not is_on else standing.to_do,
        "waits": standing.said if standing.state in ("waiting", "not_seen", "fallen_back") else None,
        "seen_at": move.seen_at if move is not None and is_on else None,
        "seen": move.seen or None if move is not None and is_on else None,
        "canary": (move.canary if move is not None and is_on else None) or (verdict.canary if verdict else None),
        "baseline": (move.baseline if move is not None and is_on else None) or (verdict.baseline if verdict else None),
        "verdict": verdict.verdict if verdict is not None else None,
        "sentence": verdict.sentence if verdict is not None else None,
        "decided_at": verdict.decided_at if verdict is not None else None,
        "next": _next(gate, standing, verdict, now=now),
        "armed": gate.armed,
        "refused": why_not_by_itself(gate, acted, now=now),
        "last_hook": next((f"{one.hook}: {one.state}" for one in own if one.cause != "release"), None),
        "hooks": [_hook_row(acted, name, now=now) for name in gate.on_rollback],
        "actions": [_action_row(action) for action in own[:_SHOWN]],
    }


def _take_back(gate: Gate, ended: Move) -> str | None:
    """What only a person can do after an abort: no hook does it."""
    return None if gate.on_rollback else f"set {ended.canary or 'the new version'} to 0 % now"


def _next(gate: Gate, standing: Standing, verdict: Verdict | None, *, now: datetime) -> str:
    if standing.number is None or standing.began_at is None:
        return standing.said if standing.to_do is None else f"{standing.to_do}: {standing.said}"
    bake = timedelta(seconds=gate.bake)
    began_at, stages = standing.began_at, gate.stages
    blocked = why_not_advance(standing.number, stages, began_at=began_at, bake=bake, verdict=verdict, now=now)
    return blocked or "the next stage may begin: leadline release advance"


def why_not_by_itself(gate: Gate, acted: Sequence[Action], *, now: datetime) -> str | None:
    """Why no machine begins the next stage: an armed gate asks for L3 of the ladder. None where the gate is not armed,
    and where the app is there. A rollback is never held back."""
    if not gate.armed:
        return None
    undrilled = [name for name in gate.on_rollback if drill_problem(acted, name, now=now) is not None]
    evidence = AppEvidence(
        app=gate.app,
        gates=1,
        stages=len(gate.stages),
        hooks=len(gate.on_rollback),
        last_good_drill_at=oldest_good_drill(acted, gate.on_rollback),
        hook_to_drill=undrilled[0] if undrilled else "NAME",
        is_armed=gate.armed,
    )
    return climb(evidence, now=now).refuse_rung(3)


def _started_at(records: ReleaseRecords, gate: Gate, way: str) -> datetime | None:
    """When it was started; not when its first share was seen."""
    if way == "flag":
        changes = records.flag_changes(flag=gate.exposure, limit=_KNOWN)
        release = find_release(changes, gate.stages, default="", is_by_cohort=False)
        return release.started_at if release is not None else None
    moves = records.moves(app=gate.app, limit=_KNOWN)
    return next((one.asked_at for one in moves if one.move_id == moves[0].release_id), None)


def _hook_row(acted: Sequence[Action], name: str, *, now: datetime) -> Row:
    last = last_good_drill(acted, name)
    return {
        "name": name,
        "last_drill_at": last.requested_at if last is not None else None,
        "drill_problem": drill_problem(acted, name, now=now),
    }


def _action_row(action: Action) -> Row:
    return {
        "action_id": action.action_id,
        "hook": action.hook,
        "state": action.state,
        "cause": action.cause,
        "canary": action.canary,
        "requested_at": action.requested_at,
        "requested_by": action.requested_by,
        "executed_at": action.executed_at,
        "verified_at": action.verified_at,
        "recovered_at": action.recovered_at,
        "recovery": action.recovery,
        "reason": action.reason,
        "said": action.error or action.evidence or action.detail,
    }
