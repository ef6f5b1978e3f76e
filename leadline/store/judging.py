"""Reads the blocks of a canary and its baseline: one value per session, in the minute in which its horizon ends.

The evidence of a minute depends on nothing that arrived later, so it comes out the same whenever it is read, and the
same whether a day is read at once or minute by minute. No verdict here: leadline.analysis.verdicts judges.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leadline.analysis.verdicts import Arrivals, Evidence, MetricEvidence, Pairs, StageSpan
from leadline.analysis.verdicts.bins import BINS, bin_of
from leadline.analysis.verdicts.blocks import BinBlocks, Floats, Ints, ShareBlocks
from leadline.model.gates import GateRules, MetricRule
from leadline.store.arms import Anchored, Arms, at_minute, judging_sql
from leadline.store.database import Store

__all__ = ["Traffic", "gather_evidence", "reading_all"]

DAY = 1440
# Declared confounders are crossed into at most this many strata; from the last on the rest is one.
MOST_STRATA = 12
# The order in which segments.sql joins the values of a segment.
DIMENSIONS = ("device_type", "browser_name", "geo_country_iso_code", "effective_connection_type")
SEPARATOR = "\x1f"
HARD_FAILURES = 3
# Networks count as known where at least half of the sessions have one: live beacons do, imported rows don't.
KNOWN_PART = 0.5


def gather_evidence(
    store: Store,
    arms: Arms,
    rules: GateRules,
    *,
    anchored: Anchored,
    until: int,
    stages: tuple[StageSpan, ...] = (),
    to_trim: Callable[[Evidence], Sequence[str]] = lambda _: (),
) -> Evidence:
    """All evidence from the anchor to minute `until`, which is closed.

    `to_trim` looks at it and names metrics whose blocks are read a second time, from the same sessions, without the
    busiest 1 % of networks; it is not asked where no networks are known. Raises duckdb.Error.
    """
    with _reading(store, arms, rules, anchored.since, until) as reading:
        return reading.evidence(anchored, stages, to_trim)


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """Sessions that began, in how many minutes; per event how many sessions had it, and after how many minutes."""

    sessions: int
    minutes: float
    events: dict[str, tuple[int, float]]


@contextmanager
def reading_all(store: Store, app: str, rules: GateRules, *, since: int, until: int) -> Iterator[_Reading]:
    """All users of an app, to be split into arms."""
    with _reading(store, Arms(app=app, canary="A", baseline="A'"), rules, since, until) as reading:
        reading.is_split = True
        yield reading


@contextmanager
def _reading(store: Store, arms: Arms, rules: GateRules, since: int, until: int) -> Iterator[_Reading]:
    cursor = store.cursor()
    try:
        yield _Reading(cursor, arms, rules, since, max(until, since))
    finally:
        cursor.close()


@dataclass(slots=True)
class _Reading:
    """One cursor with its temporary tables."""

    cursor: duckdb.DuckDBPyConnection
    arms: Arms
    rules: GateRules
    since: int
    until: int
    segmented: int = 0  # how often: what was read before is of other sessions
    vitals: dict[tuple[int, ...], pa.Table] = field(default_factory=dict)
    is_split: bool = False  # all users, put into arms by a hash

    def traffic(self) -> Traffic:
        """What all users do: for plans. `is_split` must be set."""
        self._make_tables()
        first = {"first_start_ms": self.since * 60_000}
        [total] = self._ask("traffic", **first).to_pylist()
        events = self._ask("event_shares", app=self.arms.app, since=at_minute(self.since), **first).to_pylist()
        minutes = max((total["last_ms"] - total["first_ms"]) / 60_000, 1.0) if total["sessions"] else 0.0
        return Traffic(
            sessions=total["sessions"],
            minutes=minutes,
            events={row["name"]: (row["sessions"], row["after_minutes"]) for row in events},
        )

    def split(self, seed: str, share: float) -> Evidence:
        """The evidence of two arms of the same users; `traffic` was called before."""
        self._run("split", seed=seed, share=share)
        return self._gathered(Anchored(since=self.since, anchor="asked"), ())[0]

    def evidence(
        self, anchored: Anchored, stages: tuple[StageSpan, ...], to_trim: Callable[[Evidence], Sequence[str]]
    ) -> Evidence:
        self._make_tables()
        evidence, keys = self._gathered(anchored, stages)
        if not evidence.are_networks_known or not (names := to_trim(evidence)):
            return evidence
        self._run("busiest")
        self._segment(is_trimmed=True)
        trimmed = tuple(self._metric(rule, keys) for rule in self.rules.metrics if rule.name in names)
        return replace(evidence, trimmed=trimmed)

    def _gathered(self, anchored: Anchored, stages: tuple[StageSpan, ...]) -> tuple[Evidence, dict[str, int]]:
        """The evidence of all networks, and the strata's keys."""
        self._segment(is_trimmed=False)
        keys, strata = self._strata()
        metrics = tuple(self._metric(rule, keys) for rule in self.rules.metrics)
        browsers, arrivals = self._arrivals()
        pairs, hard_failures_at = self._runs()
        evidence = Evidence(
            app=self.arms.app,
            canary=self.arms.canary,
            baseline=self.arms.baseline,
            since=self.since,
            until=self.until,
            anchor=anchored.anchor,
            strata=strata,
            browsers=browsers,
            arrivals=arrivals,
            metrics=metrics,
            pairs=pairs,
            hard_failures_at=hard_failures_at,
            stages=stages,
            is_registered=self._is_registered(),
            are_networks_known=self._are_networks_known(),
        )
        return evidence, keys

    def _make_tables(self) -> None:
        scan_from, until = at_minute(self.since - DAY), at_minute(self.until + 1)
        self._run(
            "sessions",
            **self.arms.parameters,
            is_split=self.is_split,
            lookback=at_minute(self.since - 2 * DAY),
            scan_from=scan_from,
            until=until,
        )
        kinds = {rule.name.partition(":")[0] for rule in self.rules.metrics}
        app = self.arms.app
        if "kpi" in kinds:
            names = sorted({rule.of for rule in self.rules.metrics if rule.name.startswith("kpi:")})
            self._run("events", app=app, scan_from=at_minute(self.since), names=names)
        if "errors" in kinds:
            self._run("errors", app=app, scan_from=at_minute(self.since))
        if "requests" in kinds:
            self._run("requests", app=app, scan_from=scan_from)
        self._run("networks", app=app, scan_from=scan_from, first_start_ms=self.since * 60_000)

    def _segment(self, *, is_trimmed: bool) -> None:
        if not is_trimmed:
            self.cursor.execute("CREATE OR REPLACE TEMP TABLE judged_busiest (session VARCHAR)")
        self.segmented += 1
        self._run("segments", dimensions=list(self.rules.segments), is_trimmed=is_trimmed)

    def _strata(self) -> tuple[dict[str, int], tuple[tuple[str, ...], ...]]:
        """The stratum of each segment, and what the strata are called; in the order of the rules' dimensions."""
        rows = self._ask("strata", first_start_ms=self.since * 60_000, last_minute=self.until).to_pylist()
        keys = {row["segment"]: min(place, MOST_STRATA - 1) for place, row in enumerate(rows)}
        joined = [name for name in DIMENSIONS if name in self.rules.segments]
        names: list[tuple[str, ...]] = []
        for segment in list(keys)[:MOST_STRATA]:
            values = dict(zip(joined, segment.split(SEPARATOR), strict=False))
            names.append(tuple(values.get(name, "") for name in self.rules.segments))
        if len(keys) > MOST_STRATA:
            names[-1] = tuple("(other)" for _ in self.rules.segments)
        return keys, tuple(names)

    def _metric(self, rule: MetricRule, keys: dict[str, int]) -> MetricEvidence:
        subject = rule.name.partition(":")[0]
        match rule.kind:
            case "journeys":
                return MetricEvidence(name=rule.name)
            case "share":
                return MetricEvidence(name=rule.name, shares=self._shares(subject, rule, keys))
            case "value":
                bins, unusable = _as_bins(self._values(subject, rule, self.since, self.until), keys)
                return MetricEvidence(
                    name=rule.name, shares=self._shares(subject, rule, keys), bins=bins, unusable=unusable
                )
            case "latency":
                bins, unusable = _as_bins(self._values(subject, rule, self.since, self.until), keys)
                before = self._values(subject, rule, self.since - DAY, self.since - 1)
                return MetricEvidence(name=rule.name, bins=bins, reference=_as_reference(before), unusable=unusable)

    def _shares(self, subject: str, rule: MetricRule, keys: dict[str, int]) -> ShareBlocks:
        more = {"kpi": {"name": rule.of}, "requests": {"pattern": rule.of}, "errors": {}}[subject]
        return _as_shares(self._ask(f"shares_{subject}", **self._window(rule, self.since, self.until), **more), keys)

    def _values(self, subject: str, rule: MetricRule, first: int, last: int) -> pa.Table:
        """Columns minute, segment, arm, value; one row per session."""
        window = self._window(rule, first, last)
        if subject == "vital":
            found = self._vitals(first, window)
            return found.append_column("value", pc.struct_field(found["vitals"], rule.of))
        more = {"name": rule.of} if subject == "kpi" else {"pattern": rule.of}
        return self._ask(f"values_{subject}", **window, **more)

    def _vitals(self, first: int, window: dict[str, int]) -> pa.Table:
        """Read once for all vitals of one horizon."""
        key = (self.segmented, *window.values())
        if key not in self.vitals:
            self.vitals[key] = self._ask("values_vitals", app=self.arms.app, scan_from=at_minute(first), **window)
        return self.vitals[key]

    @staticmethod
    def _window(rule: MetricRule, first: int, last: int) -> dict[str, int]:
        """Sessions that began from minute `first` on and whose horizon ends within the minutes."""
        return {
            "within_ms": rule.within_s * 1000,
            "first_start_ms": first * 60_000,
            "first_minute": first,
            "last_minute": last,
        }

    def _arrivals(self) -> tuple[tuple[str, ...], Arrivals]:
        found = self._ask("arrivals", first_minute=self.since, last_minute=self.until)
        names = found["browser_name"].to_pylist()
        browsers = tuple(sorted(set(names)))
        place = {name: index for index, name in enumerate(browsers)}
        return browsers, Arrivals(
            minute=_ints(found["minute"]),
            browser=np.array([place[name] for name in names], dtype=np.int64),
            na=_floats(found["na"]),
            nb=_floats(found["nb"]),
        )

    def _runs(self) -> tuple[Pairs, int | None]:
        until = at_minute(self.until + 1)
        rows = self._ask("runs", **self.arms.parameters, since=at_minute(self.since), until=until).to_pylist()
        return _as_pairs(rows), _hard_failures_at(rows)

    def _is_registered(self) -> bool:
        """A version that somebody named; for a cohort, every version that serves at least a hundredth of it."""
        version = self.arms.parameters["canary_version"]
        if version is not None:
            return bool(self._ask("is_registered", app=self.arms.app, version=version)["is_registered"][0].as_py())
        rows = self._ask("registered", app=self.arms.app, first_start_ms=self.since * 60_000).to_pylist()
        total = sum(row["sessions"] for row in rows)
        return bool(rows) and all(row["is_registered"] for row in rows if row["sessions"] * 100 >= total)

    def _are_networks_known(self) -> bool:
        [row] = self._ask("known_networks", first_start_ms=self.since * 60_000).to_pylist()
        return bool(row["sessions"] > 0 and row["known"] >= KNOWN_PART * row["sessions"])

    def _run(self, question: str, **parameters: Any) -> None:
        self.cursor.execute(judging_sql(question), parameters)

    def _ask(self, question: str, **parameters: Any) -> pa.Table:
        return self.cursor.sql(judging_sql(question), params=parameters or None).to_arrow_table()


