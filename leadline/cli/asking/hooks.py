"""Lists, rehearses and runs hooks; works when everything else is dead. The records keep what they did."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from leadline.cli.asking.ledger import Row, reading_records, who, writing_records
from leadline.clock import now
from leadline.errors import ConfigurationError
from leadline.settings import Settings, configured_flags, configured_rings

if TYPE_CHECKING:
    from leadline.guard.hooks.seam import Hook
    from leadline.guard.verification import UsersSide
    from leadline.model import Action
    from leadline.records import Records


def list_hooks(settings: Settings) -> list[Row]:
    """Each hook with its last successful rehearsal, and whether a gate may run it by itself."""
    from leadline.guard.drills import MOST_ACTIONS, drill_problem, last_good_drill

    with reading_records(settings) as records:
        acted = [] if records is None else records.actions(limit=MOST_ACTIONS)
        rows = []
        for name, spec in settings.hook_specs().items():
            hook = _make(settings, records, name)
            last = last_good_drill(acted, name)
            gates = [gate for gate in settings.gates if name in gate.on_rollback]
            rows.append(
                {
                    "name": name,
                    "kind": spec.kind,
                    "app": spec.app,
                    "does": hook.describe(),
                    "armed": any(gate.armed for gate in gates),
                    "last_drill_at": last.requested_at if last else None,
                    "drill_problem": drill_problem(acted, name, now=now()),
                    "request_to_executed_ms": _ms(last, "requested_at", "executed_at"),
                    "executed_to_verified_ms": _ms(last, "executed_at", "verified_at"),
                }
            )
        return rows


def preflight_hook(settings: Settings, name: str) -> Row:
    """Checks without acting."""
    with reading_records(settings) as records:
        hook = _make(settings, records, name)
        ready = asyncio.run(hook.preflight())
    return {"name": name, "does": hook.describe(), "is_ready": ready.is_ready, "detail": ready.detail}


def drill_hook(settings: Settings, name: str) -> Row:
    """Rehearses, and records the result."""
    from leadline.guard.drills import drill

    with writing_records(settings) as records:
        action = asyncio.run(drill(_make(settings, records, name), by=who(), wall=now))
        records.write_action(action)
    return asdict(action)


def fire_hook(
    settings: Settings, name: str, *, canary: str | None, baseline: str | None, reason: str, waits: bool
) -> Row:
    """Acts now, by hand; waits until users are verified to get the old version, unless `wait` is false."""
    from leadline.guard.by_hand import Person, fire
    from leadline.guard.release_state import last_recorded

    person = Person(by=who(), reason=reason, waits=waits, canary=canary, baseline=baseline)
    with writing_records(settings) as records:
        hook, side = hook_and_side(settings, records, name, None)
        _check_arms(records, hook.spec.app, canary=canary, baseline=baseline)
        newest = last_recorded(records, hook.spec.app) if hook.spec.app is not None else None
        judged = Person.after(newest, by=person.by, reason=reason, waits=waits)
        if judged.canary == canary:
            person = replace(judged, baseline=baseline or judged.baseline)
        return asdict(asyncio.run(fire(hook, side, person, records=records, wall=now)))


def _check_arms(records: Records, app: str | None, *, canary: str | None, baseline: str | None) -> None:
    """Nobody gets a version that is misspelt, so whatever the hook did would count as verified."""
    if canary is None:
        return
    if canary == baseline:
        raise ConfigurationError(
            f"--canary and --baseline are both {canary!r}", hint="name the bad version and the good one"
        )
    from leadline.guard.shares import cohort_of

    known = records.registered_versions(app) if app is not None else []
    if known and canary not in known and cohort_of(canary) is None:
        near = get_close_matches(canary, known, n=1)
        meant = f"did you mean {near[0]!r}? " if near else ""
        raise ConfigurationError(
            f"--canary: no version {canary!r} of {app} is registered",
            hint=f"{meant}Without --canary the hook acts at once, and users are not checked.",
        )


def hook_and_side(settings: Settings, records: Records, name: str, app: str | None) -> tuple[Hook, UsersSide]:
    """A hook, and the way to verify what users get."""
    from leadline.guard.sides import users_side
    from leadline.settings.gate_hooks import side_of

    hook = _make(settings, records, name)
    return hook, users_side(side_of(settings, hook.spec, hook.spec.app or app), hook.spec)


def _make(settings: Settings, records: Records | None, name: str) -> Hook:
    from leadline.guard.flag_desk import FlagDesk
    from leadline.guard.flag_door import open_door
    from leadline.guard.hooks.kinds import make_hook

    specs = settings.hook_specs()
    if name not in specs:
        near = get_close_matches(name, specs, n=1)
        there = ", ".join(map(repr, specs)) or "none"
        raise ConfigurationError(
            f"no hook is named {name!r}", hint=f"did you mean {near[0]!r}?" if near else f"known: {there}"
        )

    def desk() -> FlagDesk:
        if records is None:
            raise ConfigurationError("nothing has been recorded on this home yet", hint="start leadline up once")
        return FlagDesk(
            records,
            home=settings.paths.home,
            flags=configured_flags(settings),
            rings=configured_rings(settings),
            environments={app.name: app.environment for app in settings.apps},
        )

    return make_hook(specs[name], flags=open_door(desk, wall=now))


def _ms(action: Action | None, begin: str, end: str) -> float | None:
    if action is None:
        return None
    began, ended = getattr(action, begin), getattr(action, end)
    return None if began is None or ended is None else float((ended - began).total_seconds() * 1000)
