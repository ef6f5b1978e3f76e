"""Checks that everything a `[[gate]]` names exists: app, KPIs, cohorts, and windows that the store still keeps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from leadline.settings.gates import SUBJECTS, GateSettings
from leadline.settings.places import Location
from leadline.settings.schema import Settings

# Cohorts that Leadline itself gives a meaning to.
COHORTS = ("baseline", "canary", "shadow")


def gate_problems(settings: Settings) -> Iterator[tuple[Location, str]]:
    """Yields (where, message) for each unknown name, and for settings that can't be judged."""
    for index, gate in enumerate(settings.gates):
        where: Location = ("gate", index)
        yield from _arms(settings, gate, where)
        yield from _metrics(settings, gate, where)
        yield from _windows(settings, gate, where)


def _arms(settings: Settings, gate: GateSettings, where: Location) -> Iterator[tuple[Location, str]]:
    known = {*COHORTS, *(name for one in settings.journeys if one.app == gate.app for name in one.cohorts)}
    known |= {name for one in settings.checks if one.app == gate.app for name in one.cohorts}
    known |= {name for one in settings.flags if one.app == gate.app for name in one.cohorts.values()}
    known |= {stage.ring for stage in gate.stages if stage.ring is not None}
    for key, arm in (("baseline", gate.baseline), ("canary", gate.canary)):
        cohort = arm.removeprefix("cohort:") if arm is not None and arm.startswith("cohort:") else None
        if cohort is not None and cohort not in known:
            near = get_close_matches(cohort, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(sorted(known))}"
            yield (*where, key), f"unknown cohort {cohort!r}; {hint}"
    if gate.baseline is not None and gate.baseline == gate.canary:
        yield (*where, "canary"), f"baseline and canary are both {gate.canary!r}: there is nothing to compare"


def _metrics(settings: Settings, gate: GateSettings, where: Location) -> Iterator[tuple[Location, str]]:
    kpis = next((app.kpis for app in settings.apps if app.name == gate.app), [])
    seen: set[tuple[object, ...]] = set()
    for place, metric in enumerate(gate.metrics):
        at: Location = (*where, "metrics", place)
        if metric.kpi is not None and (unlisted := say_unlisted_kpi(gate.app, metric.kpi, kpis)) is not None:
            yield (*at, "kpi"), unlisted
        subject = tuple(getattr(metric, name) for name in (*SUBJECTS, "value"))
        if subject in seen:
            yield at, "duplicate metric; give each one weight and one margin"
        seen.add(subject)


def say_unlisted_kpi(app: str, name: str, kpis: Sequence[str]) -> str | None:
    """What is wrong with a KPI that the app's `kpis` do not list; None if they do, or if there are none."""
    if not kpis or name in kpis:
        return None
    near = get_close_matches(name, kpis, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"the app's kpis are {', '.join(kpis)}"
    return f"{app} has no kpi {name!r}; {hint}"


def _windows(settings: Settings, gate: GateSettings, where: Location) -> Iterator[tuple[Location, str]]:
    kept_s = settings.retention.raw
    if gate.max_bake > kept_s:
        yield (*where, "max_bake"), f"max_bake is longer than raw rows are kept ({kept_s / 86400:g} days)"
    for place, metric in enumerate(gate.metrics):
        if metric.within is not None and metric.within > min(gate.max_bake, kept_s):
            limit = "max_bake" if gate.max_bake <= kept_s else "raw rows are kept"
            yield (*where, "metrics", place, "within"), f"within is longer than {limit}: no session would ever count"
