"""The parts of an answer: what a version (in a slice) comes to, whichever source it was read from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from leadline.analysis import QuantileEstimate, RateEstimate

Source = Literal["raw", "rollups"]
# App, version and slice: "" where it is not cut, else the start of a span or the value of a dimension.
Key = tuple[str, str, str]

VITALS = ("lcp_ms", "inp_ms", "cls", "fcp_ms", "ttfb_ms")
NO_RATE = RateEstimate(n=0, sessions=0, ratio=None, low=None, high=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpi:
    """Sums are of weights. `rate` is that of sessions with the event among the version's sessions."""

    events: float
    sessions: float
    value_sum: float | None
    rate: RateEstimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Sums are of weights: what is sampled counts for all. `measured_…` say how many rows there were."""

    page_views: float = 0.0
    measured_page_views: int = 0
    page_views_with_error: float = 0.0
    errors: float = 0.0
    harmless_errors: float = 0.0
    error_rate: RateEstimate = NO_RATE
    sessions: float = 0.0
    measured_sessions: int = 0
    effective_sessions: float = 0.0
    crossing_sessions: float = 0.0
    vitals: Mapping[str, tuple[QuantileEstimate, ...]] = field(default_factory=dict)
    kpis: Mapping[str, Kpi] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Experience:
    """An answer. From rollups, `since` is moved to where a cell begins, and a quantile is off by at most `error_bound`.

    Times are UTC without a zone. `as_of` is when what it rests on was loaded (rolled up); None: never.
    """

    parts: Mapping[Key, Part]
    source: Source
    since: datetime
    as_of: datetime | None
    error_bound: float
