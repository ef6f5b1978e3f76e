"""Checks before anything starts: targets that can be parsed, journeys that can be imported.

All errors are listed at once, in one ConfigurationError; by then nothing has been started that would not
end with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from leadline.errors import ConfigurationError
from leadline.incidents import RouteRule, Routing
from leadline.model import JourneySpec, Target
from leadline.model.worker_messages import JourneyProblem
from leadline.notify import check_target, keeps_alerts, list_recipients
from leadline.settings import JourneysSettings, Settings
from leadline_scheduler.dependencies import name_bad_dependencies
from leadline_scheduler.monitors import Monitor, list_monitors, name_dead_routes, name_twice


class Discoverer(Protocol):
    """The part of leadline.workers.WorkerPool used here."""

    async def discover(self, paths: Sequence[Path]) -> tuple[list[JourneySpec], list[JourneyProblem]]: ...


def read_targets(settings: Settings) -> dict[str, Target]:
    """The targets by name; ConfigurationError names each that Apprise can't parse."""
    targets = {name: Target(name=name, url=url) for name, url in settings.notify.targets.items()}
    problems = [
        str(settings.places.problem(("notify", "targets", name), f"[notify] target {name!r}: {problem}"))
        for name, target in targets.items()
        if (problem := check_target(target)) is not None
    ]
    if problems:
        raise ConfigurationError("\n".join(problems), hint="leadline validate --send tries each target")
    return {
        name: replace(target, recipients=list_recipients(target.url), keeps_alerts=keeps_alerts(target.url))
        for name, target in targets.items()
    }


def name_moved(before: Mapping[str, Target], now: Mapping[str, Target]) -> list[str]:
    """The targets that have kept their name and have another address."""
    return [name for name, target in now.items() if name in before and before[name].url != target.url]


async def read_monitors(settings: Settings, discoverer: Discoverer) -> list[Monitor]:
    """Everything that runs here; ConfigurationError lists every journey that can't."""
    found: list[tuple[JourneysSettings, list[JourneySpec]]] = []
    problems: list[str] = []
    for index, table in enumerate(settings.journeys):
        where = ("journeys", index, "path")
        path = (settings.folder / table.path.expanduser()).resolve()
        if not path.exists():
            problems.append(str(settings.places.problem(where, f"{path}: not found")))
            continue
        specs, broken = await discoverer.discover([path])
        problems += [_describe(problem) for problem in broken]
        if not specs and not broken:
            problems.append(f'{path}: no journey in here; a journey is an async function under @journey(every="1m")')
        found.append((table, specs))
    problems += name_twice(found)
    if not problems:  # then the unreadable journey is the problem, not the route that names it
        problems += [*name_dead_routes(settings, found), *name_bad_dependencies(settings, found)]
    if problems:
        raise ConfigurationError("\n".join(problems), hint="leadline validate shows the same without a start")
    return list_monitors(settings, found)


def read_routing(
    settings: Settings, targets: Mapping[str, Target] = MappingProxyType({}), monitors: Iterable[Monitor] = ()
) -> Routing:
    """Who is paged about what: `[notify]` and the `[[route]]` tables as a value of leadline/incidents. `targets` (of
    read_targets) give the recipients of each; without them each is one. `monitors` give the tags."""
    tagged: dict[str, set[tuple[str, str, str]]] = {}
    for monitor in monitors:
        for tag in monitor.spec.tags:
            tagged.setdefault(tag, set()).add((monitor.kind, monitor.app, monitor.name))
    rules = [
        RouteRule(
            targets=tuple(route.targets),
            app=route.match.app,
            severity=route.match.severity,
            journey=route.match.journey,
            check=route.match.check,
            escalate_after=None if route.escalate_after is None else timedelta(seconds=route.escalate_after),
            escalate_to=tuple(route.escalate_to),
            monitors=None if route.match.tag is None else frozenset(tagged.get(route.match.tag, ())),
            when=None if route.when is None else route.when.weekly(),
            repeat_every=None if route.repeat_every is None else timedelta(seconds=route.repeat_every),
        )
        for route in settings.routes
    ]
    notify = settings.notify
    return Routing(
        targets=tuple(notify.targets),
        routes=tuple(rules),
        fallback=notify.fallback,
        operator=notify.operator,
        rotas={rota.name: rota.rota() for rota in settings.rotas},
        recipients={name: target.recipients for name, target in targets.items()},
    )


def _describe(problem: JourneyProblem) -> str:
    hint = f"; {problem.hint}" if problem.hint else ""
    return f"{problem.path}:{problem.line}:1: {problem.message}{hint}"
