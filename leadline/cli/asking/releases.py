"""Moves a release through its stages, directly in the records, as for flags and hooks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from leadline.cli.asking.hooks import hook_and_side
from leadline.cli.asking.ledger import Row, who, writing_records
from leadline.cli.asking.objectives import ask_objectives
from leadline.clock import now
from leadline.errors import ConfigurationError, StoreUnavailable
from leadline.settings import Settings, configured_flags, configured_rings

if TYPE_CHECKING:
    from leadline.guard.flag_desk import FlagDesk
    from leadline.guard.promotion import Budget
    from leadline.records import Records


def show_release(settings: Settings, app: str) -> Row:
    """Its stage, its last verdict, and why it does not go on."""
    from leadline.guard.release_state import describe_release

    with writing_records(settings) as records:
        return describe_release(
            settings.gate_of(app),
            records,
            flags=[flag.key for flag in settings.flags],
            hooks=settings.hook_specs(),
            now=now(),
        )


def start_release(
    settings: Settings,
    app: str,
    *,
    reason: str,
    force: bool = False,
    owner: str = "",
    require: int | None = None,
    canary: str | None = None,
) -> tuple[Row, str | None]:
    """Begins the first stage, or returns why the error budget, the required readiness or that of an armed gate forbids
    it.

    ConfigurationError if a release is under way.
    """
    from leadline.guard.release_state import override_of

    gate = settings.gate_of(app)
    flag = _exposure(settings, app)
    _check_force(force, reason)
    if flag is None:
        return _start_moved(settings, app, reason=reason, force=force, owner=owner, require=require, canary=canary)
    if canary is not None:
        raise ConfigurationError(
            f"--canary has no effect: the flag {flag} exposes {app}", hint="leave it out; the verdict names the version"
        )
    with _desk(settings) as (records, desk):
        override = override_of(records, flag)
        if override is not None:
            if override.action == "killed":
                raise ConfigurationError(
                    f"{flag} is killed by {override.by}: nobody would get the canary",
                    hint=f"take the kill back first: leadline flag restore {flag}",
                )
            raise ConfigurationError(
                f"a release of {app} is under way: {flag} is set since {override.at:%Y-%m-%d %H:%M} UTC",
                hint=f"end it first: leadline release abort --app {app}, or leadline flag restore {flag}",
            )
        budgets, blocked = _risk(settings, app, owner=owner)
        blocked = _all(_below(settings, app, require), _unready(settings, app, records), blocked)
        if blocked is None or force:
            said = _said(blocked, owner, reason or f"release: stage {gate.stages[0].name}")
            _set_stage(desk, flag, settings, app, 0, budgets=[] if force else budgets, reason=said)
            blocked = None
    return show_release(settings, app), blocked


def advance_release(
    settings: Settings, app: str, *, force: bool, reason: str, owner: str = "", require: int | None = None
) -> tuple[Row, str | None]:
    """Begins the next stage, or returns why it can't. `force` is an override with a name and a reason."""
    from leadline.guard.release_state import last_verdict, override_of
    from leadline.guard.stages import find_stage, why_not_advance

    gate = settings.gate_of(app)
    flag = _exposure(settings, app)
    _check_force(force, reason)
    if flag is None:
        return _advance_moved(settings, app, force=force, reason=reason, owner=owner, require=require)
    with _desk(settings) as (records, desk):
        override = override_of(records, flag)
        number = find_stage(override, gate.stages)
        if override is not None and override.action == "set" and number is None:
            raise ConfigurationError(
                f"{flag} was set to something that is not a stage, by {override.by} at "
                f"{override.at:%Y-%m-%d %H:%M} UTC",
                hint=f"set it to a stage with leadline flag set {flag}, or end the release: "
                f"leadline release abort --app {app}",
            )
        if override is None or number is None:
            raise ConfigurationError(f"no release of {app} is under way", hint=f"leadline release start --app {app}")
        blocked = why_not_advance(
            number,
            gate.stages,
            began_at=override.at,
            bake=timedelta(seconds=gate.bake),
            verdict=last_verdict(records, app),
            now=now(),
        )
        is_last = number + 1 >= len(gate.stages)
        budgets, risky = ([], None) if is_last else _risk(settings, app, owner=owner)
        blocked = _all(blocked, risky, _below(settings, app, require))
        if blocked is None or (force and not is_last):
            said = _said(blocked, owner, reason)
            _set_stage(desk, flag, settings, app, number + 1, budgets=[] if force else budgets, reason=said)
            blocked = None
    return show_release(settings, app), blocked


def _start_moved(
    settings: Settings, app: str, *, reason: str, force: bool, owner: str, require: int | None, canary: str | None
) -> tuple[Row, str | None]:
    from leadline.cli.asking.moved_releases import MovedRelease

    with writing_records(settings) as records:
        release = MovedRelease.read(settings, app, records)
        found, baseline = release.check_start(canary)
        budgets, blocked = _risk(settings, app, owner=owner)
        blocked = _all(_below(settings, app, require), _unready(settings, app, records), blocked)
        if blocked is None or force:
            first = settings.gate_of(app).stages[0].name
            said = _said(blocked, owner, reason or f"release: stage {first}")
            blocked = release.open(0, canary=found, baseline=baseline, budgets=[] if force else budgets, reason=said)
    return show_release(settings, app), blocked


