"""Error budgets and burn rates: how much of the allowed errors have occurred, and how fast.

Method: The Site Reliability Workbook (Beyer and others, 2018), chapter 5, "Multiwindow, Multi-Burn-Rate Alerts". A row
fires only while its long AND its short window burn at its factor or faster: the long one proves that it matters, the
short one that it still goes on, so a row ends soon after the cause does. Nothing fires on a handful of events (at ten
requests an hour one failure is a burn rate of 100).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from leadline.model.burn_rows import BurnRow, burn_rate, scaled_rows

__all__ = [
    "BudgetState",
    "BurnState",
    "Counts",
    "MinuteCounts",
    "judge_budget",
]

# A row needs one of the two in its long window: 20 bad events, or 1,000 valid ones (measured: at ten requests an hour
# one failure would otherwise spend 13.9 % of a 99.9 % budget and fire the fastest row).
LEAST_BAD, LEAST_VALID = 20, 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Events that could have been good, and those that were not."""

    valid: float = 0.0
    bad: float = 0.0

    @property
    def bad_ratio(self) -> float | None:
        """None without events: missing data is not success."""
        return self.bad / self.valid if self.valid > 0 else None

    def __add__(self, other: Counts) -> Counts:
        return Counts(valid=self.valid + other.valid, bad=self.bad + other.bad)


@dataclass(frozen=True, slots=True, kw_only=True)
class MinuteCounts:
    """The counts of `[starts_at, starts_at + one bucket)`. Old buckets may be longer than a minute."""

    starts_at: datetime
    counts: Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class BurnState:
    """The state of one row. The rates are None if their window has no valid event."""

    row: BurnRow
    long: Counts
    short: Counts
    long_rate: float | None
    short_rate: float | None
    has_enough_data: bool

    @property
    def is_firing(self) -> bool:
        if self.long_rate is None or self.short_rate is None or not self.has_enough_data:
            return False
        return self.long_rate >= self.row.factor and self.short_rate >= self.row.factor


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetState:
    """The budget of one objective at one moment. `left_ratio` is below 0 if the budget is overspent.

    `spent_at` is when the budget ends at the rate of the last hour's row, None where it does not end in this window.
    """

    objective: float
    since: datetime
    until: datetime
    counts: Counts
    allowed_bad: float
    left_ratio: float | None
    burns: tuple[BurnState, ...]
    spent_at: datetime | None

    @property
    def firing(self) -> tuple[BurnState, ...]:
        return tuple(burn for burn in self.burns if burn.is_firing)

    @property
    def severity(self) -> Literal["critical", "warning"] | None:
        """The worst severity of firing rows, or None."""
        found = {burn.row.severity for burn in self.firing}
        return "critical" if "critical" in found else "warning" if found else None

    @property
    def has_data(self) -> bool:
        return self.counts.valid > 0


def judge_budget(
    series: Sequence[MinuteCounts],
    *,
    objective: float,
    window: timedelta,
    now: datetime,
    since: datetime | None = None,
    until: datetime | None = None,
) -> BudgetState:
    """The budget over the last `window` (or from `since` to `until`, for a calendar window) and its burn rates.

    `series` holds counts in any order; counts outside the windows are ignored. A bucket counts for a window if
    it begins inside of it.
    """
    begins = since if since is not None else now - window
    ends = until if until is not None else now
    whole = _sum(series, begins, now)
    allowed = whole.valid * (1 - objective)
    burns = tuple(_judge_row(series, row, objective, now) for row in scaled_rows(window))
    left = None if whole.valid <= 0 else 1 - whole.bad / allowed
    return BudgetState(
        objective=objective,
        since=begins,
        until=ends,
        counts=whole,
        allowed_bad=allowed,
        left_ratio=left,
        burns=burns,
        spent_at=_spent_at(left, burns[0].long_rate, window, now, ends if until is not None else None),
    )


def _judge_row(series: Sequence[MinuteCounts], row: BurnRow, objective: float, now: datetime) -> BurnState:
    long, short = _sum(series, now - row.long, now), _sum(series, now - row.short, now)
    rates = [None if c.bad_ratio is None else burn_rate(c.bad_ratio, objective) for c in (long, short)]
    return BurnState(
        row=row,
        long=long,
        short=short,
        long_rate=rates[0],
        short_rate=rates[1],
        has_enough_data=long.bad >= LEAST_BAD or long.valid >= LEAST_VALID,
    )


def _sum(series: Sequence[MinuteCounts], since: datetime, until: datetime) -> Counts:
    inside = [one.counts for one in series if since <= one.starts_at < until]
    return Counts(valid=sum(c.valid for c in inside), bad=sum(c.bad for c in inside))


def _spent_at(
    left: float | None, rate: float | None, window: timedelta, now: datetime, ends_at: datetime | None
) -> datetime | None:
    """At a burn rate of 1 a whole budget lasts a whole window."""
    if left is None or rate is None or rate <= 0:
        return None
    if left <= 0:
        return now
    at = now + window * (left / rate)
    if ends_at is not None and at >= ends_at:
        return None
    return at if at - now <= window else None
