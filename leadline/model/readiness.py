"""How ready an app is for tests in production: a ladder of six levels, each with its evidence and the next step. Pure.

A level needs all levels below it, and live data: things that are configured but never seen don't count. The ladder
follows the order of learning: see (L1), limit (L2), roll back automatically (L3), break on purpose with
somebody watching (L4), and without (L5).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

__all__ = ["AppEvidence", "Ladder", "Requirement", "Rung", "climb", "ladder_rows"]

# Every signal that a gate judges by must be this recent (L1), or a broken canary looks like a quiet one.
FRESH = timedelta(seconds=60)
# With a smaller share of views that name a version, a bad release can hide among views without one.
LEAST_VERSIONED = 0.99
# A rollback that was last tried longer ago may not work (with the same limit, a gate does not promote).
DRILL_AGE = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class AppEvidence:
    """What is known about one app now. A time is None if nothing of that kind was ever seen. `runs` and `views_` are a
    day's: leadline.storeclient.isolation."""

    app: str
    page_views: int = 0
    page_views_with_version: int = 0
    last_page_view_at: datetime | None = None
    last_request_at: datetime | None = None
    last_kpi_at: datetime | None = None
    last_trace_at: datetime | None = None
    last_saturation_at: datetime | None = None
    last_judged_run_at: datetime | None = None
    monitors: int = 0
    runs: int = 0
    runs_seen: int = 0
    views_marked: int = 0
    views_unmarked: int = 0
    flags: int = 0
    stages: int = 0
    gates: int = 0
    hooks: int = 0
    last_good_drill_at: datetime | None = None
    hook_to_drill: str = "NAME"
    is_armed: bool = False
    supervised_experiments: int = 0
    continuous_experiments: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One requirement of a level: what was seen, and if it is missing, the next command or line."""

    name: str
    is_met: bool
    evidence: str
    next_step: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    level: int
    title: str
    requirements: tuple[Requirement, ...]

    @property
    def is_reached(self) -> bool:
        return all(one.is_met for one in self.requirements)

    @property
    def missing(self) -> tuple[Requirement, ...]:
        return tuple(one for one in self.requirements if not one.is_met)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    app: str
    rungs: tuple[Rung, ...]

    @property
    def level(self) -> int | None:
        """The highest level of which all lower ones are reached; None below L0."""
        reached = None
        for rung in self.rungs:
            if not rung.is_reached:
                break
            reached = rung.level
        return reached

    def refuse(self, level: int) -> str | None:
        """Why an act that needs `level` is refused, with the first unmet requirement; None if it is allowed."""
        for rung in self.rungs:
            if rung.level > level:
                break
            if not rung.is_reached:
                return self._refusal(level, rung)
        return None

    def refuse_rung(self, level: int) -> str | None:
        """The same for the requirements of that level alone, regardless of lower ones."""
        rung = next(rung for rung in self.rungs if rung.level == level)
        return None if rung.is_reached else self._refusal(level, rung)

    def _refusal(self, level: int, rung: Rung) -> str:
        first = rung.missing[0]
        return f"app {self.app!r} is not at L{level}: {first.name} ({first.evidence}). Next: {first.next_step}"


def climb(evidence: AppEvidence, *, now: datetime) -> Ladder:
    """The ladder of one app."""
    rungs = (_l0, _l1, _l2, _l3, _l4, _l5)
    return Ladder(app=evidence.app, rungs=tuple(rung(evidence, now) for rung in rungs))


def _l0(e: AppEvidence, now: datetime) -> Rung:
    age = None if e.last_judged_run_at is None else now - e.last_judged_run_at
    watched = Requirement(
        name="something watches it",
        is_met=e.monitors > 0 and age is not None and age <= timedelta(days=1),
        evidence=f"{e.monitors} journeys and checks, last judged run {_ago(e.last_judged_run_at, now)}",
        next_step="add a journey or a [[check]], then: leadline up",
    )
    return Rung(level=0, title="watched", requirements=(watched,))


def _l1(e: AppEvidence, now: datetime) -> Rung:
    share = e.page_views_with_version / e.page_views if e.page_views else None
    versioned = Requirement(
        name="version on 99 % of page views",
        is_met=share is not None and share >= LEAST_VERSIONED,
        evidence="no page views in the last hour" if share is None else f"{share:.1%} of {e.page_views:,} in an hour",
        next_step=f'leadline snippet --app {e.app} --version "$VERSION" prints the tag',
    )
    fresh: Sequence[tuple[str, datetime | None, str]] = (
        ("error share", e.last_page_view_at, f"leadline snippet --app {e.app}, then: leadline snippet verify URL"),
        ("p99 of requests", e.last_request_at, "let the beacon see requests: docs/beacon.md, requests"),
        ("saturation", e.last_saturation_at, '[[app]] saturation = "event:NAME" or "check:NAME"'),
        ("business KPI", e.last_kpi_at, '[[app]] kpis = ["NAME"] and window.leadline.event("NAME")'),
        ("trace per version", e.last_trace_at, "send Server-Timing: traceparent with the page: docs/beacon.md"),
    )
    return Rung(
        level=1,
        title="seen",
        requirements=(versioned, _isolation(e), *(_freshness(name, at, step, now) for name, at, step in fresh)),
    )


def _isolation(e: AppEvidence) -> Requirement:
    views = f"{e.views_marked + e.views_unmarked:,} page views of our own runs in a day, {e.views_unmarked:,} unmarked"
    return Requirement(
        name="no synthetic view among users'",
        is_met=e.views_unmarked == 0,
        evidence=f"{views}; {e.runs_seen:,} of {e.runs:,} journey runs recognised by their trace",
        next_step=f"leadline incidents: {e.app} isolation names the view and possible causes",
    )


def _l2(e: AppEvidence, _now: datetime) -> Rung:
    return Rung(
        level=2,
        title="limited",
        requirements=(
            _count("feature flags", e.flags, f'[[flag]] key = "new-checkout" app = "{e.app}"'),
            Requirement(
                name="more than one stage",
                is_met=e.stages > 1,
                evidence=f"{e.stages} stages",
                next_step=f'[[gate]] app = "{e.app}" stages = [{{ share = 0.01 }}, {{ share = 1.0 }}]',
            ),
        ),
    )


def _l3(e: AppEvidence, now: datetime) -> Rung:
    is_drilled = e.last_good_drill_at is not None and now - e.last_good_drill_at <= DRILL_AGE
    return Rung(
        level=3,
        title="taken back by the machine",
        requirements=(
            _count("a gate that judges", e.gates, f'[[gate]] app = "{e.app}"'),
            _count("hooks that roll back", e.hooks, '[[hook]], named in the gate: on_rollback = ["NAME"]'),
            Requirement(
                name="rollback drilled within 30 days",
                is_met=is_drilled,
                evidence=f"last good drill {_ago(e.last_good_drill_at, now)}",
                next_step=f"leadline hook drill {e.hook_to_drill}",
            ),
            Requirement(
                name="gate armed",
                is_met=e.is_armed,
                evidence="armed" if e.is_armed else "not armed",
                next_step="[[gate]] armed = true",
            ),
        ),
    )


def _l4(e: AppEvidence, _now: datetime) -> Rung:
    step = "chaos experiments with a steady state and an abort come in a later release"
    found = _count("supervised chaos experiments", e.supervised_experiments, step)
    return Rung(level=4, title="broken on purpose, supervised", requirements=(found,))


def _l5(e: AppEvidence, _now: datetime) -> Rung:
    step = "continuous experiments come in a later release"
    found = _count("continuous chaos experiments", e.continuous_experiments, step)
    return Rung(level=5, title="broken on purpose, continuously", requirements=(found,))


def _count(name: str, number: int, next_step: str) -> Requirement:
    return Requirement(name=name, is_met=number > 0, evidence=str(number), next_step=next_step)


def _freshness(name: str, at: datetime | None, next_step: str, now: datetime) -> Requirement:
    is_met = at is not None and now - at <= FRESH
    return Requirement(name=name, is_met=is_met, evidence=f"last {_ago(at, now)}", next_step=next_step)


def _ago(at: datetime | None, now: datetime) -> str:
    if at is None:
        return "never"
    seconds = max(0.0, (now - at).total_seconds())
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit} ago"
    return f"{seconds:.0f} s ago"


def ladder_rows(ladder: Ladder) -> list[dict[str, object]]:
    """One flat row per requirement of every level."""
    return [
        {
            "app": ladder.app,
            "level": ladder.level,
            "rung": rung.level,
            "title": rung.title,
            "requirement": one.name,
            "is_met": one.is_met,
            "evidence": one.evidence,
            "next_step": None if one.is_met else one.next_step,
        }
        for rung in ladder.rungs
        for one in rung.requirements
    ]
