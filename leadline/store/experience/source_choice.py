"""Chooses the source of an answer: rows while they are few and kept (exact, current), else rollups (fast, rounded).

A million rows take about a second, and grow with traffic; rollups take as long however many views they hold.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from leadline.analysis.bins import ERROR_BOUND
from leadline.store.database import Store
from leadline.store.experience.asked import DAY, HOUR, Asked, ceil_to, floor_to
from leadline.store.experience.cells import read_names
from leadline.store.experience.parts import Experience, Key, Part, Source
from leadline.store.experience.raw import read_raw
from leadline.store.experience.rolled import Bounds, read_dimension, read_effects, read_series, read_whole
from leadline.store.snapshots import Snapshot, take_snapshot

# Up to so many views an answer is read from rows (bench/store measures what a million costs).
RAW_VIEWS = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What the rollups hold: `rolled_views` since the full hour, folded up to two points in time.

    `has_lost_rows`: retention removed rows that the question is about; only the rollups still have them.
    """

    days_before: datetime
    dimensions_before: datetime
    rolled_at: datetime | None
    loaded_at: datetime | None
    rolled_views: int
    has_lost_rows: bool


def read_experience(store: Store, asked: Asked, *, source: Source | None = None) -> Experience:
    """The answer, of one snapshot. `source` overrides the choice. Raises duckdb.Error."""
    if asked.slice_by == "time":  # no span is cut
        since = floor_to(asked.since_utc, asked.every or HOUR)
        asked = replace(asked, since=since.replace(tzinfo=UTC))
    with take_snapshot(store) as snapshot:
        state = read_state(snapshot, asked)
        if (source or choose(state)) == "raw":
            parts = read_raw(snapshot, asked)
            since = asked.since_utc
            return Experience(parts=parts, source="raw", since=since, as_of=state.loaded_at, error_bound=0.0)
        since, parts = _read_rolled(snapshot, asked, state)
        bound = ERROR_BOUND
        return Experience(parts=parts, source="rollups", since=since, as_of=state.rolled_at, error_bound=bound)


def choose_source(snapshot: Snapshot, asked: Asked) -> tuple[Source, datetime]:
    """Where an answer is read from, and before when whole days are summed."""
    state = read_state(snapshot, asked)
    return choose(state), state.days_before


def choose(state: State) -> Source:
    """Rows while there are few views and all of them are kept."""
    return "rollups" if state.has_lost_rows or state.rolled_views > RAW_VIEWS else "raw"


def _read_rolled(snapshot: Snapshot, asked: Asked, state: State) -> tuple[datetime, dict[Key, Part]]:
    """The parts, and the start of the first cell that is in them."""
    bounds = Bounds(floor_to(asked.since_utc, HOUR), state.days_before)
    names = read_names(snapshot, asked)
    if asked.slice_by == "none":
        return bounds.since, read_whole(snapshot, asked, bounds, names)
    effects = read_effects(snapshot, asked, bounds, names)
    if asked.slice_by == "time":
        since = asked.since_utc
        if (asked.every or HOUR) % HOUR:
            since = max(since, ceil_to(state.dimensions_before, asked.every or HOUR))
        return since, read_series(snapshot, asked, since, names, effects)
    if bounds.since < state.dimensions_before:
        bounds = replace(bounds, since=floor_to(bounds.since, DAY))
    return bounds.since, read_dimension(snapshot, asked, bounds, names, effects)


def read_state(snapshot: Snapshot, asked: Asked) -> State:
    """What there is to answer from."""
    hour = floor_to(asked.since_utc, HOUR)
    at: dict[str, Any] = {"since_hour": hour, "first_day": ceil_to(hour, DAY)}
    (row,) = snapshot.ask("rolled_state", **at, app=asked.app, with_synthetic=asked.with_synthetic).to_pylist()
    return State(**row)
