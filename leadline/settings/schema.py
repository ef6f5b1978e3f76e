"""The keys of leadline.toml, their types and their defaults. docs/configuration.md must name each (a test compares)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from leadline.model.hooks import HookSpec
from leadline.model.indicators import Indicator, parse_indicator
from leadline.settings.flag_tables import FlagSettings, RingSettings
from leadline.settings.gates import GateSettings
from leadline.settings.home import HomePaths
from leadline.settings.hooks import HookSettings
from leadline.settings.kinds import Duration, Name, Pause, Table, TimeZone, one_of
from leadline.settings.maintenance import MaintenanceSettings
from leadline.settings.places import Places, Problem
from leadline.settings.rotas import RotaSettings
from leadline.settings.services import (
    CollectorSettings,
    HomeSettings,
    RetentionSettings,
    SchedulerSettings,
    StoreSettings,
    WebSettings,
)
from leadline.settings.times import TimeOfDay, TimesSettings
from leadline.settings.values import Cron, Headers, Url

# Where `make setup` puts the country database; the wheel contains it.
BUNDLED_COUNTRIES = Path(__file__).parents[1] / "store" / "bundled" / "countries.mmdb"

# The units that DuckDB accepts (https://duckdb.org/docs/configuration/pragmas#memory-limit); a bare 0 would be no
# limit.
DEFAULT_MEMORY_LIMIT = "2GB"


class AppSettings(Table):
    name: Name
    base_url: Url | None = None
    keys: list[str] = Field(default_factory=list)
    revoked_keys: list[str] = Field(default_factory=list)
    origins: list[str] = Field(default_factory=list)
    environment: str = "production"
    kpis: list[str] = Field(default_factory=list)
    bots: Literal["mark", "drop"] = "mark"
    is_on: bool = Field(default=True, alias="on")
    query_allow: list[str] = Field(default_factory=list)
    sample: float = Field(default=1.0, gt=0, le=1)  # share of sessions that the collector keeps
    saturation: str | None = Field(default=None, pattern=r"^(event|check):\S+$")  # shows how full the app is


class CohortSettings(Table):
    cookies: dict[str, str] = Field(default_factory=dict)
    headers: Headers = Field(default_factory=dict)


# What runs over budget cause: nothing, or a warning.
Degraded = Annotated[Literal["pass", "warning"], BeforeValidator(one_of(("pass", "warning"), "value of degraded"))]
# Of one journey or check, over all of its cohorts and re-runs; None: no limit.
RunLimit = Annotated[int | None, Field(ge=1)]


class JourneysSettings(Table):
    path: Path
    app: str
    locations: list[str] = Field(default_factory=lambda: ["local"], min_length=1)
    confirm: int = Field(default=2, ge=1, le=10)
    confirm_after: Pause = 0.0
    min_duration: Pause = 0.0  # an incident opens only after it has failed for this long
    degraded: Degraded = "pass"
    max_runs_per_hour: RunLimit = None
    cohorts: dict[Name, CohortSettings] = Field(default_factory=dict)
    base_url: Url | None = None


def _as_statuses(value: Any) -> Any:
    return [value] if isinstance(value, int) else value


def _as_texts(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


class CheckSettings(Table):
    name: Name
    app: str
    kind: Literal["http"] = "http"
    url: Url
    every: Duration = 60.0
    cron: Cron | None = None
    method: Literal["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"] = "GET"
    headers: Headers = Field(default_factory=dict)
    expect_status: Annotated[
        list[Annotated[int, Field(ge=100, le=599)]],
        BeforeValidator(_as_statuses, json_schema_input_type=int | list[int]),
    ] = Field(default_factory=lambda: [200], min_length=1)
    expect_text: Annotated[
        list[Annotated[str, Field(min_length=1)]], BeforeValidator(_as_texts, json_schema_input_type=str | list[str])
    ] = Field(default_factory=list)
    expect_json: dict[str, Any] = Field(default_factory=dict)  # path -> value
    budget: Duration | None = None
    timeout: Duration = 10.0
    confirm: int = Field(default=2, ge=1, le=10)
    confirm_after: Pause | None = None  # CONFIRM_AFTER_S, or the interval where that is shorter
    min_duration: Pause = 0.0
    degraded: Degraded = "pass"
    max_runs_per_hour: RunLimit = None
    locations: list[str] = Field(default_factory=lambda: ["local"], min_length=1)
    cohorts: dict[Name, CohortSettings] = Field(default_factory=dict)
    severity: Literal["critical", "warning"] = "critical"
    runbook: Url | None = None
    owner: str | None = None
    depends_on: list[Annotated[str, Field(min_length=1)]] = Field(default_factory=list)
    tags: list[Annotated[str, Field(min_length=1)]] = Field(default_factory=list)


def _indicator(text: str) -> str:
    parse_indicator(text)
    return text


class SloSettings(Table):
    name: Name
    app: str
    indicator: Annotated[str, AfterValidator(_indicator)]
    objective: float = Field(gt=0, lt=1)
    window: Duration = 30 * 86400.0
    calendar: Literal["week", "month", "quarter"] | None = None  # in place of a rolling `window`
    time_zone: TimeZone = "UTC"

    @property
    def parsed(self) -> Indicator:
        return parse_indicator(self.indicator)


class NotifySettings(Table):
    targets: dict[Name, str] = Field(default_factory=dict)
    fallback: str | None = None
    operator: str | None = None
    storm_limit: int = Field(default=10, ge=1, le=1000)
    heartbeat_url: Url | None = None
    heartbeat_every: Duration = 60.0
    quiet_hours: TimesSettings | None = None  # warnings wait until they end
    canary_page: TimeOfDay | None = None  # every day, to every target
    canary_time_zone: TimeZone = "UTC"
    timeout: Duration = 10.0


class RouteMatch(Table):
    app: str | None = None
    severity: Literal["critical", "warning"] | None = None
    journey: str | None = None
    check: str | None = None
    tag: str | None = None


class RouteSettings(Table):
    match: RouteMatch = Field(default_factory=RouteMatch)
    targets: list[str] = Field(min_length=1)
    escalate_after: Duration | None = None
    escalate_to: list[str] = Field(default_factory=list)
    when: TimesSettings | None = None
    repeat_every: Annotated[Duration, Field(ge=60)] | None = None


class Settings(Table):
    """The whole file. `file` and `folder` are its path; every other path is resolved against `folder`."""

    home: HomeSettings = Field(default_factory=HomeSettings)
    collector: CollectorSettings = Field(default_factory=CollectorSettings)
    web: WebSettings = Field(default_factory=WebSettings)
    store: StoreSettings = Field(default_factory=StoreSettings)
    retention: RetentionSettings = Field(default_factory=RetentionSettings)
    scheduler: SchedulerSettings = Field(default_factory=SchedulerSettings)
    apps: list[AppSettings] = Field(default_factory=list, alias="app")
    journeys: list[JourneysSettings] = Field(default_factory=list)
    checks: list[CheckSettings] = Field(default_factory=list, alias="check")
    slos: list[SloSettings] = Field(default_factory=list, alias="slo")
    gates: list[GateSettings] = Field(default_factory=list, alias="gate")
    notify: NotifySettings = Field(default_factory=NotifySettings)
    routes: list[RouteSettings] = Field(default_factory=list, alias="route")
    rotas: list[RotaSettings] = Field(default_factory=list, alias="rota")
    maintenance: list[MaintenanceSettings] = Field(default_factory=list)
    flags: list[FlagSettings] = Field(default_factory=list, alias="flag")
    rings: list[RingSettings] = Field(default_factory=list, alias="ring")
    hooks: list[HookSettings] = Field(default_factory=list, alias="hook")
    _file: Path = Path("leadline.toml")
    _places: Places = Places()
    _warnings: tuple[Problem, ...] = ()
    _secrets: tuple[str, ...] = ()

    @property
    def file(self) -> Path:
        return self._file

    @property
    def places(self) -> Places:
        """Where each key is in the file, for errors that are found later."""
        return self._places

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """Settings without effect in this release: shown at every start."""
        return self._warnings

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values that came from the environment and from `*_file`: never shown to anybody."""
        return self._secrets

    @property
    def folder(self) -> Path:
        return self._file.parent

    @property
    def paths(self) -> HomePaths:
        home = self._resolved(self.home.path)
        return HomePaths(
            home=home,
            beacon_log=self._resolved(self.home.beacon_log) if self.home.beacon_log else home / "beacons",
            records=self._resolved(self.home.records) if self.home.records else home / "records.sqlite",
            store=self._resolved(self.home.store) if self.home.store else home / "store.duckdb",
            evidence=self._resolved(self.home.evidence) if self.home.evidence else home / "evidence",
            run=home / "run",
        )

    @property
    def evidence_max_age_s(self) -> float:
        """How long evidence is kept."""
        return self.home.evidence_max_age if self.retention.evidence is None else self.retention.evidence

    @property
    def memory_limit(self) -> str:
        """How much memory the store may take."""
        return self.store.memory_limit or self.web.memory_limit or DEFAULT_MEMORY_LIMIT

    @property
    def named_country_database(self) -> str:
        """`bundled`, `off`, or a path as written in the file."""
        return self.store.country_database or self.web.country_database or "bundled"

    @property
    def country_database(self) -> Path | None:
        """The country database; None if it is off, or if the bundled one is not installed."""
        named = self.named_country_database
        if named == "bundled":
            return BUNDLED_COUNTRIES if BUNDLED_COUNTRIES.is_file() else None
        # Not resolved: if a link points to the newest file, the link itself is followed.
        return (self.folder / Path(named).expanduser()).absolute() if named not in {"", "off"} else None

    def hook_specs(self) -> dict[str, HookSpec]:
        """Every `[[hook]]` by name, for running. A hook without an app gets that of the gate that names it, or of its
        flag; else the only app.
        """
        named = {hook: gate.app for gate in reversed(self.gates) for hook in (gate.exposure, *gate.on_rollback) if hook}
        flags = {flag.key: flag.app for flag in self.flags}
        only = self.apps[0].name if len(self.apps) == 1 else None
        specs = {}
        for hook in self.hooks:
            app = hook.app or named.get(hook.name) or (flags.get(hook.flag or "") if hook.kind == "flag" else only)
            specs[hook.name] = replace(hook.spec(str(self.folder)), app=app)
        return specs

    def app_named(self, name: str) -> AppSettings:
        """The app with that name; KeyError if there is none (validation has ruled that out)."""
        return next(app for app in self.apps if app.name == name)

    def gate_of(self, app: str) -> GateSettings:
        """The gate of that app, or the defaults."""
        return next((gate for gate in self.gates if gate.app == app), GateSettings(app=app))

    def _resolved(self, path: Path) -> Path:
        return (self.folder / path.expanduser()).resolve()
