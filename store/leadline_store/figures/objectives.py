"""Budgets and burn rates of objectives, from minutes that are kept in memory.

Reading thirty days of raw rows each minute would keep a core busy, so each indicator's minutes are kept in memory: the
last hours are read again at every question (late beacons change them), the whole window once in a while.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from leadline.analysis.budgets import BudgetState, BurnState, Counts, MinuteCounts, judge_budget
from leadline.model.indicators import parse_indicator
from leadline.store import Store
from leadline.store.objectives import ObjectiveCounts, read_objective_counts
from leadline.storeclient.objectives import (
    BudgetPoint,
    BurnAnswer,
    ObjectiveAnswer,
    ObjectiveAsked,
    ObjectivesAsked,
    SpentBy,
)

__all__ = ["list_objectives"]

# A beacon can report an error as long as its view is open; most do within this.
_READ_AGAIN = timedelta(hours=3)
# After this everything is read again, so that later data is counted in the end.
_READ_WHOLE = timedelta(hours=6)
_MOST_VERSIONS = 5
# A chart needs no more points than a screen can show.
_MOST_POINTS = 240


@dataclass(slots=True)
class _Kept:
    """The minutes of one indicator of one app from `since` on."""

    since: datetime
    whole_at: datetime
    read_upto: datetime
    minutes: dict[tuple[datetime, str], ObjectiveCounts] = field(default_factory=dict)


class _Minutes:
    """Minutes read before, by store and indicator. Use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: WeakKeyDictionary[Store, dict[tuple[str, str], _Kept]] = WeakKeyDictionary()

    def read(self, store: Store, *, app: str, indicator: str, since: datetime, at: datetime) -> list[ObjectiveCounts]:
        with self._lock:
            of_store, key = self._kept.setdefault(store, {}), (app, indicator)
            kept = of_store.get(key)
            is_usable = kept is not None and kept.since <= since and kept.whole_at <= at < kept.whole_at + _READ_WHOLE
            if kept is None or not is_usable or at < kept.read_upto:
                kept = _Kept(since=since, whole_at=at, read_upto=at)
                self._add(kept, store, app, indicator, since, at)
                of_store[key] = kept
            else:
                again = max(kept.since, kept.read_upto - _READ_AGAIN)
                kept.minutes = {place: one for place, one in kept.minutes.items() if place[0] < _minute(again)}
                self._add(kept, store, app, indicator, _minute(again), at)
                kept.read_upto = at
            return list(kept.minutes.values())

    @staticmethod
    def _add(kept: _Kept, store: Store, app: str, indicator: str, since: datetime, at: datetime) -> None:
        found = read_objective_counts(store, parse_indicator(indicator), app=app, since=since, until=at)
        for one in found:
            kept.minutes[(one.starts_at, one.service_version)] = one


_minutes = _Minutes()


def list_objectives(store: Store, asked: ObjectivesAsked) -> list[ObjectiveAnswer]:
    """Each objective's budget as of `asked.at`, in the order in which they were asked."""
    return [_judge(store, one, asked.at) for one in asked.objectives]


def _judge(store: Store, asked: ObjectiveAsked, at: datetime) -> ObjectiveAnswer:
    window = timedelta(seconds=asked.window_s)
    # A window shorter than that of its slowest alert needs those minutes as well.
    begins = min(asked.since or at - window, at - window / 10)
    minutes = _minutes.read(store, app=asked.app, indicator=asked.indicator, since=begins, at=at)
    series = _by_minute(minutes)
    state = judge_budget(series, objective=asked.objective, window=window, now=at, since=asked.since, until=asked.until)
    return ObjectiveAnswer(
        name=asked.name,
        app=asked.app,
        indicator=asked.indicator,
        unit=parse_indicator(asked.indicator).unit,
        objective=asked.objective,
        since=state.since,
        until=state.until,
        valid=state.counts.valid,
        bad=state.counts.bad,
        allowed_bad=state.allowed_bad,
        left_ratio=state.left_ratio,
        spent_at=state.spent_at,
        severity=state.severity,
        burns=[_as_answer(burn) for burn in state.burns],
        spent_by=_spent_by(minutes, state),
        points=_draw(series, state, at),
    )


def _by_minute(minutes: Sequence[ObjectiveCounts]) -> list[MinuteCounts]:
    sums: dict[datetime, Counts] = defaultdict(Counts)
    for one in minutes:
        sums[one.starts_at] += Counts(valid=one.valid, bad=one.bad)
    return [MinuteCounts(starts_at=starts_at, counts=counts) for starts_at, counts in sorted(sums.items())]


def _spent_by(minutes: Sequence[ObjectiveCounts], state: BudgetState) -> list[SpentBy]:
    """The versions that spent most of it, worst first; those that spent nothing are left out."""
    sums: dict[str, Counts] = defaultdict(Counts)
    for one in minutes:
        if state.since <= one.starts_at < state.until:
            sums[one.service_version] += Counts(valid=one.valid, bad=one.bad)
    worst = sorted(((version, c) for version, c in sums.items() if c.bad > 0), key=lambda one: (-one[1].bad, one[0]))
    return [
        SpentBy(service_version=version, bad=c.bad, valid=c.valid, ratio=c.bad / state.counts.bad)
        for version, c in worst[:_MOST_VERSIONS]
    ]


def _draw(series: Sequence[MinuteCounts], state: BudgetState, at: datetime) -> list[BudgetPoint]:
    """How the budget went down, at the end of each bucket with events. The allowed amount is that of the whole window
    so far, so the last point is what is left now."""
    if state.allowed_bad <= 0 or at <= state.since:
        return []
    step = max(timedelta(minutes=1), (at - state.since) / _MOST_POINTS)
    ends: dict[int, float] = {}
    spent = 0.0
    for one in series:
        if state.since <= one.starts_at < at:
            spent += one.counts.bad
            ends[int((one.starts_at - state.since) / step)] = spent
    return [
        BudgetPoint(at=min(at, state.since + (number + 1) * step), left_ratio=1 - bad / state.allowed_bad)
        for number, bad in ends.items()
    ]


def _as_answer(burn: BurnState) -> BurnAnswer:
    said: dict[str, Any] = {
        name: getattr(burn, name) for name in ("long_rate", "short_rate", "has_enough_data", "is_firing")
    }
    return BurnAnswer(
        long_s=burn.row.long.total_seconds(),
        short_s=burn.row.short.total_seconds(),
        factor=burn.row.factor,
        severity=burn.row.severity,
        bad=burn.long.bad,
        valid=burn.long.valid,
        **said,
    )


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)