def _as_shares(found: pa.Table, keys: dict[str, int]) -> ShareBlocks:
    key, place = _blocks_of(found, keys)
    sums = {name: np.bincount(place, _floats(found[name]), key.size).astype(np.float64) for name in _COUNTS}
    return ShareBlocks(minute=key // MOST_STRATA, stratum=key % MOST_STRATA, **sums)


_COUNTS = ("ka", "na", "kb", "nb")


def _as_bins(found: pa.Table, keys: dict[str, int]) -> tuple[BinBlocks, int]:
    """The blocks, and how many sessions have a value that is no number or below zero."""
    values = _floats(found["value"])
    is_usable = np.isfinite(values) & (values >= 0)
    unusable = int(np.count_nonzero(~is_usable)) - found["value"].null_count
    found, values = found.filter(pa.array(is_usable)), values[is_usable]
    stratum = _strata_of(found, keys)
    key = (_ints(found["minute"]) * MOST_STRATA + stratum) * BINS + bin_of(values)
    keys_found, place = np.unique(key, return_inverse=True)
    is_canary = _ints(found["arm"]) == 0
    return BinBlocks(
        minute=keys_found // BINS // MOST_STRATA,
        stratum=keys_found // BINS % MOST_STRATA,
        bin=keys_found % BINS,
        canary=np.bincount(place, is_canary, keys_found.size).astype(np.float64),
        baseline=np.bincount(place, ~is_canary, keys_found.size).astype(np.float64),
    ), max(unusable, 0)


def _as_reference(found: pa.Table) -> Floats:
    values = _floats(found["value"])
    is_usable = np.isfinite(values) & (values >= 0) & (_ints(found["arm"]) == 1)
    return np.bincount(bin_of(values[is_usable]), minlength=BINS).astype(np.float64)


def _blocks_of(found: pa.Table, keys: dict[str, int]) -> tuple[Ints, Ints]:
    key = _ints(found["minute"]) * MOST_STRATA + _strata_of(found, keys)
    blocks, place = np.unique(key, return_inverse=True)
    return blocks, place.astype(np.int64)


def _strata_of(found: pa.Table, keys: dict[str, int]) -> Ints:
    if found.num_rows == 0:
        return np.zeros(0, dtype=np.int64)
    encoded = found["segment"].combine_chunks().dictionary_encode()
    names = np.array([keys.get(name, MOST_STRATA - 1) for name in encoded.dictionary.to_pylist()], dtype=np.int64)
    return np.asarray(names[encoded.indices.to_numpy(zero_copy_only=False)])


def _as_pairs(rows: list[dict[str, Any]]) -> Pairs:
    """Runs of both arms in the same minute, journey and location; where there are several of an arm, one failed."""
    failed: dict[tuple[int, str, str], dict[int, bool]] = defaultdict(dict)
    for row in rows:
        arms = failed[row["minute"], row["journey"], row["location"]]
        arms[row["arm"]] = arms.get(row["arm"], False) or row["is_failed"]
    both = [(key[0], arms[0], arms[1]) for key, arms in sorted(failed.items()) if len(arms) == 2]
    table = np.array(both, dtype=np.float64).reshape(-1, 3)
    return Pairs(minute=table[:, 0].astype(np.int64), canary_failed=table[:, 1], baseline_failed=table[:, 2])


def _hard_failures_at(rows: list[dict[str, Any]]) -> int | None:
    """The minute in which a journey had failed on the canary three times in a row from every location it runs in,
    while the baseline passed there."""
    failures: dict[tuple[str, int], dict[str, int]] = defaultdict(dict)
    for row in rows:
        counts = failures[row["journey"], row["arm"]]
        counts[row["location"]] = counts.get(row["location"], 0) + 1 if row["is_failed"] else 0
        canary, baseline = failures[row["journey"], 0], failures[row["journey"], 1]
        if canary and all(count >= HARD_FAILURES and baseline.get(location) == 0 for location, count in canary.items()):
            return int(row["minute"])
    return None


def _ints(column: pa.ChunkedArray) -> Ints:
    return np.asarray(column.to_numpy(), dtype=np.int64)


def _floats(column: pa.ChunkedArray) -> Floats:
    return np.asarray(column.to_numpy(), dtype=np.float64)