def _advance_moved(
    settings: Settings, app: str, *, force: bool, reason: str, owner: str, require: int | None
) -> tuple[Row, str | None]:
    """A stage whose hook failed is asked for again; else the next one begins."""
    from leadline.cli.asking.moved_releases import MovedRelease
    from leadline.guard.release_state import last_verdict

    with writing_records(settings) as records:
        release = MovedRelease.read(settings, app, records)
        number = release.check_advance()
        is_again = release.standing.state == "failed"
        is_last = number + 1 >= len(settings.gate_of(app).stages) and not is_again
        blocked = None if is_again else release.why_not_advance(last_verdict(records, app))
        budgets, risky = ([], None) if is_last else _risk(settings, app, owner=owner)
        blocked = _all(blocked, risky, _below(settings, app, require))
        if blocked is None or (force and not is_last):
            assert release.move is not None
            blocked = release.open(
                number if is_again else number + 1,
                canary=release.move.canary,
                baseline=release.move.baseline,
                budgets=[] if force else budgets,
                reason=_said(blocked, owner, reason),
            )
    return show_release(settings, app), blocked


def abort_release(settings: Settings, app: str, *, reason: str, waits: bool) -> list[Row]:
    """Kills the exposing flag and runs the gate's hooks in order until one is verified."""
    from leadline.guard.by_hand import Person, abort, kill_spec
    from leadline.guard.release_state import last_recorded
    from leadline.guard.sides import users_side
    from leadline.settings.gate_hooks import side_of

    gate = settings.gate_of(app)
    flag = gate.exposure if any(flag.key == gate.exposure for flag in settings.flags) else None
    kill = None if flag is None else kill_spec(flag, app)
    with _desk(settings) as (records, desk):
        return abort(
            app,
            flag=flag,
            flag_side=None if kill is None else users_side(side_of(settings, kill, app), kill),
            hooks=[hook_and_side(settings, records, name, app) for name in gate.on_rollback],
            desk=desk,
            person=Person.after(last_recorded(records, app), by=who(), reason=reason, waits=waits),
            records=records,
            wall=now,
        )


def _exposure(settings: Settings, app: str) -> str | None:
    """The flag that exposes it; None where a hook or a person does. ConfigurationError where there is no stage."""
    gate = settings.gate_of(app)
    if not gate.stages:
        raise ConfigurationError(
            f"the gate of {app} has no stages", hint="stages = [{ share = 0.01 }, { share = 1.0 }]"
        )
    return next((flag.key for flag in settings.flags if flag.key == gate.exposure), None)


def _check_force(force: bool, reason: str) -> None:
    if force and not reason:
        raise ConfigurationError("--force needs a reason", hint="add --reason TEXT; others and the audit see it")


def _below(settings: Settings, app: str, require: int | None) -> str | None:
    """Why the app is below the required level. If the store can't tell, that is a reason too."""
    from leadline.cli.asking.doctor import examine_apps

    if require is None:
        return None
    try:
        [(ladder, _)] = examine_apps(settings, app=app)
    except StoreUnavailable as error:
        return f"whether {app} is at L{require} is not known: {error.message}"
    return ladder.refuse(require)


def _unready(settings: Settings, app: str, records: Records) -> str | None:
    """An armed gate asks the machine to go on and to roll back: refused while no drilled hook can."""
    from leadline.guard.drills import MOST_ACTIONS
    from leadline.guard.release_state import why_not_by_itself

    return why_not_by_itself(settings.gate_of(app), records.actions(limit=MOST_ACTIONS), now=now())


def _risk(settings: Settings, app: str, *, owner: str) -> tuple[list[Budget], str | None]:
    """The error budgets now, and why they allow no stage. If the store can't tell, they allow none."""
    from leadline.guard.promotion import budgets_of
    from leadline.guard.risk import why_not_risk

    try:
        budgets = budgets_of(ask_objectives(settings, app=app))
    except StoreUnavailable as error:
        return [], f"how much error budget is left is not known: {error.message}"
    return budgets, why_not_risk(budgets, owner=owner)


def _all(*reasons: str | None) -> str | None:
    """Everything that speaks against it: an override names all of it in the audit."""
    return "; ".join(dict.fromkeys(one for one in reasons if one)) or None


def _said(blocked: str | None, owner: str, reason: str) -> str:
    """The text for the audit."""
    parts = [f"override of: {blocked}" if blocked else "", f"owner on call: {owner}" if owner else "", reason]
    return "; ".join(part for part in parts if part)


def _set_stage(
    desk: FlagDesk, flag: str, settings: Settings, app: str, number: int, *, budgets: list[Budget], reason: str
) -> None:
    from leadline.guard.risk import cap_of
    from leadline.guard.stages import reach_of

    stages = settings.gate_of(app).stages
    reach, cap = reach_of(stages, number), cap_of(budgets, stages, number)
    share = reach.share if cap is None else cap.share
    said = reason if cap is None else f"{reason}; {cap.text}" if reason else cap.text
    desk.set(flag, variant=None, share=share, rings=reach.rings, by=who(), reason=said, at=now())


@contextmanager
def _desk(settings: Settings) -> Iterator[tuple[Records, FlagDesk]]:
    from leadline.guard.flag_desk import FlagDesk

    with writing_records(settings) as records:
        yield (
            records,
            FlagDesk(
                records,
                home=settings.paths.home,
                flags=configured_flags(settings),
                rings=configured_rings(settings),
                environments={one.name: one.environment for one in settings.apps},
            ),
        )
