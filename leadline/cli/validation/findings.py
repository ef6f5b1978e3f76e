"""All errors and warnings about a configuration, its journeys and its targets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from urllib.parse import urlsplit

from leadline.cli.validation.run_limits import find_tight_limits
from leadline.errors import ConfigurationError
from leadline.model import JourneySpec, Target
from leadline.model.burn_rows import burn_rate, deaf_rows
from leadline.model.web_origins import what_slash_opens
from leadline.settings import CheckSettings, JourneysSettings, Problem, Settings
from leadline.settings.gate_references import say_unlisted_kpi
from leadline.settings.gates import GateSettings
from leadline.settings.references import is_loopback
from leadline.settings.schema import SloSettings

JourneysFound = list[tuple[JourneysSettings, list[JourneySpec]]]


@dataclass(slots=True)
class Findings:
    """Errors prevent a start, warnings don't. `journeys` has the journeys found in each [[journeys]]."""

    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    journeys: JourneysFound = field(default_factory=list)


async def examine(settings: Settings) -> Findings:
    """Imports the journeys (in a process of their own) and parses the targets; starts and sends nothing."""
    findings = Findings(
        warnings=[
            *settings.warnings,
            *find_who_pages_nobody(settings),
            *find_weak_links(settings),
            *find_no_countries(settings),
            *find_deaf_objectives(settings),
            *find_unlisted_kpis(settings),
            *find_lost_paths(settings),
        ]
    )
    await _examine_journeys(settings, findings)
    findings.warnings += find_tight_limits(settings, findings.journeys)
    findings.errors += _find_bad_targets(settings)
    findings.errors += _find_bad_country_database(settings)
    return findings


def find_who_pages_nobody(settings: Settings) -> Iterator[Problem]:
    """Warns of monitors that page nobody. Their incidents still open and are shown."""
    places = settings.places
    tables: list[JourneysSettings | CheckSettings | SloSettings | GateSettings] = [
        *settings.journeys,
        *settings.checks,
        *settings.slos,
        *settings.gates,
    ]
    watched = {table.app for table in tables}
    for index, app in enumerate(settings.apps):
        if app.name not in watched:
            yield places.problem(
                ("app", index), f"app {app.name!r} pages nobody: no journey, check, objective or gate watches it"
            )
    if not settings.notify.targets and (settings.journeys or settings.checks):
        watching = [f"the journeys in {table.path}" for table in settings.journeys]
        watching += [f"check {check.name!r}" for check in settings.checks]
        said = ", ".join(watching[:5]) + (f" and {len(watching) - 5} more" if len(watching) > 5 else "")
        where = ("journeys", 0) if settings.journeys else ("check", 0)
        yield places.problem(where, f"[notify] has no targets, so these page nobody: {said}")
    elif not settings.notify.targets and settings.apps:
        yield places.problem(
            ("app", 0),
            "[notify] has no targets, so nobody is paged about burning objectives, missing beacons or problems of"
            " Leadline itself; name one in [notify.targets]",
        )


def find_weak_links(settings: Settings) -> Iterator[Problem]:
    """Warns of links in pages that a phone or a trace viewer can't open."""
    public = settings.web.public_url
    if public is not None and not public.startswith("https://") and not is_loopback(urlsplit(public).hostname or ""):
        yield settings.places.problem(
            ("web", "public_url"), "the dashboard's address is neither https nor on this machine: traces won't open"
        )


def find_no_countries(settings: Settings) -> Iterator[Problem]:
    """Warns if rows get no country although nobody switched that off."""
    is_wanted = settings.named_country_database == "bundled" and not settings.collector.country_header
    if is_wanted and settings.country_database is None and any(app.keys for app in settings.apps):
        yield settings.places.problem(
            ("store", "country_database"),
            "there is no bundled country database here, so rows get no country: `make setup` fetches it in a checkout;"
            ' or name one with [store] country_database, or "off"',
        )


def find_lost_paths(settings: Settings) -> Iterator[Problem]:
    """Warns of a base_url with a path, because `goto("/")` drops the path."""
    for index, app in enumerate(settings.apps):
        if (said := what_slash_opens(app.base_url)) is not None:
            yield settings.places.problem(("app", index, "base_url"), f"base_url has a path: {said}")
    for index, table in enumerate(settings.journeys):
        if (said := what_slash_opens(table.base_url)) is not None:
            yield settings.places.problem(("journeys", index, "base_url"), f"base_url has a path: {said}")


