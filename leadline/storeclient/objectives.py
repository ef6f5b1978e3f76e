"""What the store is asked about objectives, and what it answers: the budget of each, and how fast it burns."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from msgspec import Struct

__all__ = [
    "BudgetPoint",
    "BurnAnswer",
    "ObjectiveAnswer",
    "ObjectiveAsked",
    "ObjectivesAsked",
    "SpentBy",
    "alert_rows",
    "budget_row",
]


class ObjectiveAsked(Struct, frozen=True, kw_only=True):
    """One objective as configured. `since` and `until` bound a calendar window; without them the window rolls."""

    name: str
    app: str
    indicator: str
    objective: float
    window_s: float
    since: datetime | None = None
    until: datetime | None = None


class ObjectivesAsked(Struct, frozen=True, kw_only=True):
    """`at`: as of when. What arrived later is left out."""

    objectives: list[ObjectiveAsked]
    at: datetime


class BurnAnswer(Struct, frozen=True, kw_only=True):
    """One of the four alerts. A rate is None where its window holds no valid event."""

    long_s: float
    short_s: float
    factor: float
    severity: Literal["critical", "warning"]
    long_rate: float | None
    short_rate: float | None
    bad: float
    valid: float
    has_enough_data: bool
    is_firing: bool


class SpentBy(Struct, frozen=True, kw_only=True):
    """How much of the budget one version has spent; `ratio` is its share of all bad events."""

    service_version: str
    bad: float
    valid: float
    ratio: float


class BudgetPoint(Struct, frozen=True, kw_only=True):
    """What was left at the end of one hour or day of the window."""

    at: datetime
    left_ratio: float


class ObjectiveAnswer(Struct, frozen=True, kw_only=True):
    """The budget of one objective. `left_ratio` is None without any valid event, and below 0 where more than all is
    spent. `spent_at`: when it is spent at the rate of the fastest alert's long window."""

    name: str
    app: str
    indicator: str
    unit: str
    objective: float
    since: datetime
    until: datetime
    valid: float
    bad: float
    allowed_bad: float
    left_ratio: float | None
    spent_at: datetime | None
    severity: Literal["critical", "warning"] | None
    burns: list[BurnAnswer]
    spent_by: list[SpentBy]
    points: list[BudgetPoint]


def budget_row(answer: ObjectiveAnswer) -> dict[str, Any]:
    """One flat row per objective: what is left, how fast it burns (in the fastest alert's long window), by whom."""
    fastest, worst = answer.burns[0], answer.spent_by[0] if answer.spent_by else None
    return {
        "name": answer.name,
        "app": answer.app,
        "indicator": answer.indicator,
        "objective": answer.objective,
        "since": answer.since,
        "until": answer.until,
        "valid": answer.valid,
        "bad": answer.bad,
        "allowed_bad": answer.allowed_bad,
        "good_ratio": None if answer.valid <= 0 else 1 - answer.bad / answer.valid,
        "left_ratio": answer.left_ratio,
        "burn_rate": fastest.long_rate,
        "burn_window_s": fastest.long_s,
        "state": _state_of(answer),
        "spent_at": answer.spent_at,
        "spent_by_version": worst.service_version if worst else None,
        "spent_by_ratio": worst.ratio if worst else None,
    }


def _state_of(answer: ObjectiveAnswer) -> str:
    """What burns is said first; without any valid event nothing is known, and nothing is never `ok`."""
    if answer.left_ratio is None:
        return "no_data"
    return answer.severity or ("spent" if answer.left_ratio <= 0 else "ok")


def alert_rows(answer: ObjectiveAnswer) -> list[dict[str, Any]]:
    """One flat row per alert of an objective."""
    return [
        {
            "name": answer.name,
            "app": answer.app,
            "indicator": answer.indicator,
            "objective": answer.objective,
            "long_s": burn.long_s,
            "short_s": burn.short_s,
            "factor": burn.factor,
            "severity": burn.severity,
            "long_rate": burn.long_rate,
            "short_rate": burn.short_rate,
            "bad": burn.bad,
            "valid": burn.valid,
            "has_enough_data": burn.has_enough_data,
            "is_firing": burn.is_firing,
        }
        for burn in answer.burns
    ]
