"""The alerting rules of an error budget: which windows must burn how fast before somebody is paged.

Method: The Site Reliability Workbook (Beyer and others, 2018), chapter 5, table 5-8, "Multiwindow, Multi-Burn-Rate
Alerts". leadline/analysis/budgets.py reads counts and judges them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

__all__ = ["BURN_ROWS", "BurnRow", "burn_rate", "deaf_rows", "scaled_rows"]

# The windows below are written for 30 days and scale with the objective's own window.
_WRITTEN_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class BurnRow:
    """One alerting rule. `budget_ratio` is the share of the budget that is spent before it fires."""

    long: timedelta
    short: timedelta
    factor: float
    budget_ratio: float
    severity: Literal["critical", "warning"]


BURN_ROWS = (
    BurnRow(long=timedelta(hours=1), short=timedelta(minutes=5), factor=14.4, budget_ratio=0.02, severity="critical"),
    BurnRow(long=timedelta(hours=6), short=timedelta(minutes=30), factor=6.0, budget_ratio=0.05, severity="critical"),
    BurnRow(long=timedelta(days=1), short=timedelta(hours=2), factor=3.0, budget_ratio=0.10, severity="warning"),
    BurnRow(long=timedelta(days=3), short=timedelta(hours=6), factor=1.0, budget_ratio=0.10, severity="warning"),
)


def scaled_rows(window: timedelta) -> tuple[BurnRow, ...]:
    """The four rows for an objective over `window`: each of their windows scaled, none shorter than a minute."""
    scale = window / _WRITTEN_FOR
    least = timedelta(minutes=1)
    return tuple(
        BurnRow(
            long=max(row.long * scale, least),
            short=max(row.short * scale, least),
            factor=row.factor,
            budget_ratio=row.budget_ratio,
            severity=row.severity,
        )
        for row in BURN_ROWS
    )


def deaf_rows(objective: float) -> tuple[BurnRow, ...]:
    """The rows that can never fire: even if every event is bad, the burn rate stays below their factor.

    An objective of 0.9306 or less can never burn 14.4 times too fast.
    """
    fastest = burn_rate(1.0, objective)
    return tuple(row for row in BURN_ROWS if fastest < row.factor)


def burn_rate(bad_ratio: float, objective: float) -> float:
    """How many times faster than allowed the budget is spent; 1 spends exactly all of it by the window's end."""
    return bad_ratio / (1 - objective)
