"""Checks names in a `[[hook]]` and names of hooks: apps, flags, the gate's `exposure` and `on_rollback`."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from leadline.settings.places import Location
from leadline.settings.schema import Settings


def hook_problems(settings: Settings) -> Iterator[tuple[Location, str]]:
    """Yields (where, message) for each unknown or duplicate name."""
    apps = [app.name for app in settings.apps]
    hooks = [hook.name for hook in settings.hooks]
    flags = {flag.key: flag.app for flag in settings.flags}
    for index, hook in enumerate(settings.hooks):
        if hook.name in hooks[:index]:
            yield ("hook", index, "name"), f"{hook.name!r} occurs twice; names must be unique"
        if hook.app is not None:
            yield from _unknown(("hook", index, "app"), "app", hook.app, apps)
        if hook.kind == "flag":
            yield from _unknown(("hook", index, "flag"), "flag", hook.flag or "", list(flags))
    for index, gate in enumerate(settings.gates):
        for place, name in enumerate(gate.on_rollback):
            yield from _unknown(("gate", index, "on_rollback", place), "hook", name, hooks)
        if gate.exposure is not None:
            own = [key for key, app in flags.items() if app == gate.app]
            yield from _unknown(("gate", index, "exposure"), "flag or hook", gate.exposure, [*own, *hooks])
        rings = [ring.name for ring in settings.rings if ring.app == gate.app]
        for place, stage in enumerate(gate.stages):
            if stage.ring is not None and gate.exposure in flags:
                yield from _unknown(("gate", index, "stages", place, "ring"), "ring", stage.ring, rings)


def _unknown(where: Location, noun: str, name: str, known: list[str]) -> Iterator[tuple[Location, str]]:
    if name not in known:
        near = get_close_matches(name, known, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(map(repr, known)) or 'none'}"
        yield where, f"no {noun} is named {name!r}{hint}"
