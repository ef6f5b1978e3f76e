"""The denominators of errors and funnels: counted from rows while views are few, from rollups if they are many.

Sessions with an error, or that took a step, always come from rows: their number is that of errors and events, and an
order of events can't be added up. So an answer's cost is bounded by these, not by all views.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from leadline.store.database import Store
from leadline.store.experience.asked import HOUR, Asked, floor_to
from leadline.store.experience.parts import Source
from leadline.store.experience.rolled import Bounds
from leadline.store.experience.source_choice import choose, read_state
from leadline.store.snapshots import Snapshot, take_snapshot

Row = dict[str, Any]
Key = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """An answer. `source` is where what the shares are of comes from; the columns besides are those of Experience."""

    rows: list[Row]
    source: Source
    since: datetime
    as_of: datetime | None
    error_bound: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionTotal:
    """A version's sessions: their weight and its square's sum, and how many they are."""

    weight: float
    squared: float
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Funnel:
    """`events` are the steps' events by session in their order; the columns besides are those of Experience."""

    totals: dict[Key, SessionTotal]
    events: list[Row]
    source: Source
    since: datetime
    as_of: datetime | None
    error_bound: float = 0.0


@dataclass(frozen=True, slots=True)
class _Chosen:
    snapshot: Snapshot
    source: Source
    since: datetime
    as_of: datetime | None
    bounds: Bounds


@contextmanager
def _choose(store: Store, asked: Asked, source: Source | None) -> Iterator[_Chosen]:
    with take_snapshot(store) as snapshot:
        state = read_state(snapshot, asked)
        bounds = Bounds(floor_to(asked.since_utc, HOUR), state.days_before)
        if (source or choose(state)) == "raw":
            yield _Chosen(snapshot, "raw", asked.since_utc, state.loaded_at, bounds)
        else:
            yield _Chosen(snapshot, "rollups", bounds.since, state.rolled_at, bounds)


def read_errors(store: Store, asked: Asked, *, row_limit: int, source: Source | None = None) -> Shares:
    """Groups by fingerprint and version, the most views first. Raises duckdb.Error."""
    of_all = {"app": asked.app, "with_synthetic": asked.with_synthetic}
    with _choose(store, asked, source) as chosen:
        if chosen.source == "raw":
            chosen.snapshot.keep("error_totals", table="viewed", since=chosen.since, **of_all)
        else:
            chosen.snapshot.keep("rolled_error_totals", table="viewed", **chosen.bounds.parameters, **of_all)
        found = chosen.snapshot.ask(
            "errors_by_fingerprint", since=chosen.since, row_limit=row_limit, **asked.filters
        ).to_pylist()
    return Shares(rows=found, source=chosen.source, since=chosen.since, as_of=chosen.as_of)


def read_funnel(store: Store, asked: Asked, steps: Sequence[str], *, source: Source | None = None) -> Funnel:
    """The sessions of each version, and the events of those that caused the first one. Raises duckdb.Error."""
    with _choose(store, asked, source) as chosen:
        snapshot, since = chosen.snapshot, chosen.since
        if chosen.source == "raw":
            snapshot.keep("owned_sessions", since=since, **asked.filters)
            found = snapshot.ask("sessions_by_slice", since=since, slice_by="none", every_s=3600)
        else:
            snapshot.keep("funnel_sessions", since=since, first=steps[0], **asked.filters)
            found = snapshot.ask("rolled_sessions", **chosen.bounds.parameters, **asked.filters)
        totals = {
            (row["app"], row["service_version"]): SessionTotal(
                weight=row["weight"], squared=row["squared_weight"], n=row["n"]
            )
            for row in found.to_pylist()
        }
        events = snapshot.ask("funnel_events", since=since, names=list(steps)).to_pylist()
    return Funnel(totals=totals, events=events, source=chosen.source, since=since, as_of=chosen.as_of)