def find_deaf_objectives(settings: Settings) -> Iterator[Problem]:
    """Warns of objectives so low that some of their alerts can never fire, even if every event is bad."""
    for index, slo in enumerate(settings.slos):
        deaf = deaf_rows(slo.objective)
        if deaf:
            rates = ", ".join(f"{row.factor:g}x" for row in deaf)
            most = burn_rate(1.0, slo.objective)
            yield settings.places.problem(
                ("slo", index, "objective"),
                f"objective {slo.name!r}: at {slo.objective:g} the burn rate is at most {most:.3g}x, so its alerts at"
                f" {rates} can never fire; raise the objective above {1 - 1 / deaf[0].factor:.4f} for all four",
            )


def find_unlisted_kpis(settings: Settings) -> Iterator[Problem]:
    """Warns of objectives about a KPI that the app's `kpis` does not list: most likely misspelt, so it never counts."""
    listed = {app.name: app.kpis for app in settings.apps}
    for index, slo in enumerate(settings.slos):
        if slo.parsed.kind != "kpi":
            continue
        if (unlisted := say_unlisted_kpi(slo.app, slo.parsed.name, listed.get(slo.app, []))) is not None:
            yield settings.places.problem(("slo", index, "indicator"), f"objective {slo.name!r}: {unlisted}")


async def _examine_journeys(settings: Settings, findings: Findings) -> None:
    depends = any(check.depends_on for check in settings.checks)
    if not (settings.journeys or settings.routes or settings.maintenance or depends):
        return
    try:
        from leadline.workers import WorkerPool
        from leadline_scheduler.dependencies import name_bad_dependencies
        from leadline_scheduler.monitors import name_dead_routes, name_twice
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"journeys can't be checked: there is no {error.name}", hint="pip install 'leadline[scheduler,probes]'"
        ) from error
    pool = WorkerPool(size=0, import_folder=settings.folder, evidence_folder=settings.paths.evidence)
    for index, table in enumerate(settings.journeys):
        path = (settings.folder / table.path.expanduser()).resolve()
        found, problems = await pool.discover([path])
        findings.journeys.append((table, found))
        for problem in problems:
            hint = f"\n  {problem.hint}" if problem.hint else ""
            if problem.path in ("", str(path)) and not path.is_file():
                findings.errors.append(settings.places.problem(("journeys", index, "path"), problem.message + hint))
            else:
                findings.errors.append(Problem(problem.path, problem.line, problem.column, problem.message + hint))
    findings.errors += [_from_text(message) for message in name_twice(findings.journeys)]
    if not findings.errors:  # then the unreadable journey is the problem, not the route that names it
        said = [*name_dead_routes(settings, findings.journeys), *name_bad_dependencies(settings, findings.journeys)]
        findings.errors += map(_from_text, said)
    findings.errors += _find_unknown_journeys(settings, findings.journeys)


def _find_unknown_journeys(settings: Settings, journeys: JourneysFound) -> Iterator[Problem]:
    """Errors for objectives about a journey that does not exist: they would never have data."""
    for index, slo in enumerate(settings.slos):
        known = sorted({spec.name for table, found in journeys if table.app == slo.app for spec in found})
        if slo.parsed.kind == "journey" and slo.parsed.name not in known:
            near = get_close_matches(slo.parsed.name, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"app {slo.app!r} has {', '.join(known) or 'none'}"
            message = f"no journey is named {slo.parsed.name!r}; {hint}"
            yield settings.places.problem(("slo", index, "indicator"), message)


def _from_text(message: str) -> Problem:
    place, _, text = message.partition(": ")
    match = re.fullmatch(r"(.*?):(\d+)(?::(\d+))?", place)
    assert match is not None, "every such message begins with its file and line"
    return Problem(match[1], int(match[2]), int(match[3] or 1), text)


def _find_bad_targets(settings: Settings) -> Iterator[Problem]:
    if not settings.notify.targets:
        return
    try:
        from leadline.notify import check_target
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"targets can't be checked: there is no {error.name}", hint="pip install 'leadline[scheduler]'"
        ) from error
    for name, url in settings.notify.targets.items():
        trouble = check_target(Target(name=name, url=url))
        if trouble is not None:
            yield settings.places.problem(("notify", "targets", name), trouble)


def _find_bad_country_database(settings: Settings) -> Iterator[Problem]:
    file = settings.country_database
    if file is None or settings.named_country_database == "bundled":
        return
    trouble = None if file.is_file() else "is missing"
    try:
        from leadline.store.countries import UnusableDatabase, open_database

        open_database(file)
    except ModuleNotFoundError:  # without the extra `store`, nothing is loaded on this machine
        pass
    except UnusableDatabase as error:
        trouble = str(error)
    if trouble is not None:
        remedy = 'put it there, or remove the key (then the bundled one is used), or set "off"'
        table = "store" if settings.store.country_database else "web"
        yield settings.places.problem((table, "country_database"), f"the country database {file} {trouble}; {remedy}")
