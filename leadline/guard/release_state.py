"""What is known of a release: read off the flag that exposes it, the newest verdict, and what hooks did."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from leadline.flags import FlagState, Override
from leadline.guard.drills import drill_problem, last_good_drill, oldest_good_drill
from leadline.guard.releases import find_release
from leadline.guard.stages import Stage, find_stage, why_not_advance
from leadline.model import Action, FlagChange, RecordedVerdict, Verdict
from leadline.model.readiness import AppEvidence, climb

__all__ = ["Gate", "ReleaseRecords", "describe_release", "last_verdict", "override_of"]

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
    """What is asked of the records."""

    def flag_states(self) -> list[FlagState]: ...
    def flag_changes(self, *, flag: str | None = None, limit: int = 100) -> list[FlagChange]: ...
    def verdicts(self, *, app: str | None = None, limit: int = 100) -> list[RecordedVerdict]: ...
    def actions(self, *, limit: int = 100) -> list[Action]: ...


def override_of(records: ReleaseRecords, flag: str | None) -> Override | None:
    """What was set over the flag of the file."""
    return next((state.override for state in records.flag_states() if state.key == flag), None)


def last_verdict(records: ReleaseRecords, app: str) -> Verdict | None:
    """The newest that was recorded of the app."""
    newest = records.verdicts(app=app, limit=1)
    return newest[0].verdict if newest else None


def describe_release(gate: Gate, records: ReleaseRecords, *, now: datetime) -> Row:
    """Where it stands, what was said of it last, why it does not go on, and what was done or would have been."""
    verdict = last_verdict(records, gate.app)
    override = override_of(records, gate.exposure)
    number = find_stage(override, gate.stages)
    acted = records.actions(limit=_KNOWN)
    own = [action for action in acted if action.app == gate.app and action.cause != "drill"]
    return {
        "app": gate.app,
        "state": _state(override, number),
        "stage": gate.stages[number].name if number is not None else None,
        "stage_number": None if number is None else number + 1,
        "stages": len(gate.stages),
        "exposure": gate.exposure,
        "started_at": _started_at(records, gate) if number is not None else None,
        "since": override.at if override is not None else None,
        "canary": verdict.canary if verdict is not None else None,
        "baseline": verdict.baseline if verdict is not None else None,
        "verdict": verdict.verdict if verdict is not None else None,
        "sentence": verdict.sentence if verdict is not None else None,
        "decided_at": verdict.decided_at if verdict is not None else None,
        "next": _next(gate, override, number, verdict, now=now),
        "armed": gate.armed,
        "refused": _refused(gate, acted, now=now),
        "last_hook": next((f"{one.hook}: {one.state}" for one in own if one.cause != "release"), None),
        "hooks": [_hook_row(acted, name, now=now) for name in gate.on_rollback],
        "actions": [_action_row(action) for action in own[:_SHOWN]],
    }


def _state(override: Override | None, number: int | None) -> str:
    if override is None:
        return "none"
    if override.action == "killed":
        return "aborted"
    return "no_stage" if number is None else "under_way"


def _next(gate: Gate, override: Override | None, number: int | None, verdict: Verdict | None, *, now: datetime) -> str:
    if override is None:
        return "no release is under way"
    if override.action == "killed":
        return f"{gate.exposure} is killed by {override.by}"
    if number is None:
        return f"{gate.exposure} was set to something that is not a stage"
    bake = timedelta(seconds=gate.bake)
    blocked = why_not_advance(number, gate.stages, began_at=override.at, bake=bake, verdict=verdict, now=now)
    return blocked or "the next stage may begin: leadline release advance"


def _refused(gate: Gate, acted: Sequence[Action], *, now: datetime) -> str | None:
    """Why no machine begins the next stage: an armed gate asks for L3 of the ladder. A rollback is never held back."""
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


def _started_at(records: ReleaseRecords, gate: Gate) -> datetime | None:
    changes = records.flag_changes(flag=gate.exposure, limit=_KNOWN)
    release = find_release(changes, gate.stages, default="", is_by_cohort=False)
    return release.started_at if release is not None else None


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
