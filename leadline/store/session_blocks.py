"""Reads the blocks of a canary and its baseline: one value per session, in the minute in which its horizon ends.

The evidence of a minute depends on nothing that arrived later, so it comes out the same whenever it is read, and the
same whether a day is read at once or minute by minute. No verdict here: leadline.analysis.verdicts judges.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from leadline.analysis.verdicts import Arrivals, MetricEvidence
from leadline.analysis.verdicts.bins import BINS
from leadline.model.gates import GateRules
from leadline.store.arms import Arms, at_minute, judging_sql
from leadline.store.begun import Begun, Seen
from leadline.store.counted_rows import ints
from leadline.store.counting import SETTLED_S, Counting
from leadline.store.database import Store
from leadline.store.met_sessions import Items, MetSessions, Window
from leadline.store.parts import MOST_SEGMENTS, MOST_STRATA, Part, Strata

__all__ = ["Reading", "Traffic", "open_reading"]

DAY = 1440
LATELY = "SELECT page_view_id, session, began_at FROM judged_views WHERE began_at >= $since::TIMESTAMP"


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """Sessions that began, in how many minutes; per event how many sessions had it, and after how many minutes."""

    sessions: int
    minutes: float
    events: dict[str, tuple[int, float]]


@contextmanager
def open_reading(store: Store, arms: Arms, rules: GateRules, *, since: int, until: int) -> Iterator[Reading]:
    """Of the minutes from the anchor `since` to `until`. All of it sees the store as it is now."""
    cursor = store.cursor()
    try:
        cursor.execute("BEGIN")
        yield Reading(cursor, arms, rules, since, max(until, since))
    finally:
        cursor.close()


@dataclass(slots=True)
class Reading:
    """One cursor with its temporary tables, which hold sessions that began from minute `first` on."""

    cursor: duckdb.DuckDBPyConnection
    arms: Arms
    rules: GateRules
    since: int
    until: int
    first: int = 0
    items: dict[str, Items] = field(default_factory=dict)  # what the sessions did, once it was asked for
    is_split: bool = False  # all users, put into arms by a hash
    is_drilled: bool = False  # the rules name one segment, each value of which is looked at for itself

    def traffic(self) -> Traffic:
        """What all users do: for plans. `is_split` must be set."""
        self._make_tables(self.since - DAY)
        first = {"first_start_ms": self.since * 60_000}
        [total] = self.ask("traffic", **first).to_pylist()
        events = self.ask("event_shares", app=self.arms.app, since=at_minute(self.since), **first).to_pylist()
        minutes = max((total["last_ms"] - total["first_ms"]) / 60_000, 1.0) if total["sessions"] else 0.0
        return Traffic(
            sessions=total["sessions"],
            minutes=minutes,
            events={row["name"]: (row["sessions"], row["after_minutes"]) for row in events},
        )

    def split(self, seed: str, share: float) -> Part:
        """Two arms of the same users; `traffic` was called before."""
        self._run("split", seed=seed, share=share)
        return self._read(None)

    def whole(self) -> Part:
        """All minutes, and what the thresholds of the tail are frozen by."""
        self.first = self.since if self.is_drilled else self.since - DAY
        self._own(self.lookback)
        self._run("begun", scan_from=at_minute(self.first))
        hashes = self.ask("arriving").select(["view_hash", "session_hash"])
        lately = self.cursor.sql(LATELY, params={"since": at_minute(self._first_after(self.until))}).to_arrow_table()
        begun = Begun(
            views=Seen.of(hashes["view_hash"].to_numpy()),
            sessions=Seen.of(hashes["session_hash"].to_numpy()),
            lately=lately,
        )
        self._make_tables_of_views()
        return replace(self._read(None), begun=begun)

    def after(self, read: Part) -> Part:
        """The minutes after `read`."""
        assert read.begun is not None  # whatever was read whole, or after that
        self.first = self._first_after(read.until)
        self._own(read.until + 1)
        begun = read.begun.go_on(self.ask("arriving"), since=at_minute(self.first))
        self.cursor.register("lately_begun", begun.in_spans(self._spans(read.until + 1)))
        self.cursor.execute("CREATE OR REPLACE TEMP TABLE judged_views AS SELECT * FROM lately_begun")
        self.cursor.unregister("lately_begun")
        self._make_tables_of_views()
        return replace(self._read(read), begun=begun)

    def _first_after(self, minute: int) -> int:
        """When the first session began whose horizon ends after `minute`."""
        return max(self.since, minute + 1 - -(-max(self._horizons_s) // 60))

    def _spans(self, first: int) -> list[tuple[int, int]]:
        """When the sessions began, in ms, that anything is asked about of the minutes from `first` on."""
        begins, ends = first * 60_000, (self.until + 1) * 60_000
        return [(begins - horizon_s * 1000, ends - horizon_s * 1000) for horizon_s in self._horizons_s]

    @property
    def _horizons_s(self) -> set[int]:
        """After how long a session counts: as arrived at once, as what it is like when that is settled, in metrics."""
        return {0, SETTLED_S, *(max(rule.within_s, SETTLED_S) for rule in self.rules.metrics)}

    def _own(self, since: int) -> None:
        self._run("owned", app=self.arms.app, since=at_minute(since), until=at_minute(self.until + 1))

    def trimmed(self, names: list[str], read: Part) -> tuple[MetricEvidence, ...]:
        """Metrics once more, without the busiest 1 % of networks. `read` is all that there is, of these minutes."""
        self._make_tables(self.since)
        counting = self._segment(is_trimmed=True)
        # The thresholds stay those of all networks: they were frozen before.
        metrics = {metric.name: metric for metric in read.metrics}
        return tuple(
            counting.metric(rule, read.strata, self.since, metrics[rule.name].reference)
            for rule in self.rules.metrics
            if rule.name in names
        )

    def alone(self) -> tuple[MetricEvidence, ...]:
        """These minutes in one stratum, without the day before: nothing is judged by thresholds of the tail."""
        self._make_tables(self.since)
        counting = self._segment(is_trimmed=False)
        one = Strata(places={}, most=1)
        return tuple(counting.metric(rule, one, self.since, np.zeros(BINS)) for rule in self.rules.metrics)

    def _read(self, before: Part | None) -> Part:
        first = self.since if before is None else before.until + 1
        counting = self._segment(is_trimmed=False)
        met = counting.sessions
        settled = Window(
            within_ms=0, enters_ms=SETTLED_S * 1000, first_start_ms=self.since * 60_000, first=first, last=self.until
        )
        segments = _with_new(() if before is None else before.segments, met.segments(settled))
        browsers, arrivals = _arrivals(() if before is None else before.browsers, met, settled)
        known, sessions = met.networks(settled)
        part = Part(
            until=self.until,
            segments=segments,
            browsers=browsers,
            arrivals=arrivals,
            metrics=(),
            served=met.served(settled),
            known=known,
            sessions=sessions,
            most_strata=MOST_SEGMENTS if self.is_drilled else MOST_STRATA,
        )
        metrics = []
        strata = replace(part.strata, grows=self.is_drilled)
        for place, rule in enumerate(self.rules.metrics):
            if before is not None:
                reference = before.metrics[place].reference
            else:  # nobody needs it of segments
                reference = np.zeros(BINS) if self.is_drilled else counting.reference(rule)
            metrics.append(counting.metric(rule, strata, first, reference))
        return replace(part, metrics=tuple(metrics), segments=tuple(strata.places) if self.is_drilled else segments)

    @property
    def is_by_route(self) -> bool:
        return self.is_drilled and self.rules.segments == ("route",)

    def _make_tables(self, first: int) -> None:
        """Of sessions that began from minute `first` on."""
        self.first = first
        self._run("views", lookback=at_minute(self.lookback), **self._span)
        self._make_tables_of_views()

    @property
    def _span(self) -> dict[str, Any]:
        return {"app": self.arms.app, "scan_from": at_minute(self.first), "until": at_minute(self.until + 1)}

    def _make_tables_of_views(self) -> None:
        """What the views of judged_views did."""
        self.items.clear()
        span = self._span
        arms = {name: value for name, value in self.arms.parameters.items() if name != "app"}
        self._run("sessions", is_split=self.is_split, **arms, **span)
        self._run("numbered_views")
        kinds = {rule.name.partition(":")[0] for rule in self.rules.metrics}
        if "kpi" in kinds:
            names = sorted({rule.of for rule in self.rules.metrics if rule.name.startswith("kpi:")})
            self._run("events", names=names, **span)
        if "errors" in kinds:
            self._run("errors", **span)
        if "crashes" in kinds:
            self._run("crashes", **span)
        if "requests" in kinds:
            self._run("requests", **span)
        if "errors" in kinds and self.is_by_route:
            self._run("routes", **span)

    @property
    def lookback(self) -> int:
        """A session that was there since this minute did not begin later."""
        return self.since - 2 * DAY

    def _segment(self, *, is_trimmed: bool) -> Counting:
        """The sessions that are compared, each in its segment."""
        dimensions = list(self.rules.segments)
        if self.is_by_route:
            self._run("segments", dimensions=dimensions)
        met = self.ask("met", dimensions=dimensions)
        is_left_out = None
        if is_trimmed:
            is_left_out = np.zeros(met.num_rows, dtype=bool)
            found = self.ask("busiest", first_start_ms=self.since * 60_000, last_minute=self.until)
            is_left_out[ints(found["number"])] = True
        return Counting(
            ask=self.ask,
            rules=self.rules,
            since=self.since,
            until=self.until,
            span=self._span,
            is_by_route=self.is_by_route,
            sessions=MetSessions(met, is_left_out=is_left_out),
            items=self.items,
        )

    def _run(self, question: str, **parameters: Any) -> None:
        self.cursor.execute(judging_sql(question), parameters)

    def ask(self, question: str, **parameters: Any) -> pa.Table:
        """A question of sql/judging, of the same state of the store."""
        return self.cursor.sql(judging_sql(question), params=parameters or None).to_arrow_table()


def _arrivals(browsers: tuple[str, ...], met: MetSessions, minutes: Window) -> tuple[tuple[str, ...], Arrivals]:
    """With the browsers of earlier minutes, and those that are new."""
    names, minute, na, nb = met.arrivals(minutes)
    browsers = _with_new(browsers, names)
    place = {name: index for index, name in enumerate(browsers)}
    return browsers, Arrivals(
        minute=minute,
        browser=np.array([place[name] for name in names], dtype=np.int64),
        na=na.astype(np.float64),
        nb=nb.astype(np.float64),
    )


def _with_new(names: tuple[str, ...], found: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*names, *found)))
