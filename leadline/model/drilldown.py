"""One metric of a verdict by segment: where the canary differs, and where the plain totals mislead.

It shows people where the harm is. No verdict uses it: one of many segments may differ by chance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

__all__ = ["DIMENSIONS", "Dimension", "DrillDown", "SegmentDifference", "dimension_named"]

Dimension = Literal["route", "device_type", "browser_name", "geo_country_iso_code"]
DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)
_SHORT: dict[str, Dimension] = {
    "device": "device_type",
    "browser": "browser_name",
    "country": "geo_country_iso_code",
}


def dimension_named(said: str) -> Dimension | None:
    """By its column, or as people say: `device`, `browser`, `country`. None: not one of them."""
    return _SHORT.get(said) or next((one for one in DIMENSIONS if one == said), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentDifference:
    """Values are shares (0 to 1) or in the metric's unit; differences are fractions of the baseline's, None if that is
    0.

    `is_apart`: the bounds of the difference exclude "no difference".
    """

    segment: str
    canary_sessions: int
    baseline_sessions: int
    canary_value: float | None = None
    baseline_value: float | None = None
    difference_ratio: float | None = None
    low_ratio: float | None = None
    high_ratio: float | None = None
    is_apart: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillDown:
    """The segments with the most sessions first; `more_segments` are not listed.

    `difference_ratio` compares like with like: within each segment and hour. `pooled_difference_ratio` compares the
    plain totals. `warning` is a text if the two have opposite signs (Simpson's paradox).
    """

    metric: str
    kind: str
    is_lower_harm: bool
    by: Dimension
    margin: float
    segments: tuple[SegmentDifference, ...]
    more_segments: int = 0
    difference_ratio: float | None = None
    low_ratio: float | None = None
    high_ratio: float | None = None
    pooled_difference_ratio: float | None = None
    # The segment with the most harm, of those whose simultaneous bounds exclude "no harm".
    worst: str | None = None
    warning: str | None = None
