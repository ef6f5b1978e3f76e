"""A release through its stages, from the command: straight in the records, as flags and hooks are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from leadline.cli.asking.hooks import hook_and_side
from leadline.cli.asking.ledger import Row, who, writing_records
from leadline.clock import now
from leadline.errors import ConfigurationError
from leadline.settings import Settings, configured_flags, configured_rings

if TYPE_CHECKING:
    from leadline.guard.flag_desk import FlagDesk
    from leadline.records import Records


def show_release(settings: Settings, app: str) -> Row:
    """Where it stands, what was said of it last, and why it does not go on."""
    from leadline.guard.release_state import describe_release

    with writing_records(settings) as records:
        return describe_release(settings.gate_of(app), records, now=now())


def start_release(settings: Settings, app: str, *, reason: str) -> Row:
    """The first stage begins. ConfigurationError where one is under way."""
    from leadline.guard.release_state import override_of

    gate = settings.gate_of(app)
    flag = _exposure(settings, app)
    with _desk(settings) as (records, desk):
        override = override_of(records, flag)
        if override is not None:
            said = (
                f"is killed by {override.by}"
                if override.action == "killed"
                else f"is set since {override.at:%Y-%m-%d %H:%M} UTC"
            )
            raise ConfigurationError(
                f"a release of {app} is under way: {flag} {said}",
                hint=f"end it first: leadline release abort --app {app}, or leadline flag restore {flag}",
            )
        _set_stage(desk, flag, settings, app, 0, reason=reason or f"release: stage {gate.stages[0].name}")
    return show_release(settings, app)


def advance_release(settings: Settings, app: str, *, force: bool, reason: str) -> tuple[Row, str | None]:
    """The next stage begins, or why it does not. `force` is an override with a name and a reason."""
    from leadline.guard.release_state import last_verdict, override_of
    from leadline.guard.stages import find_stage, why_not_advance

    gate = settings.gate_of(app)
    flag = _exposure(settings, app)
    if force and not reason:
        raise ConfigurationError("--force needs a reason", hint="--reason says it to others, and to the audit")
    with _desk(settings) as (records, desk):
        override = override_of(records, flag)
        number = find_stage(override, gate.stages)
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
        if blocked is None or (force and not is_last):
            said = f"override of: {blocked}; {reason}" if blocked else reason
            _set_stage(desk, flag, settings, app, number + 1, reason=said)
            blocked = None
    return show_release(settings, app), blocked


def abort_release(settings: Settings, app: str, *, reason: str, waits: bool) -> list[Row]:
    """The hooks of the gate, in order, until one is seen to work; the exposing flag is killed in any case."""
    from leadline.guard.by_hand import Person, abort
    from leadline.guard.release_state import last_verdict

    gate = settings.gate_of(app)
    with _desk(settings) as (records, desk):
        return abort(
            app,
            flag=gate.exposure if any(flag.key == gate.exposure for flag in settings.flags) else None,
            hooks=[hook_and_side(settings, records, name, app) for name in gate.on_rollback],
            desk=desk,
            person=Person.after(last_verdict(records, app), by=who(), reason=reason, waits=waits),
            records=records,
            wall=now,
        )


def _exposure(settings: Settings, app: str) -> str:
    """The flag that exposes it. ConfigurationError where there is none, or no stage."""
    gate = settings.gate_of(app)
    if not gate.stages:
        raise ConfigurationError(
            f"the gate of {app} has no stages", hint="stages = [{ share = 0.01 }, { share = 1.0 }]"
        )
    if gate.exposure is None or all(flag.key != gate.exposure for flag in settings.flags):
        raise ConfigurationError(
            f"the gate of {app} names no flag as exposure", hint='exposure = "FLAG"; other ways are moved by hand'
        )
    return gate.exposure


def _set_stage(desk: FlagDesk, flag: str, settings: Settings, app: str, number: int, *, reason: str) -> None:
    from leadline.guard.stages import reach_of

    reach = reach_of(settings.gate_of(app).stages, number)
    desk.set(flag, variant=None, share=reach.share, rings=reach.rings, by=who(), reason=reason, at=now())


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
