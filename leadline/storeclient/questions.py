"""Every question to the store service: its name and the types of question and answer. Declared only here.

`POST /ask/NAME` takes `asked` as JSON and answers `answered` as JSON. The function that answers is in
`store/leadline_store/answers.py`; the service does not start if a question has none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, Literal, TypeVar

from msgspec import Struct

from leadline.model.drilldown import Dimension, DrillDown
from leadline.model.evidence_course import EvidenceCourse
from leadline.model.gates import GateRules, StageSpan
from leadline.model.verdicts import RecoveryState, Verdict
from leadline.storeclient.backups import BackupAsked, BackupPart, RetentionAnswered, RetentionAsked
from leadline.storeclient.delivery import DeliveryAnswer, DeliveryAsked
from leadline.storeclient.interchange import (
    CheckedFile,
    ExportAsked,
    ExportDay,
    ExportDayAsked,
    ImportAsked,
    ImportDayAsked,
    ImportedTable,
    ImportFile,
    ImportPlan,
)
from leadline.storeclient.isolation import AppIsolation, IsolationAsked
from leadline.storeclient.objectives import ObjectiveAnswer, ObjectivesAsked
from leadline.storeclient.readiness import AppSeen, ReadinessAsked

# A flat row of plain values. Times are aware UTC; their columns end in `_at`.
Row = dict[str, Any]
Asked = TypeVar("Asked", bound=Struct)
Answered = TypeVar("Answered")

Vital = Literal["lcp_ms", "inp_ms", "cls", "fcp_ms", "ttfb_ms"]
# By which column an answer may be cut, one at a time (docs/tables.md).
By = Literal["route", "device_type", "browser_name", "geo_country_iso_code", "effective_connection_type"]

# A figure over a long time may take this; SQL has a limit of its own.
PATIENCE_S = 60.0
# A day of a hundred million views goes out or comes in.
PATIENCE_WITH_A_DAY_S = 6 * 3600.0


class Scope(Struct, frozen=True, kw_only=True):
    """The scope of a figure. `since` limits by `received_at`; `kpis` are the event names per app that count as
    business figures. `every_s` asks for a series of such spans, `by` for one row per value of a dimension. Of `vitals`
    alone are there figures; None: of all."""

    since: datetime
    app: str | None = None
    versions: list[str] | None = None
    with_synthetic: bool = False
    kpis: dict[str, list[str]] = {}
    every_s: int | None = None
    by: By | None = None
    vitals: list[Vital] | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        """Parameters with the names used in the .sql files."""
        since = self.since.astimezone(UTC).replace(tzinfo=None)
        return {"since": since, "app": self.app, "versions": self.versions, "with_synthetic": self.with_synthetic}


class FunnelAsked(Struct, frozen=True, kw_only=True):
    """The events of a funnel, in their order."""

    scope: Scope
    steps: list[str]


class NewSessions(Struct, frozen=True, kw_only=True):
    """Sessions of real users since then: how many, and how many on `version` or in `cohort`, or with another variant
    than the off one where `flag` is named."""

    since: datetime
    app: str
    version: str | None = None
    cohort: str | None = None
    flag: str | None = None
    off_variant: str | None = None


class RecoveryAsked(Struct, frozen=True, kw_only=True):
    """Whether metrics that `verdict` found worse are back, by the sessions on its baseline that began after `since`."""

    verdict: Verdict
    rules: GateRules
    since: datetime


class RecoveryAnswered(Struct, frozen=True, kw_only=True):
    """`text`: the figures."""

    state: RecoveryState
    text: str


class BeaconsAsked(Struct, frozen=True, kw_only=True):
    """Beacons of people that arrived from `since` until `at`."""

    apps: list[str]
    since: datetime
    at: datetime


class BeaconsHeard(Struct, frozen=True, kw_only=True):
    """The first and the last beacon of an app in that time, and the longest silence between two."""

    app: str
    first_at: datetime
    last_at: datetime
    longest_gap_s: float


@dataclass(frozen=True, slots=True)
class Question(Generic[Asked, Answered]):
    """One question. Both types are what msgspec can say as JSON."""

    name: str
    asked: type[Asked]
    answered: type[Answered]
    patience_s: float = PATIENCE_S


VITALS = Question("vitals", Scope, list[Row])
VERSIONS = Question("versions", Scope, list[Row])
ERRORS = Question("errors", Scope, list[Row])
KPIS = Question("kpis", Scope, list[Row])
JOURNEYS = Question("journeys", Scope, list[Row])
STEPS = Question("steps", Scope, list[Row])
LISTENING = Question("listening", Scope, list[Row])
DISTRIBUTIONS = Question("distributions", Scope, list[Row])
SESSIONS = Question("sessions", Scope, list[Row])
REQUESTS = Question("requests", Scope, list[Row])
FUNNEL = Question("funnel", FunnelAsked, list[Row])
OBJECTIVES = Question("objectives", ObjectivesAsked, list[ObjectiveAnswer])
READINESS = Question("readiness", ReadinessAsked, AppSeen)
DELIVERY = Question("delivery", DeliveryAsked, DeliveryAnswer)

BACKUP = Question("backup", BackupAsked, list[BackupPart], PATIENCE_WITH_A_DAY_S)
RETENTION = Question("retention", RetentionAsked, RetentionAnswered, PATIENCE_WITH_A_DAY_S)
IMPORT_PLAN = Question("import-plan", ImportAsked, ImportPlan)
IMPORT_CHECK = Question("import-check", ImportFile, CheckedFile, PATIENCE_WITH_A_DAY_S)
IMPORT_DAY = Question("import-day", ImportDayAsked, list[ImportedTable], PATIENCE_WITH_A_DAY_S)
EXPORT_PLAN = Question("export-plan", ExportAsked, list[ExportDay], PATIENCE_WITH_A_DAY_S)
EXPORT_DAY = Question("export-day", ExportDayAsked, int, PATIENCE_WITH_A_DAY_S)


class VerdictAsked(Struct, frozen=True, kw_only=True):
    """A verdict on `canary` against `baseline`, each a version or `cohort:NAME` (None: the two registered last).

    As of `until` (None: the last closed minute). `since` makes it a single look; `released_at` anchors a release.
    `every_minutes` asks for the verdict of every so many minutes as well.
    """

    app: str
    rules: GateRules
    canary: str | None = None
    baseline: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    released_at: datetime | None = None
    stages: tuple[StageSpan, ...] = ()
    every_minutes: int | None = None
    # Only registered or named versions: an unregistered one is an error.
    is_registered_only: bool = False
    with_bundle: bool = False
    # For how long raw rows are kept: a verdict whose evidence begins earlier says so.
    kept_s: float | None = None
    # Drilled down by this, for the metrics named (None: all).
    by: Dimension | None = None
    metrics: list[str] | None = None
    with_course: bool = False


class VerdictAnswered(Struct, frozen=True, kw_only=True):
    """`verdicts`, the last one as of `until`; `bundle` is the evidence of that one, as JSON. `drilled`: by metric.

    `course`: the evidence up to then, as it can be drawn.
    """

    verdicts: list[Verdict]
    bundle: str | None = None
    drilled: list[DrillDown] = []
    course: EvidenceCourse | None = None


class PlanAsked(Struct, frozen=True, kw_only=True):
    """What a canary with this share could show, by the traffic from `since` on. `splits`: how many A/A splits of it to
    replay through the gate."""

    app: str
    rules: GateRules
    share: float
    since: datetime
    until: datetime | None = None
    splits: int = 0


class PlanAnswered(Struct, frozen=True, kw_only=True):
    """`rows` per metric; of `splits`, in how many the gate raised a false alarm, and for which metrics."""

    sessions: int
    sessions_per_minute: float
    rows: list[Row]
    splits: int = 0
    rolled_back: int = 0
    paused: int = 0
    cried: list[str] = []


# Each split of a day is judged from the first minute on.
PLAN = Question("plan", PlanAsked, PlanAnswered, patience_s=600.0)
# A day of five million events is read in some seconds.
VERDICT = Question("verdict", VerdictAsked, VerdictAnswered, patience_s=300.0)
# A hook waits for it, and asks again a second later.
NEW_SESSIONS = Question("new_sessions", NewSessions, Row, patience_s=5.0)
# After a rollback, each minute until it is back.
RECOVERY = Question("recovery", RecoveryAsked, RecoveryAnswered)
# A watch looks each minute.
BEACONS_HEARD = Question("beacons_heard", BeaconsAsked, list[BeaconsHeard])
ISOLATION = Question("isolation", IsolationAsked, list[AppIsolation])

QUESTIONS: tuple[Question[Any, Any], ...] = (
    VITALS,
    VERSIONS,
    ERRORS,
    KPIS,
    JOURNEYS,
    STEPS,
    LISTENING,
    DISTRIBUTIONS,
    SESSIONS,
    REQUESTS,
    FUNNEL,
    BACKUP,
    RETENTION,
    IMPORT_PLAN,
    IMPORT_CHECK,
    IMPORT_DAY,
    EXPORT_PLAN,
    EXPORT_DAY,
    VERDICT,
    PLAN,
    OBJECTIVES,
    READINESS,
    DELIVERY,
    NEW_SESSIONS,
    RECOVERY,
    BEACONS_HEARD,
    ISOLATION,
)


class StoreStatus(Struct, frozen=True, kw_only=True):
    """`GET /status`: what this process has loaded since its start, and what hinders it.

    `swaps_given_up`: compactions whose copy was discarded because questions did not end in time.
    """

    pid: int
    started_at: datetime
    state: Literal["starting", "ready"]
    beacons: int = 0
    changes: int = 0
    too_old: int = 0
    quarantined: int = 0
    capped: int = 0
    is_caught_up: bool = False
    trouble: str | None = None
    countries: Literal["off", "in use", "hindered"] = "off"
    swaps_given_up: int = 0
