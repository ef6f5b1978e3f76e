"""A verdict's metrics by segment, as rows for programs and as tables for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from leadline.cli.listing import print_rows
from leadline.cli.options import ListFormat
from leadline.model.drilldown import DrillDown
from leadline.model.verdicts import Verdict

__all__ = ["print_segments"]

SHOWN = (
    "segment",
    "canary",
    "baseline",
    "difference",
    "low",
    "high",
    "canary_sessions",
    "baseline_sessions",
    "is_apart",
)
FLAT = (
    "app",
    "service_version",
    "baseline_version",
    "metric",
    "by",
    *SHOWN,
    "like_with_like",
    "totals",
    "is_worst",
    "warning",
)


def print_segments(verdict: Verdict, drilled: Sequence[DrillDown], *, output: ListFormat) -> None:
    """One row per metric and segment; in a table each metric under its own heading, with the warning."""
    if output != "table":
        rows = [row for one in drilled for row in _rows(verdict, one)]
        print_rows(rows, columns=FLAT, as_format=output, if_empty="")
        return
    for one in drilled:
        like, totals = _percent(one.difference_ratio), _percent(one.pooled_difference_ratio)
        print(f"\n{one.metric} by {one.by}: like with like {like}, plain totals {totals}")
        if one.warning is not None:
            print(f"Warning: {one.warning}")
        if one.worst is not None:
            print(f"Most harm: {one.worst}.")
        print_rows(_rows(verdict, one), columns=SHOWN, as_format="table", if_empty="No session yet.")
        if one.more_segments:
            print(f"{one.more_segments} more with fewer sessions.")
    print("\nDifferences are fractions of the baseline's value, with 95 % bounds for each segment, valid at all times.")


def _rows(verdict: Verdict, drilled: DrillDown) -> list[dict[str, Any]]:
    return [
        {
            "app": verdict.app,
            "service_version": verdict.canary,
            "baseline_version": verdict.baseline,
            "metric": drilled.metric,
            "by": drilled.by,
            "segment": one.segment,
            "canary": one.canary_value,
            "baseline": one.baseline_value,
            "difference": one.difference_ratio,
            "low": one.low_ratio,
            "high": one.high_ratio,
            "canary_sessions": one.canary_sessions,
            "baseline_sessions": one.baseline_sessions,
            "is_apart": one.is_apart,
            "like_with_like": drilled.difference_ratio,
            "totals": drilled.pooled_difference_ratio,
            "is_worst": one.segment == drilled.worst,
            "warning": drilled.warning,
        }
        for one in drilled.segments
    ]


def _percent(ratio: float | None) -> str:
    return "unknown" if ratio is None else f"{ratio * 100:+.1f} %".replace("-", "−")
