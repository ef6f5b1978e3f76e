"""How long the steps of journeys took, per version that served them: from runs while they are few, else from sums."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leadline.analysis import Binned, QuantileEstimate, estimate_binned_quantiles, estimate_quantiles
from leadline.analysis.bins import ERROR_BOUND, edges
from leadline.store.database import Store
from leadline.store.experience.asked import DAY, HOUR, ceil_to, floor_to
from leadline.store.experience.parts import Source
from leadline.store.snapshots import take_snapshot

# Up to so many steps an answer is read from runs: it takes about as long as a million page views.
RAW_STEPS = 1_000_000
# As rolling/steps.sql bins durations.
_UNIT = 1.0
MOST_OF_FEW = 0.75
NEVER = datetime.fromisoformat("9999-12-31T00:00:00")
_KEY = ("app", "journey", "step", "service_version", "slice")
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepPart:
    """`n` steps that passed (or took too long). `durations` has intervals: each run is a session of its own.

    `slice`: when its span of a series begins, else nothing.
    """

    app: str
    journey: str
    step: str
    service_version: str | None
    slice: str
    n: int
    ordinal: int
    fastest_ms: float | None
    slowest_ms: float | None
    budget_ms: float | None
    durations: tuple[QuantileEstimate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """An answer; the columns besides `parts` are those of Experience."""

    parts: list[StepPart]
    source: Source
    since: datetime
    as_of: datetime | None
    error_bound: float


def read_steps(
    store: Store,
    since: datetime,
    app: str | None,
    *,
    every: timedelta | None = None,
    source: Source | None = None,
) -> Steps:
    """By app, journey, ordinal, version and span, of one snapshot. `since` is UTC without a zone. Raises duckdb.Error.

    Spans that are no whole hours are read from runs, however many there are.
    """
    if every is not None:  # no span is cut
        since = floor_to(since, every)
    hour = floor_to(since, HOUR)
    at = {"since": hour, "first_day": ceil_to(hour, DAY), "app": app}
    spans = {"every_s": None if every is None else round(every.total_seconds())}
    is_summed = every is None or every % HOUR == timedelta()
    with take_snapshot(store) as snapshot:
        (state,) = snapshot.ask("steps_state", **at).to_pylist()
        if not is_summed or (source or ("rollups" if state["steps"] > RAW_STEPS else "raw")) == "raw":
            rows = snapshot.ask("steps_by_version", since=since, app=app, **spans).to_pylist()
            parts = [_exact(row) for row in rows]
            return Steps(parts=parts, source="raw", since=since, as_of=state["loaded_at"], error_bound=0.0)
        if every is not None:  # a span may begin within a day
            at["first_day"] = NEVER
        parts = list(_rounded(snapshot.ask("rolled_steps", **at, **spans).to_pylist()))
    parts.sort(key=_place)
    return Steps(parts=parts, source="rollups", since=hour, as_of=state["rolled_at"], error_bound=ERROR_BOUND)


def _place(part: StepPart) -> tuple[str, str, int, bool, str, str, str]:
    version = part.service_version
    return part.app, part.journey, part.ordinal, version is None, version or "", part.step, part.slice


def _exact(row: dict[str, Any]) -> StepPart:
    values = np.array([value for value in row.pop("durations_ms") if value is not None], dtype=np.float64)
    return StepPart(**row, durations=_with_few(estimate_quantiles(values, np.arange(values.size)), values))


def _with_few(estimates: tuple[QuantileEstimate, ...], values: Floats) -> tuple[QuantileEstimate, ...]:
    """A journey's first runs have a median and a p75 as well: its steps are shown from the first one on."""
    return tuple(
        replace(one, value=float(np.quantile(values, one.quantile)))
        if one.value is None and values.size and one.quantile <= MOST_OF_FEW
        else one
        for one in estimates
    )


def _rounded(rows: list[dict[str, Any]]) -> Iterator[StepPart]:
    for key, found in groupby(rows, key=lambda row: tuple(row[name] for name in _KEY)):
        cells = list(found)
        timed = [cell for cell in cells if cell["bin"] is not None]
        n = sum(cell["n"] for cell in timed)
        binned = Binned(
            bins=np.array([cell["bin"] for cell in timed], dtype=np.int64),
            weights=np.array([[cell["n"] for cell in timed]], dtype=np.float64),
            unit=_UNIT, n=n, effective_n=float(n), sessions=n, design_effect=1.0,
        )  # fmt: skip
        budgets = [cell for cell in cells if cell["budget_at"] is not None]
        yield StepPart(
            **dict(zip(_KEY, key, strict=True)),
            n=sum(cell["n"] for cell in cells),
            ordinal=min(cell["ordinal"] for cell in cells),
            fastest_ms=min((cell["fastest_ms"] for cell in timed), default=None),
            slowest_ms=max((cell["slowest_ms"] for cell in timed), default=None),
            budget_ms=max(budgets, key=lambda cell: cell["budget_at"])["budget_ms"] if budgets else None,
            durations=_with_few(estimate_binned_quantiles(binned), _middles(binned)) if timed else (),
        )  # fmt: skip


def _middles(binned: Binned) -> Floats:
    """A value in the middle of its bin for each of a few, none for many."""
    if binned.n > 1 / (1 - MOST_OF_FEW):
        return np.zeros(0)
    return np.repeat(
        [sum(edges(int(number), binned.unit)) / 2 for number in binned.bins], binned.weights[0].astype(int)
    )
