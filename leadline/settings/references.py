"""Checks across tables: apps, targets, unique names, addresses. Pure; the reader knows the positions."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from ipaddress import ip_address

from leadline.flags import find_problems
from leadline.settings.flags import configured_flags, configured_rings
from leadline.settings.gate_references import gate_problems
from leadline.settings.hook_references import hook_problems
from leadline.settings.maintenance_windows import maintenance_problems
from leadline.settings.places import Location
from leadline.settings.rotas import rota_problems
from leadline.settings.schema import Settings
from leadline.settings.times import times_problems


def dangling_references(settings: Settings) -> Iterator[tuple[Location, str]]:
    """Yields (where, message) for each unknown or duplicate name."""
    apps = [app.name for app in settings.apps]
    targets = list(settings.notify.targets)
    yield from _clashing_addresses(settings)
    yield from _twice(("app",), "name", apps)
    yield from _twice(("check",), "name", [check.name for check in settings.checks])
    yield from _twice(("gate",), "app", [gate.app for gate in settings.gates])
    yield from gate_problems(settings)
    keys = [(index, key) for index, app in enumerate(settings.apps) for key in app.keys]
    for index, key in keys:
        if sum(other == key for _, other in keys) > 1:
            yield ("app", index, "keys"), f"the key {key!r} belongs to more than one app"
    named_apps = {
        "journeys": [journeys.app for journeys in settings.journeys],
        "check": [check.app for check in settings.checks],
        "slo": [slo.app for slo in settings.slos],
        "gate": [gate.app for gate in settings.gates],
        "flag": [flag.app for flag in settings.flags],
        "ring": [ring.app for ring in settings.rings],
    }
    for table, names in named_apps.items():
        for index, name in enumerate(names):
            yield from _unknown((table, index, "app"), "app", name, apps)
    yield from _indicators(settings)
    for key, named in (("fallback", settings.notify.fallback), ("operator", settings.notify.operator)):
        if named is not None:
            yield from _unknown(("notify", key), "target", named, targets)
    yield from hook_problems(settings)
    yield from maintenance_problems(settings)
    for index, planned in enumerate(settings.maintenance):
        if planned.match.app is not None:
            yield from _unknown(("maintenance", index, "match", "app"), "app", planned.match.app, apps)
    yield from find_problems(configured_flags(settings), configured_rings(settings))
    yield from rota_problems(settings.rotas, targets)
    targets = [*targets, *(rota.name for rota in settings.rotas)]
    for index, route in enumerate(settings.routes):
        for place, name in enumerate(route.targets):
            yield from _unknown(("route", index, "targets", place), "target", name, targets)
        for place, name in enumerate(route.escalate_to):
            yield from _unknown(("route", index, "escalate_to", place), "target", name, targets)
        if route.escalate_after is not None and not route.escalate_to:
            yield ("route", index, "escalate_after"), "nobody is named to escalate to; add escalate_to"
        if route.escalate_to and route.escalate_after is None:
            yield ("route", index, "escalate_to"), "never happens without a time; add escalate_after"
        if route.match.app is not None:
            yield from _unknown(("route", index, "match", "app"), "app", route.match.app, apps)
        if route.when is not None:
            yield from times_problems(("route", index, "when"), route.when)
    if settings.notify.quiet_hours is not None:
        yield from times_problems(("notify", "quiet_hours"), settings.notify.quiet_hours)


def _indicators(settings: Settings) -> Iterator[tuple[Location, str]]:
    """Objectives about a check that does not exist. Journeys are known only once their files are imported."""
    yield from _twice(("slo",), "name", [slo.name for slo in settings.slos])
    for index, slo in enumerate(settings.slos):
        if slo.parsed.kind == "check":
            checks = [check.name for check in settings.checks if check.app == slo.app]
            yield from _unknown(("slo", index, "indicator"), "check", slo.parsed.name, checks)


def _clashing_addresses(settings: Settings) -> Iterator[tuple[Location, str]]:
    if settings.web.listen == settings.collector.listen and not settings.web.listen.endswith(":0"):
        yield ("web", "listen"), f"the collector listens on {settings.web.listen!r} already"
    host = settings.web.listen.rpartition(":")[0].strip("[]")
    if not settings.web.tokens and not is_loopback(host):
        hint = '[web.tokens.NAME] token = "${LEADLINE_TOKEN}" allows it, or put a web server in front'
        yield ("web", "listen"), f"without [web.tokens] web listens on loopback only, and {host} is not; {hint}"


def is_loopback(host: str) -> bool:
    """Whether that host can be reached only from this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _unknown(where: Location, noun: str, name: str, known: list[str]) -> Iterator[tuple[Location, str]]:
    if name in known:
        return
    near = get_close_matches(name, known, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(map(repr, known)) or 'none'}"
    yield where, f"no {noun} is named {name!r}{hint}"


def _twice(table: Location, field: str, names: list[str]) -> Iterator[tuple[Location, str]]:
    for index, name in enumerate(names):
        if name in names[:index]:
            yield (*table, index, field), f"{name!r} occurs twice; names must be unique"
