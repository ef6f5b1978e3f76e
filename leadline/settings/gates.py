"""`[[gate]]`: how a canary is judged, and how Leadline may act on it. docs/verdicts.md explains each key.

An app without a gate is judged by the same defaults, and is never armed.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from leadline.settings.kinds import Duration, Name, Table, one_of

VITALS = ("lcp_ms", "inp_ms", "cls", "fcp_ms", "ttfb_ms")
SEGMENTS = ("device_type", "browser_name", "geo_country_iso_code", "effective_connection_type")

VitalName = Annotated[Literal["lcp_ms", "inp_ms", "cls", "fcp_ms", "ttfb_ms"], BeforeValidator(one_of(VITALS, "vital"))]
SegmentName = Annotated[
    Literal["device_type", "browser_name", "geo_country_iso_code", "effective_connection_type"],
    BeforeValidator(one_of(SEGMENTS, "segment")),
]
SUBJECTS = ("kpi", "vital", "errors", "crashes", "requests", "journeys")


class GateMetric(Table):
    """One of `kpi`, `vital`, `errors`, `crashes`, `requests`, `journeys`, and how. None: the metric's own default."""

    kpi: str | None = Field(default=None, min_length=1)
    vital: VitalName | None = None
    errors: Literal[True] | None = None
    crashes: Literal[True] | None = None
    requests: str | None = Field(default=None, min_length=1)  # a pattern of routes
    journeys: Literal[True] | None = None
    value: bool = False  # also a KPI's sum of values, not only how many sessions had it
    within: Duration | None = None
    mde: float | None = Field(default=None, gt=0, le=5)
    margin: float | None = Field(default=None, ge=0, le=5)
    promote_margin: float | None = Field(default=None, gt=0, le=5)
    weight: float = Field(default=1.0, gt=0, le=1000)

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        named = [name for name in SUBJECTS if getattr(self, name) is not None]
        if len(named) != 1:
            said = " and ".join(named) or "none"
            raise ValueError(f"a metric must be exactly one of {', '.join(SUBJECTS)}; this one has {said}")
        if self.value and self.kpi is None:
            raise ValueError("value = true needs a kpi")
        if self.journeys and self.within is not None:
            raise ValueError("a journey's result has no horizon; remove `within`")
        return self


class GateStage(Table):
    """Who gets the canary in this stage: a ring, or a share of users."""

    ring: Name | None = None
    share: float | None = Field(default=None, gt=0, le=1)

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        if (self.ring is None) == (self.share is None):
            raise ValueError("a stage is either a ring or a share")
        return self

    @property
    def name(self) -> str:
        """`ring:staff` or `10 %`."""
        return f"ring:{self.ring}" if self.share is None else f"{self.share * 100:g} %"


def _default_segments() -> list[SegmentName]:
    return ["device_type"]


class GateSettings(Table):
    """One per app."""

    app: str
    baseline: str | None = Field(default=None, min_length=1)  # a version, or cohort:NAME
    canary: str | None = Field(default=None, min_length=1)
    randomised: bool = False
    alpha: float = Field(default=0.01, gt=0, le=0.2)
    alpha_pause: float = Field(default=0.05, gt=0, le=0.5)
    min_sessions: int = Field(default=500, ge=1)
    bake: Duration = 3600.0
    max_bake: Duration = 86400.0
    armed: bool = False
    metrics: list[GateMetric] = Field(default_factory=list)
    segments: list[SegmentName] = Field(default_factory=_default_segments, max_length=3)
    stages: list[GateStage] = Field(default_factory=list)
    exposure: str | None = None
    exposed_within: Duration = 3600.0
    on_rollback: list[str] = Field(default_factory=list)

    @property
    def is_by_cohort(self) -> bool:
        """Users are told apart by cohort, not by version."""
        return self.canary is not None and self.canary.startswith("cohort:")

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if self.alpha_pause < self.alpha:
            raise ValueError(f"alpha_pause {self.alpha_pause:g} must not be below alpha {self.alpha:g}")
        if self.max_bake < self.bake:
            raise ValueError("max_bake must not be shorter than bake")
        shares = [stage.share for stage in self.stages if stage.share is not None]
        if any(later <= earlier for earlier, later in pairwise(shares)):
            raise ValueError("the shares of the stages must grow")
        return self
