"""What the scheduler runs: one Monitor per journey or check, cohort and location. Pure.

It also lists settings that are not yet in effect here. Two journeys with one name in one
app are an error: their incidents could not be told apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from difflib import get_close_matches

from leadline.incidents.shared_causes import name_shared_cause
from leadline.model import CheckSpec, Cohort, JourneySpec, MonitorKind, RunResult, RunStatus, Severity, Subject
from leadline.model.cron import CronSlots
from leadline.model.maintenance import MaintenanceWindow, Occurrence
from leadline.settings import CheckSettings, CohortSettings, JourneysSettings, Settings
from leadline.settings.maintenance import MaintenanceMatch
from leadline.settings.maintenance_windows import list_windows
from leadline.settings.run_requests import RunRequest
from leadline.settings.schema import RouteMatch
from leadline_scheduler.dependencies import resolve_dependencies

LOCAL = "local"
# A check takes milliseconds, and so does a short disturbance (a restart, a lost packet): an immediate re-run would
# meet it again. A journey takes seconds by itself.
CONFIRM_AFTER_S = 5.0
QUIET_INTERVALS, LEAST_QUIET_S, MOST_QUIET_S = 10, 30.0, 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitor:
    """One journey or check in one cohort and location, with its own slots, results and chain of failures."""

    spec: JourneySpec | CheckSpec
    app: str
    environment: str
    cohort: Cohort
    location: str
    confirm: int
    confirm_after_s: float = 0.0
    min_duration_s: float = 0.0
    is_slow_wrong: bool = False
    max_runs_per_hour: int | None = None
    base_url: str | None = None
    masked: tuple[str, ...] = ()
    windows: tuple[MaintenanceWindow, ...] = ()
    depends_on: tuple[Subject, ...] = ()
    is_depended_on: bool = False

    @property
    def kind(self) -> MonitorKind:
        return "journey" if isinstance(self.spec, JourneySpec) else "check"

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def every_s(self) -> float:
        return self.spec.every_s

    @property
    def cron(self) -> str | None:
        return self.spec.cron

    @property
    def severity(self) -> Severity:
        return self.spec.severity

    @property
    def deadline_s(self) -> float:
        """When a run of it has ended at the latest, by its own rules."""
        return self.spec.deadline_s if isinstance(self.spec, JourneySpec) else self.spec.timeout_ms / 1000

    def shared_cause(self, result: RunResult) -> str | None:
        """The cause in this result that other monitors may share."""
        if result.status is not RunStatus.FAILED:
            return None
        cause = name_shared_cause(
            result.cause,
            address=self.spec.url if isinstance(self.spec, CheckSpec) else self.base_url,
            status_code=result.status_code,
            is_journey=self.kind == "journey",
            error_message=result.error_message,
        )
        # If it fails for its own cause, monitors that depend on it may fail too.
        return f"{self.kind} {self.app} {self.name}" if cause is None and self.is_depended_on else cause

    @property
    def quiet(self) -> timedelta:
        """A failure within this time after it healed comes and goes: ten intervals, 30 s to 2 min."""
        return timedelta(seconds=min(max(QUIET_INTERVALS * self.every_s, LEAST_QUIET_S), MOST_QUIET_S))

    @property
    def subject(self) -> Subject:
        """The subject of its incidents."""
        return Subject(kind=self.kind, name=self.name, app=self.app, environment=self.environment)

    def maintenance_at(self, now: datetime) -> tuple[MaintenanceWindow, Occurrence] | None:
        """The window that covers it now; of several, one that stops runs, then the one that ends last."""
        found = [(one, during) for one in self.windows if (during := one.open_at(now)) is not None]
        return max(found, key=lambda pair: (pair[0].stops_runs, pair[1].end), default=None)

    def is_sibling(self, other: Monitor) -> bool:
        """Whether the other is the same journey or check in another cohort or location."""
        return (self.kind, self.app, self.name) == (other.kind, other.app, other.name) and self.key != other.key

    @property
    def key(self) -> str:
        """Identity across restarts; the hash of it places the slots."""
        return monitor_key(self.kind, self.app, self.name, cohort=self.cohort.name, location=self.location)


def fits(request: RunRequest, monitor: Monitor) -> bool:
    """Whether a request to run now means this monitor."""
    return (
        request.app in (None, monitor.app)
        and request.monitor in (None, monitor.kind)
        and request.name in (None, monitor.name)
        and request.cohort in (None, monitor.cohort.name)
    )


def monitor_key(kind: str, app: str, name: str, *, cohort: str | None, location: str) -> str:
    """The identity of a monitor, including one in the records."""
    return f"{kind}:{app}/{name}@{cohort or ''}@{location}"


def list_monitors(
    settings: Settings, journeys: Sequence[tuple[JourneysSettings, Sequence[JourneySpec]]]
) -> list[Monitor]:
    """Everything that runs here: location `local` only."""
    windows = list_windows(settings)
    found = [*_journey_monitors(settings, journeys), *_check_monitors(settings)]
    stands_on = resolve_dependencies(settings, journeys)
    depended_on = {subject for subjects in stands_on.values() for subject in subjects}
    return [
        replace(
            one,
            windows=tuple(w for w in windows if w.covers(app=one.app, kind=one.kind, name=one.name)),
            depends_on=stands_on.get((one.kind, one.app, one.name), ()),
            is_depended_on=one.subject in depended_on,
        )
        for one in found
    ]


def name_twice(journeys: Sequence[tuple[JourneysSettings, Sequence[JourneySpec]]]) -> Iterator[str]:
    """A message for each journey with the name of another journey in the same app."""
    seen: dict[tuple[str, str], str] = {}
    for table, specs in journeys:
        for spec in specs:
            place = f"{spec.path}:{spec.line}"
            first = seen.setdefault((table.app, spec.name), place)
            if first != place:
                yield f"{place}: the journey {spec.name!r} of app {table.app!r} exists already in {first}"


def name_dead_routes(
    settings: Settings, journeys: Sequence[tuple[JourneysSettings, Sequence[JourneySpec]]]
) -> Iterator[str]:
    """A message, with its place, for each `[[route]]` and `[[maintenance]]` that names a journey or check that does not
    exist: otherwise somebody would wait for pages that never come, or for quiet."""
    known: dict[str, set[tuple[str, str]]] = {
        "journey": {(table.app, spec.name) for table, specs in journeys for spec in specs},
        "check": {(check.app, check.name) for check in settings.checks},
    }
    tags = sorted(
        {
            *(tag for _, specs in journeys for spec in specs for tag in spec.tags),
            *(tag for check in settings.checks for tag in check.tags),
        }
    )
    for index, route in enumerate(settings.routes):
        if route.match.tag is not None and route.match.tag not in tags:
            where = ("route", index, "match", "tag")
            yield str(
                settings.places.problem(
                    where, f"nothing has the tag {route.match.tag!r}; {_hint(route.match.tag, tags)}"
                )
            )
    matches: list[tuple[str, int, RouteMatch | MaintenanceMatch]] = [
        *(("route", index, route.match) for index, route in enumerate(settings.routes)),
        *(("maintenance", index, window.match) for index, window in enumerate(settings.maintenance)),
    ]
    for table_name, index, match in matches:
        for kind, wanted in (("journey", match.journey), ("check", match.check)):
            if wanted is None:
                continue
            names = sorted({name for app, name in known[kind] if match.app in (None, app)})
            if wanted not in names:
                where = (table_name, index, "match", kind)
                message = f"no {kind} is named {wanted!r}; {_hint(wanted, names)}"
                yield str(settings.places.problem(where, message))
        if match.journey is not None and match.check is not None:
            message = f"names a journey and a check, but nothing is both; write two of [[{table_name}]]"
            yield str(settings.places.problem((table_name, index, "match"), message))


def _hint(wanted: str, names: Sequence[str]) -> str:
    near = get_close_matches(wanted, names, n=1)
    return f"did you mean {near[0]!r}?" if near else f"known: {', '.join(map(repr, names)) or 'none'}"


def list_not_yet(settings: Settings) -> list[str]:
    """Settings for the scheduler that come in a later release, one sentence each."""
    tables: list[tuple[str, list[str]]] = [
        *((f"journeys {table.path}", table.locations) for table in settings.journeys),
        *((f"check {check.name!r}", check.locations) for check in settings.checks),
    ]
    return [
        f"{place}: location {location!r} is not yet in effect, only {LOCAL!r} runs"
        for place, locations in tables
        for location in locations
        if location != LOCAL
    ]


def _journey_monitors(
    settings: Settings, journeys: Iterable[tuple[JourneysSettings, Sequence[JourneySpec]]]
) -> Iterator[Monitor]:
    for table, specs in journeys:
        app = settings.app_named(table.app)
        for spec in specs:
            for cohort in _cohorts(table.cohorts):
                if LOCAL in table.locations:
                    yield Monitor(
                        spec=spec,
                        app=app.name,
                        environment=app.environment,
                        cohort=cohort,
                        location=LOCAL,
                        confirm=table.confirm,
                        confirm_after_s=table.confirm_after,
                        min_duration_s=table.min_duration,
                        is_slow_wrong=table.degraded == "warning",
                        max_runs_per_hour=table.max_runs_per_hour,
                        base_url=table.base_url or app.base_url,
                        masked=settings.secrets,
                    )


def _check_monitors(settings: Settings) -> Iterator[Monitor]:
    for check in settings.checks:
        for cohort in _cohorts(check.cohorts):
            if LOCAL in check.locations:
                yield Monitor(
                    spec=_check_spec(check),
                    app=check.app,
                    environment=settings.app_named(check.app).environment,
                    cohort=cohort,
                    location=LOCAL,
                    confirm=check.confirm,
                    confirm_after_s=_confirm_after_s(check),
                    min_duration_s=check.min_duration,
                    is_slow_wrong=check.degraded == "warning",
                    max_runs_per_hour=check.max_runs_per_hour,
                    masked=settings.secrets,
                )


def _confirm_after_s(check: CheckSettings) -> float:
    return min(CONFIRM_AFTER_S, check.every) if check.confirm_after is None else check.confirm_after


def _check_spec(check: CheckSettings) -> CheckSpec:
    return CheckSpec(
        name=check.name,
        app=check.app,
        url=check.url,
        every_s=check.every if check.cron is None else CronSlots.parse(check.cron).longest_gap_s,
        cron=check.cron,
        method=check.method,
        headers=check.headers,
        expect_status=tuple(check.expect_status),
        expect_text=tuple(check.expect_text),
        expect_json=check.expect_json,
        budget_ms=None if check.budget is None else check.budget * 1000,
        timeout_ms=check.timeout * 1000,
        severity=check.severity,
        runbook=check.runbook,
        owner=check.owner,
        tags=tuple(check.tags),
    )


def _cohorts(cohorts: dict[str, CohortSettings]) -> list[Cohort]:
    """Without cohorts: once, without a cohort."""
    if not cohorts:
        return [Cohort()]
    return [Cohort(name=name, cookies=cohort.cookies, headers=cohort.headers) for name, cohort in cohorts.items()]
