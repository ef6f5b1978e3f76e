"""The evidence of each metric over time, for a chart: one point per closed minute, fewer if there are very many."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

__all__ = ["EvidenceCourse", "MetricCourse"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricCourse:
    """`log_e` and the canary's sessions so far, one value per point."""

    name: str
    log_e: tuple[float, ...]
    canary_sessions: tuple[int, ...]
    log_e_to_pause: float
    log_e_to_roll_back: float
    needed_sessions: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceCourse:
    """The first point is the end of a minute, `first_at`; each later one `every_minutes` after the one before."""

    first_at: datetime
    every_minutes: int
    metrics: tuple[MetricCourse, ...]
